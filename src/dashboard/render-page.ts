/** What a browser may do with the page: load its own files and ask its own server, and nothing else. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The path under which the page is, as the browser sees it: `/dashboard/`, with whatever stands before it in a host.
 *
 * @param url the request's whole path, with its query
 * @param rest the segments behind the page's own path
 */
export function findBasePath(url: string, rest: readonly string[]): string {
  const [path = ''] = url.split('?');
  const segments = path.split('/').filter((segment) => segment !== '');
  const own = segments.slice(0, segments.length - rest.filter((segment) => segment !== '').length);
  return own.length === 0 ? '/' : `/${own.join('/')}/`;
}

/**
 * The page as it is served: it is told where it is, and where the admin routes are.
 *
 * @param base of {@link findBasePath}
 */
export function renderPage(index: string, base: string, auth: 'token' | 'host'): string {
  // Beside the page: `/internal/dashboard/` has `/internal/admin`.
  const parent = base.slice(0, base.lastIndexOf('/', base.length - 2) + 1);
  const settings = JSON.stringify({ apiBase: `${parent}admin`, auth });
  const told =
    `<base href="${escapeAttribute(base)}">` +
    `<script type="application/json" id="posthorn">${settings.replaceAll('<', '\\u003c')}</script>`;
  return index.replace(/<head[^>]*>/i, (head) => head + told);
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
