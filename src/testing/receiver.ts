import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived completely. */
export interface ReceivedRequest {
  method: string;
  /** The path with the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Header names and values alternately, as they arrived. */
  rawHeaders: string[];
  /** The raw bytes. */
  body: Buffer;
  /** When the whole request had arrived, epoch milliseconds. */
  at: number;
  /** Parses the body. The type parameter is not checked. */
  json<T = Record<string, unknown>>(): T;
}

/** The answer of a receiver. */
export interface ReceiverAnswer {
  status?: number;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** The delay of the answer, milliseconds. */
  delayMs?: number;
  /** Whether the receiver never answers. */
  hang?: boolean;
}

/** A status, a list of statuses for successive requests, or a function that answers each request. */
export type AnswerRule =
  number | number[] | ((request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>);

/** A real HTTP server that records its requests. */
export interface Receiver {
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  /** The requests in the order of their arrival. */
  requests: ReceivedRequest[];
  /**
   * Sets the answer from now on: a status, statuses for successive requests (the last one repeats), or a function.
   * Default: 200.
   */
  answer(rule: AnswerRule): void;
  /** Waits until `count` requests have arrived in total. Rejects after `timeoutMs` (default 10 s). */
  received(count: number, timeoutMs?: number): Promise<ReceivedRequest[]>;
  /** Stops the server and closes all open connections. */
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
        for (const check of waiting) check();
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
          waiting.delete(check);
          reject(
            new Error(`Of ${count} expected requests ${requests.length} arrived within ${timeoutMs} ms.`),
          );
        }, timeoutMs);
        const check = () => {
          if (requests.length < count) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(requests.slice());
        };
        waiting.add(check);
        check();
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
