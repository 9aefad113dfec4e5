import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived whole. */
export interface ReceivedRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  rawHeaders: string[];
  /** The bytes as they came. */
  body: Buffer;
  /** When it had arrived whole, epoch milliseconds. */
  at: number;
  // A test knows what it expects; a cast at every use would say no more.
  json<T = Record<string, unknown>>(): T;
}

/** What a receiver answers. */
export interface ReceiverAnswer {
  status?: number;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** How long to wait before the answer, milliseconds. */
  delayMs?: number;
  /** Never answer. */
  hang?: boolean;
}

export type AnswerRule =
  number | number[] | ((request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>);

/** A real HTTP server that keeps what it was sent. */
export interface Receiver {
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  /** In the order of their arrival. */
  requests: ReceivedRequest[];
  /**
   * What to answer from now on: a status, statuses one after another (the last one holds on), or a function.
   * Until told, 200.
   */
  answer(rule: AnswerRule): void;
  /** Waits until so many requests have arrived in all. Rejects after `timeoutMs` (10 s), saying how many did. */
  received(count: number, timeoutMs?: number): Promise<ReceivedRequest[]>;
  /** Ends it, whatever is still open. */
  close(): Promise<void>;
}

/** Starts a receiver on a free port of 127.0.0.1, or on the port and the loopback address given. */
export async function startReceiver(port = 0, host = '127.0.0.1'): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();
  let answer = toAnswering(200);

  const server = createServer((request, response) => {
    void readWhole(request).then(
      (received) => {
        requests.push(received);
        for (const look of waiting) look();
        return reply(response, received, answer);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;

  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    requests,
    answer: (rule) => {
      answer = toAnswering(rule);
    },
    received: (count, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(
            new Error(`Of ${count} expected requests ${requests.length} arrived within ${timeoutMs} ms.`),
          );
        }, timeoutMs);
        const look = () => {
          if (requests.length < count) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(requests.slice());
        };
        waiting.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Answering = (request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>;

function toAnswering(rule: AnswerRule): Answering {
  if (typeof rule === 'function') return rule;
  const statuses = Array.isArray(rule) ? rule.slice() : [rule];
  return () => ({ status: (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200 });
}

async function readWhole(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body,
    at: Date.now(),
    json: <T>() => JSON.parse(body.toString('utf8')) as T,
  };
}

async function reply(response: ServerResponse, request: ReceivedRequest, answer: Answering): Promise<void> {
  const { status = 200, headers = {}, body = '', delayMs = 0, hang = false } = await answer(request);
  if (hang) return;
  const send = () => response.writeHead(status, headers).end(body);
  if (delayMs > 0) setTimeout(send, delayMs).unref();
  else send();
}
