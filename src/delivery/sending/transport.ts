import type { HttpService } from '@nestjs/axios';
import type { Dispatcher } from 'undici';
import {
  createAxiosUndiciAdapter,
  isUnmodified,
  type OutgoingRequest,
  requestWithAxios,
} from './axios-undici-adapter.js';
import { type CapturedBody, captureBody } from './captured-response.js';
import { flattenHeaders, type PartialAnswer, requestWithUndici } from './undici-request.js';

/**
 * Makes a request and keeps the beginning of the response body.
 *
 * @param answer receives the status and the headers as soon as they arrive
 */
export type Transport = (outgoing: OutgoingRequest, answer: PartialAnswer) => Promise<CapturedBody>;

/**
 * Creates the transport: undici behind the axios instance of `@nestjs/axios`, so that a host's interceptors and adapters
 * apply. Where a host has set none, requests go to undici at once.
 *
 * @param shared the connections of requests that name none of their own
 */
export function createTransport({ axiosRef }: HttpService, shared: Dispatcher): Transport {
  const adapter = createAxiosUndiciAdapter(shared);
  axiosRef.defaults.adapter = adapter;
  return async (outgoing, answer) => {
    if (isUnmodified(axiosRef, adapter)) return requestWithUndici(outgoing, answer);
    const response = await requestWithAxios(axiosRef, outgoing);
    answer.statusCode = response.status;
    answer.headers = flattenHeaders(response.headers);
    return captureBody(response.data);
  };
}
