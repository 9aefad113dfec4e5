import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answering, type AnswerRule, toAnswering } from './answer-rule.js';
import { type ReceivedRequest, RequestList, toReceivedRequest } from './received-request.js';

export type { AnswerRule, ReceiverAnswer } from './answer-rule.js';
export type { ReceivedRequest } from './received-request.js';

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
  const list = new RequestList();
  let answer = toAnswering(200);

  const server = createServer((request, response) => {
    void readWhole(request).then(
      (received) => {
        list.add(received);
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
    requests: list.requests,
    answer: (rule) => {
      answer = toAnswering(rule);
    },
    received: (count, timeoutMs) => list.wait(count, timeoutMs),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readWhole(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url: path = '', headers, rawHeaders } = request;
  return toReceivedRequest({ method, path, headers, rawHeaders, body: Buffer.concat(chunks) });
}

async function reply(response: ServerResponse, request: ReceivedRequest, answer: Answering): Promise<void> {
  const { status = 200, headers = {}, body = '', delayMs = 0, hang = false } = await answer(request);
  if (hang) return;
  const send = () => response.writeHead(status, headers).end(body);
  if (delayMs > 0) setTimeout(send, delayMs).unref();
  else send();
}
