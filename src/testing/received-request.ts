import type { IncomingHttpHeaders } from 'node:http';

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

/** Completes a request with when it arrived and how its body is parsed. */
export function toReceivedRequest(request: Omit<ReceivedRequest, 'at' | 'json'>): ReceivedRequest {
  const { body } = request;
  return { ...request, at: Date.now(), json: <T>() => JSON.parse(body.toString('utf8')) as T };
}

/** The requests that have arrived, for which a test can wait. */
export class RequestList {
  readonly requests: ReceivedRequest[] = [];
  private readonly waiting = new Set<() => void>();

  add(request: ReceivedRequest): void {
    this.requests.push(request);
    for (const check of this.waiting) check();
  }

  /**
   * Waits until so many requests have arrived in total.
   *
   * @param timeoutMs Default: 10 s
   * @throws {Error} when fewer have arrived by then
   */
  wait(count: number, timeoutMs = 10_000): Promise<ReceivedRequest[]> {
    const { requests, waiting } = this;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(check);
        reject(new Error(`Of ${count} expected requests ${requests.length} arrived within ${timeoutMs} ms.`));
      }, timeoutMs);
      const check = () => {
        if (requests.length < count) return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve(requests.slice());
      };
      waiting.add(check);
      check();
    });
  }
}
