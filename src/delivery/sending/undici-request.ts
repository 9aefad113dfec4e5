import type { Dispatcher } from 'undici';
import { BodyCapture, type CapturedBody } from './captured-response.js';
import type { Deadline } from '../../host/deadline.js';
import { type OutgoingRequest, splitUrl } from './axios-undici-adapter.js';
import { NotSentError } from './not-sent.js';

/** The part of a response that is known while its body is read. */
export interface PartialAnswer {
  /** Whether a connection was there to send the request on. */
  isConnected?: boolean;
  statusCode?: number;
  headers?: Record<string, string>;
}

/**
 * Sends a request with undici and keeps the beginning of the response body. It does the same as axios with
 * `createAxiosUndiciAdapter`, without a stream per response: the stream would cost a tenth of a whole delivery.
 *
 * @param answer receives the status and the headers as soon as they arrive, also when the body never ends
 * @throws the error of the connection; at the deadline at once, whatever the connection does
 * @throws {NotSentError} when `mayGo` said no as the request was about to be written
 */
export function requestWithUndici(
  { url, body, headers, deadline, dispatcher, mayGo }: OutgoingRequest,
  answer: PartialAnswer,
): Promise<CapturedBody> {
  answer.isConnected = false;
  return new Promise((resolve, reject) => {
    const { origin, path } = splitUrl(url);
    dispatcher.dispatch(
      { origin, path, method: 'POST', headers, body },
      new CapturingHandler(resolve, reject, answer, deadline, mayGo),
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
    private readonly mayGo: (() => boolean) | undefined,
  ) {
    deadline.on('abort', () => this.cut());
  }

  /** undici calls it again when it moves the request to another connection. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    this.answer.isConnected = true;
    if (this.deadline.aborted) this.cut();
    else if (this.mayGo?.() === false) controller.abort(new NotSentError());
  }

  onResponseStart(_: Dispatcher.DispatchController, statusCode: number, headers: Headers): void {
    // Interim responses (1xx) come before the response.
    if (statusCode < 200) return;
    this.answer.statusCode = statusCode;
    this.answer.headers = flattenHeaders(headers);
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
    // Frees the raw headers of the response, which the controller holds.
    this.controller = null;
    this.resolve(this.body.toCapturedBody());
  }

  private cut(): void {
    const error = new Error('The request was ended before its answer was there.');
    if (!this.isOver) this.controller?.abort(error);
    // Without a connection yet, undici does not call onResponseError.
    this.isOver = true;
    this.reject(error);
  }
}

type Headers = Record<string, string | string[] | undefined>;

/** Flattens headers to one value per name: repeated ones are joined with a comma. */
export function flattenHeaders(headers: Record<string, unknown>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    flat[name] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return flat;
}
