import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { ADMIN_TOKEN } from './process.mjs';
import { multipart } from './multipart.mjs';
import { QUERY_KEYS } from './routes.mjs';
import { anyText, anyValue, jsonOf, mutated } from './values.mjs';

const CONTENT_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/mixed; boundary=a',
  'application/json; charset=utf-7',
  'application/json; charset=utf-16le',
  'application/json;;;=',
  'application/vnd.api+json',
  'application/xml',
  'a',
  '',
];

const ENCODINGS = ['gzip', 'deflate', 'br', 'zstd', 'identity', 'gzip, gzip', 'x'];

const PATHS = [
  '/uploads/..%2f..%2fposthorn.sqlite',
  '/uploads/%2e%2e/secrets.key',
  '/uploads/..%5c..%5cx',
  '/uploads/%00',
  '/uploads/.incoming',
  '/uploads/.incoming%2fx',
  '/uploads//etc/passwd',
  '/uploads/%E0%A4%A',
  '/uploads/',
  '/docs/../package.json',
  '/docs/..%2f..%2fpackage.json',
  '/docs/%00',
  '/DOCS/',
  '//',
  '/%',
  '/%2e%2e/%2e%2e',
  '/admin/webhooks/',
  '/admin//webhooks',
  '/ADMIN/Webhooks',
  '/api/upload',
  '/api/upload/files',
  '/api/__proto__',
  '/api/constructor',
  '/api/addresses/1/2/3',
];

/**
 * Makes requests to routes: most are nearly right, so that they come far.
 *
 * @param known ids that exist, gathered as answers tell them
 */
export function requestMaker(random, routes, known) {
  return () => {
    const route = random.pick(routes);
    const method = random.chance(0.04)
      ? random.pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'])
      : route.method;
    const path = random.chance(0.06) ? random.pick(PATHS) : pathOf(random, route.path, known);
    const request = { method, path: path + queryOf(random, method), headers: headersOf(random), body: null };
    if (random.chance(0.02)) return { ...request, path: longTarget(random) };
    if (/^\/api\/upload/i.test(path) && random.chance(0.8)) return withMultipart(random, request);
    if (method !== 'GET' || random.chance(0.05)) addBody(random, request, route);
    return request;
  };
}

function pathOf(random, template, known) {
  return template.replace(/\{(\w+)\}/g, (_, name) => {
    if (name === 'plural' && random.chance(0.85)) return random.pick(['addresses', 'categories']);
    if (random.chance(0.5) && known.size > 0) return encodeURIComponent(random.pick([...known]));
    if (random.chance(0.3)) return random.pick(['1', '2', '3', '0', '-1', '2147483647', '2147483648']);
    return encodeURIComponent(wellFormed(anyText(random)).slice(0, 300)).slice(0, 900) || 'x';
  });
}

function queryOf(random, method) {
  if (!random.chance(method === 'GET' ? 0.6 : 0.05)) return '';
  const count = random.chance(0.02) ? 150 : 1 + Math.floor(random.next() * 4);
  const pairs = Array.from({ length: count }, () => {
    const key = random.chance(0.9)
      ? random.pick(QUERY_KEYS)
      : encodeURIComponent(wellFormed(anyText(random)));
    return `${key}=${encodeURIComponent(wellFormed(anyText(random)))}`;
  });
  if (random.chance(0.02)) pairs.push(`a${'[b]'.repeat(500)}=1`, `a${'['.repeat(1000)}`, 'b[]=1&'.repeat(90));
  return `?${pairs.join('&').slice(0, 7_000)}`;
}

function headersOf(random) {
  const headers = {};
  const who = random.next();
  if (who < 0.9) headers.authorization = `Bearer ${ADMIN_TOKEN}`;
  else if (who < 0.95) headers.authorization = latin1(anyText(random));
  if (random.chance(0.1)) headers['idempotency-key'] = latin1(anyText(random));
  if (random.chance(0.03)) headers.origin = 'https://evil.invalid';
  if (random.chance(0.03))
    headers.range = random.pick(['bytes=0-1', 'bytes=999999999-', 'bytes=a', 'bytes=0-0,1-1,2-2']);
  if (random.chance(0.03)) headers['if-none-match'] = latin1(anyText(random));
  if (random.chance(0.03)) headers['x-forwarded-for'] = latin1(anyText(random));
  if (random.chance(0.03)) headers['x-http-method-override'] = 'DELETE';
  if (random.chance(0.03)) headers.accept = latin1(anyText(random));
  if (random.chance(0.01)) headers.expect = 'the impossible';
  return headers;
}

function addBody(random, request, route) {
  const { headers } = request;
  headers['content-type'] = random.chance(0.93) ? 'application/json' : random.pick(CONTENT_TYPES);
  const value = route.body && random.chance(0.85) ? mutated(random, route.body) : anyValue(random);
  let body = Buffer.from(jsonOf(value));
  const kind = random.next();
  if (kind < 0.06) body = body.subarray(0, Math.floor(random.next() * body.length));
  else if (kind < 0.09) body = Buffer.from(anyText(random), 'latin1');
  else if (kind < 0.1) body = Buffer.alloc(1_100_000, random.pick(['[', '{"a":', ' ', '"']));
  else if (kind < 0.105) body = Buffer.from(`${'['.repeat(400_000)}${']'.repeat(400_000)}`);
  else if (kind < 0.11)
    body = Buffer.from(`{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":0`).join(',')}}`);
  if (random.chance(0.06)) {
    const encoding = random.pick(ENCODINGS);
    headers['content-encoding'] = encoding;
    if (random.chance(0.6)) body = encoded(encoding, random.chance(0.1) ? Buffer.alloc(20_000_000) : body);
  }
  request.body = body;
}

function encoded(encoding, body) {
  if (encoding === 'gzip') return gzipSync(body);
  if (encoding === 'deflate') return deflateSync(body);
  return encoding === 'br' ? brotliCompressSync(body, { params: {} }) : body;
}

function withMultipart(random, request) {
  const { contentType, body } = multipart(random);
  return { ...request, method: 'POST', headers: { ...request.headers, 'content-type': contentType }, body };
}

/** Longer than any target may be, and still within what Node takes of headers. */
function longTarget(random) {
  return `/admin/${random.pick(['webhooks/', 'events?type='])}${'a'.repeat(random.pick([256, 8_192, 12_000]))}`;
}

/** What can stand in a header, of some text. */
function latin1(text) {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?').slice(0, 4_000);
}

/** Lone halves of characters cannot be encoded into a URL. */
function wellFormed(text) {
  return Buffer.from(text).toString('utf8');
}
