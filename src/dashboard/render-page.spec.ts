import { findBasePath, renderPage } from './render-page.js';

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
