import type { Dispatcher } from 'undici';
import { BodyCapture, type CapturedBody } from './captured-response.js';
import type { Deadline } from '../../host/deadline.js';
import { type OutgoingRequest, partsOf } from './axios-undici-adapter.js';

/** What is known of an answer while its body comes. */
export interface PartialAnswer {
  statusCode?: number;
  headers?: Record<string, string>;
}

/**
 * Makes a request on undici's connections and keeps the beginning of the answer's body: what axios with
 * {@link undiciAdapter} does, without a stream for each answer, which would cost a tenth of all that a delivery takes.
 *
 * @param answer is told the status and the headers as soon as they are there, also where the body never ends
 * @throws what the connection fails with; at the deadline at once, whatever the connection does
 */
export function requestStraight(
  { url, body, headers, deadline, dispatcher }: OutgoingRequest,
  answer: PartialAnswer,
): Promise<CapturedBody> {
  return new Promise((resolve, reject) => {
    const { origin, path } = partsOf(url);
    dispatcher.dispatch(
      { origin, path, method: 'POST', headers, body },
      new CapturingHandler(resolve, reject, answer, deadline),
    );
  });
}

class CapturingHandler implements Dispatcher.DispatchHandler {
  private readonly body = new BodyCapture();
  private controller: Dispatcher.DispatchController | null = null;
  private isOver = false;

  constructor(
    private readonly resolve: (body: CapturedBody) => void,
    private readonly reject: (error: Error) => void,
    private readonly answer: PartialAnswer,
    private readonly deadline: Deadline,
  ) {
    deadline.on('abort', () => this.cut());
  }

  /** Comes again when the request had to be put on another connection. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.deadline.aborted) this.cut();
  }

  onResponseStart(_: Dispatcher.DispatchController, statusCode: number, headers: Headers): void {
    // What comes before the answer (1xx) is none.
    if (statusCode < 200) return;
    this.answer.statusCode = statusCode;
    this.answer.headers = flatHeaders(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return;
    this.body.add(chunk);
    if (!this.body.isTooLong) return;
    this.end();
    controller.abort(new Error('The rest of the answer is not wanted.'));
  }

  onResponseEnd(): void {
    this.end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.isOver = true;
    this.reject(error);
  }

  private end(): void {
    this.isOver = true;
    // It holds the answer's headers as they came.
    this.controller = null;
    this.resolve(this.body.captured());
  }

  private cut(): void {
    const error = new Error('The request was ended before its answer was there.');
    if (!this.isOver) this.controller?.abort(error);
    // While there is no connection yet nobody else says so.
    this.isOver = true;
    this.reject(error);
  }
}

type Headers = Record<string, string | string[] | undefined>;

/** One line for each header, those that came more than once joined. */
export function flatHeaders(headers: Record<string, unknown>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    flat[name] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return flat;
}
