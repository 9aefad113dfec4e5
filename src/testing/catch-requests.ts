import { setTimeout as wait } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Agent, type Dispatcher } from 'undici';
import { Connections } from '../delivery/sending/connections.js';
import { type Answering, type AnswerRule, toAnswering } from './answer-rule.js';
import { type ReceivedRequest, RequestList, toReceivedRequest } from './received-request.js';

/** Takes the requests of deliveries in place of the network. */
export interface RequestCatcher {
  /** The requests in the order in which they were made; `path` is the whole URL. */
  requests: ReceivedRequest[];
  /** Sets the answer from now on, as a receiver's. Default: 200. */
  answer(rule: AnswerRule): void;
  /** Waits until `count` requests were made in total. Rejects after `timeoutMs` (default 10 s). */
  received(count: number, timeoutMs?: number): Promise<ReceivedRequest[]>;
  /** Lets requests go to the network again. */
  release(): void;
}

/**
 * Keeps the requests of deliveries in memory, without a socket or a look at DNS: webhooks may have any URL that they may be
 * saved with. Requests are signed and recorded as always; which addresses may be reached is not checked.
 *
 * An answer that throws is a connection that fails: `catcher.answer(() => { throw new Error('reset') })`.
 *
 * @param app the application, or the testing module, with Posthorn in it
 */
export function catchRequests(app: INestApplicationContext): RequestCatcher {
  const connections = app.get(Connections, { strict: false });
  const list = new RequestList();
  let answer = toAnswering(200);
  const caught = new Agent().compose(() => (options, handler) => {
    void respond(options, handler, (request) => {
      list.add(request);
      return answer(request);
    });
    return true;
  });
  connections.getDispatcher = () => caught;
  return {
    requests: list.requests,
    answer: (rule) => {
      answer = toAnswering(rule);
    },
    received: (count, timeoutMs) => list.wait(count, timeoutMs),
    release: () => {
      // The method of the class is there again.
      Reflect.deleteProperty(connections, 'getDispatcher');
    },
  };
}

async function respond(
  options: Dispatcher.DispatchOptions,
  handler: Dispatcher.DispatchHandler,
  answer: Answering,
): Promise<void> {
  const controller = new Controller((reason) => handler.onResponseError?.(controller, reason));
  handler.onRequestStart?.(controller, {});
  if (controller.aborted) return;
  try {
    const { status = 200, headers = {}, body = '', delayMs = 0, hang } = await answer(toRequest(options));
    if (hang) return;
    if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
    if (controller.aborted) return;
    handler.onResponseStart?.(controller, status, toIncoming(headers), '');
    handler.onResponseData?.(controller, Buffer.from(body));
    if (!controller.aborted) handler.onResponseEnd?.(controller, {});
  } catch (error) {
    if (!controller.aborted) {
      handler.onResponseError?.(controller, error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** A request that can be aborted. Bodies are in memory, so that there is nothing to pause. */
class Controller implements Dispatcher.DispatchController {
  reason: Error | null = null;
  readonly paused = false;

  constructor(private readonly onAbort: (reason: Error) => void) {}

  get aborted(): boolean {
    return this.reason !== null;
  }

  abort(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    this.onAbort(reason);
  }

  pause(): void {}

  resume(): void {}
}

function toRequest({ origin, path, method, headers, body }: Dispatcher.DispatchOptions): ReceivedRequest {
  const given = Object.entries((headers ?? {}) as Record<string, string>);
  return toReceivedRequest({
    method,
    path: `${String(origin)}${path}`,
    headers: Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value])),
    rawHeaders: given.flat(),
    body: Buffer.from((body ?? '') as Buffer),
  });
}

function toIncoming(headers: object): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]: [string, unknown]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.map(String) : String(value),
    ]),
  );
}
