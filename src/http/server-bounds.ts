import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { envelopeOf } from './envelope.filter.js';
import { parsedUrl } from './parsed-url.js';

/** How long a request's headers may take, milliseconds. Node looks every half minute. */
const HEADERS_TIMEOUT_MS = 20_000;

/** How long a whole request may take, its body included: time for a large upload over a slow line, milliseconds. */
const REQUEST_TIMEOUT_MS = 300_000;

/** Longer than the minute after which load balancers usually let go of a connection: they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** Headers of one request; what comes after them is not read. Their bytes are bounded by Node: 16 KiB together. */
const MOST_HEADERS = 100;

/** A connection whose request is no HTTP, and what has been answered on it. */
type FaultySocket = Duplex & { _httpMessage?: { _headerSent?: boolean } | null };

/**
 * Bounds what a connection may take of this process, and gives the refusals that Node itself makes the one envelope.
 */
export function boundServer(server: Server): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.maxHeadersCount = MOST_HEADERS;
  // The bounds of requests say it in the envelope; Node would without.
  Object.assign(server, { requireHostHeader: false });
  server.prependListener('request', (request: IncomingMessage) => {
    request.url = originForm(request.url ?? '/');
  });
  server.on('clientError', refuse);
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const [head, body] = refusalOf(417, 'This server meets no expectation but 100-continue.');
    response.writeHead(417, head).end(body);
  });
}

/**
 * A request's target as routes are found by: path and query. A proxy's absolute form says them too; of anything else a
 * router could make nothing, so that it is told what there is at a path of that name: nothing.
 */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const url = parsedUrl(target);
  return url?.pathname.startsWith('/') ? url.pathname + url.search : `/${encodeURIComponent(target)}`;
}

function refuse(error: NodeJS.ErrnoException, socket: FaultySocket): void {
  // Nobody is there, or half an answer is: nothing can be said in between.
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
  const body = JSON.stringify({ data: null, error: envelopeOf(status, message) });
  const head = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  };
  return [head, body];
}
