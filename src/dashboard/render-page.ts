import type { PortalBrand } from './portal-pages.js';

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
].join('; ');

/**
 * Builds the page's Content-Security-Policy: it may load its own files and call its own server only.
 *
 * @param frameOrigins the origins whose pages may frame it
 */
export function buildPagePolicy(frameOrigins: readonly string[]): string {
  return `${PAGE_POLICY}; frame-ancestors ${frameOrigins.length === 0 ? "'none'" : frameOrigins.join(' ')}`;
}

/**
 * Finds the path of the page as the browser sees it: `/dashboard/`, with the prefix of a host.
 *
 * @param url the whole path of the request, with its query
 * @param rest the path segments after the page's own path
 */
export function findBasePath(url: string, rest: readonly string[]): string {
  const [path = ''] = url.split('?');
  const segments = path.split('/').filter((segment) => segment !== '');
  const own = segments.slice(0, segments.length - rest.filter((segment) => segment !== '').length);
  return own.length === 0 ? '/' : `/${own.join('/')}/`;
}

/**
 * Inserts the base path and the settings (path of the admin routes, kind of authentication) into the built page.
 *
 * @param base the result of {@link findBasePath}
 */
export function renderPage(index: string, base: string, auth: 'token' | 'host'): string {
  // Beside the page: `/internal/dashboard/` has `/internal/admin`.
  const parent = base.slice(0, base.lastIndexOf('/', base.length - 2) + 1);
  return insertSettings(index, base, { apiBase: `${parent}admin`, auth });
}

/**
 * Inserts the same into the page of a portal session, and what it looks like.
 *
 * @param base the page's path as the browser sees it: `/portal/<id>/`
 */
export function renderPortalPage(index: string, base: string, brand: PortalBrand): string {
  const parent = base.split('/').slice(0, -3).concat('').join('/');
  const page = insertSettings(index, base, { apiBase: `${parent}admin`, auth: 'portal', brand });
  return page.replace(
    /<title>[^<]*<\/title>/i,
    () => `<title>${escapeText(brand.name ?? 'Webhooks')}</title>`,
  );
}

function insertSettings(index: string, base: string, values: object): string {
  const settings = JSON.stringify(values);
  const head =
    `<base href="${escapeAttribute(base)}">` +
    `<script type="application/json" id="posthorn">${settings.replaceAll('<', '\\u003c')}</script>`;
  return index.replace(/<head[^>]*>/i, (tag) => tag + head);
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
