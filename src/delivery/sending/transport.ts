import type { HttpClient } from '../../host/tokens.js';
import { isUnmodified, type OutgoingRequest, requestWithAxios } from './axios-undici-adapter.js';
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
 * apply. Where a host has set none, or has no axios, requests go to undici at once.
 *
 * @param http null: there is no axios
 */
export function createTransport(http: HttpClient | null): Transport {
  return async (outgoing, answer) => {
    if (http === null || isUnmodified(http.axiosRef)) return requestWithUndici(outgoing, answer);
    const response = await requestWithAxios(http.axiosRef, outgoing);
    answer.statusCode = response.status;
    answer.headers = flattenHeaders(response.headers);
    return captureBody(response.data);
  };
}
