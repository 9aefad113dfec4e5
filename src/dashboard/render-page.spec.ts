import { buildPagePolicy, findBasePath, renderPage, renderPortalPage } from './render-page.js';

describe('Where the page is', () => {
  it.each<[string, string[], string]>([
    ['/dashboard', [], '/dashboard/'],
    ['/dashboard/', [], '/dashboard/'],
    ['/dashboard?state=failed', [], '/dashboard/'],
    ['/dashboard/webhooks/42', ['webhooks', '42'], '/dashboard/'],
    ['/dashboard/webhooks/42/?a=/b', ['webhooks', '42', ''], '/dashboard/'],
    ['/internal/hooks/dashboard/deliveries', ['deliveries'], '/internal/hooks/dashboard/'],
    ['//other.example/dashboard', [], '/other.example/dashboard/'],
  ])('%s', (url, rest, base) => {
    expect(findBasePath(url, rest)).toBe(base);
  });
});

describe('The page as it is served', () => {
  const INDEX = '<!doctype html><html><head><meta charset="utf-8" /></head><body></body></html>';

  it('is told where it and the admin routes are, before anything else', () => {
    expect(renderPage(INDEX, '/internal/dashboard/', 'host')).toContain(
      '<head><base href="/internal/dashboard/">' +
        '<script type="application/json" id="posthorn">{"apiBase":"/internal/admin","auth":"host"}</script><meta',
    );
    expect(renderPage(INDEX, '/dashboard/', 'token')).toContain('{"apiBase":"/admin","auth":"token"}');
  });

  it('takes nothing of an address for markup', () => {
    const page = renderPage(INDEX, '/"><script>alert(1)</script>/dashboard/', 'token');
    expect(page).not.toContain('<script>alert');
  });
});

describe('The page of the portal', () => {
  const INDEX = '<html><head><title>Posthorn</title></head></html>';
  const BRAND = { name: '</script><b>Shop & Co', logo: null, colors: { primary: '#112233' } };

  it('is told where it is and what it looks like, and takes nothing of a name for markup', () => {
    const page = renderPortalPage(INDEX, '/hooks/portal/1/', BRAND);
    expect(page).toContain('<base href="/hooks/portal/1/">');
    expect(page).toContain('"apiBase":"/hooks/admin","auth":"portal"');
    expect(page).toContain('<title>&lt;/script>&lt;b>Shop &amp; Co</title>');
    expect(page).not.toContain('</script><b>');
    expect(page).not.toContain('<b>');
  });

  it('is framed by the origins that it is told of, and by none without', () => {
    expect(buildPagePolicy(['https://a.example', 'https://b.example'])).toMatch(
      /; frame-ancestors https:\/\/a\.example https:\/\/b\.example$/,
    );
    expect(buildPagePolicy([])).toMatch(/; frame-ancestors 'none'$/);
  });
});
