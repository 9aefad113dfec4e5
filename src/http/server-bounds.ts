import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { createEnvelope } from './envelope.filter.js';
import { parseUrl } from './parse-url.js';

/** How long the headers of a request may take, milliseconds. Node checks it every 30 seconds. */
const HEADERS_TIMEOUT_MS = 20_000;

/** How long a request may take with its body, milliseconds: enough for a large upload over a slow line. */
const REQUEST_TIMEOUT_MS = 300_000;

/** Longer than the 60 s after which load balancers usually close an idle connection, so that they close it first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** The most headers of one request; further ones are ignored. Node bounds their bytes: 16 KiB together. */
const MOST_HEADERS = 100;

/** The socket of an invalid request, with the answer that Node has begun on it, if any. */
type FaultySocket = Duplex & { _httpMessage?: { _headerSent?: boolean } | null };

/**
 * Bounds the time and the headers of a server's connections, and answers requests that Node itself refuses in the
 * envelope of all errors.
 */
export function boundServer(server: Server): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.maxHeadersCount = MOST_HEADERS;
  // limitRequests refuses a request without Host, in the envelope; Node would answer without one.
  Object.assign(server, { requireHostHeader: false });
  server.prependListener('request', (request: IncomingMessage) => {
    request.url = toOriginForm(request.url ?? '/');
  });
  server.on('clientError', refuse);
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const [head, body] = refusalOf(417, 'This server meets no expectation but 100-continue.');
    response.writeHead(417, head).end(body);
  });
}

/**
 * Turns a request's target into its origin form, path and query, which the router expects. The absolute form of proxies
 * is reduced to it. Any other target becomes a path that no route matches, so that it is answered 404.
 */
export function toOriginForm(target: string): string {
  if (target.startsWith('/')) return target;
  const url = parseUrl(target);
  return url?.pathname.startsWith('/') ? url.pathname + url.search : `/${encodeURIComponent(target)}`;
}

function refuse(error: NodeJS.ErrnoException, socket: FaultySocket): void {
  // The client is gone, or half of an answer is sent already: no other answer can follow.
  if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?._headerSent) {
    socket.destroy();
    return;
  }
  const [status, message] = sentenceFor(error.code);
  const [head, body] = refusalOf(status, message);
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

function sentenceFor(code: string | undefined): [number, string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request did not arrive in time.'];
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'The headers of the request are larger than this server takes: 16 KiB together.'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'The chunk extensions of the request are larger than this server takes.'];
    default:
      return [400, 'The request is no valid HTTP.'];
  }
}

function refusalOf(status: number, message: string): [Record<string, string>, string] {
  const body = JSON.stringify({ data: null, error: createEnvelope(status, message) });
  const head = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  };
  return [head, body];
}
