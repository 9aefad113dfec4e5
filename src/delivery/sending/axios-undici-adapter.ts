import type { Readable } from 'node:stream';
import {
  type AxiosAdapter,
  AxiosError,
  AxiosHeaders,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Dispatcher } from 'undici';
import { BoundedMap } from '../../host/bounded-map.js';
import type { Deadline } from '../../host/deadline.js';

/** A request as this project makes it. */
export interface OutgoingRequest {
  url: string;
  body: Buffer;
  headers: Record<string, string>;
  deadline: Deadline;
  /** The connections that it goes out on. */
  dispatcher: Dispatcher;
}

/** An answer whose body has not been read. */
export interface IncomingResponse {
  status: number;
  headers: Record<string, unknown>;
  data: Readable;
}

/**
 * Makes a request through an axios instance that {@link undiciAdapter} was given to. Where somebody has registered
 * interceptors it goes the whole way through axios; where nobody has, it goes to the adapter at once, because axios'
 * merging of settings costs more than the request itself.
 */
export async function requestThrough(
  axios: AxiosInstance,
  request: OutgoingRequest,
): Promise<IncomingResponse> {
  const config = {
    method: 'POST',
    url: request.url,
    data: request.body,
    headers: request.headers,
    signal: request.deadline,
    dispatcher: request.dispatcher,
    // The adapter heeds these by itself; they hold for one that a host puts in its place.
    maxRedirects: 0,
    proxy: false as const,
    decompress: false,
    responseType: 'stream' as const,
    validateStatus: null,
  };
  const { adapter } = axios.defaults;
  if (hasInterceptors(axios) || typeof adapter !== 'function') return axios.request<Readable>(config);
  return adapter(config as unknown as InternalAxiosRequestConfig);
}

/**
 * Lets axios, and with it the host's interceptors, send through undici's connections. It sends the bytes that it is
 * given, follows no redirect, reads no proxy setting and hands the response over as an unread stream.
 *
 * @param shared for requests that name no dispatcher of their own
 */
export function undiciAdapter(shared: Dispatcher): AxiosAdapter {
  return async (
    config: InternalAxiosRequestConfig & Partial<Pick<OutgoingRequest, 'dispatcher'>>,
  ): Promise<AxiosResponse<Readable>> => {
    const { origin, path } = partsOf(config.url ?? '');
    const { dispatcher = shared } = config;
    try {
      const response = await dispatcher.request({
        origin,
        path,
        method: (config.method ?? 'POST').toUpperCase() as Dispatcher.HttpMethod,
        headers: plainHeaders(config.headers),
        body: config.data as Buffer,
        ...(config.signal ? { signal: config.signal as unknown as Deadline } : {}),
      });
      return {
        data: response.body,
        status: response.statusCode,
        statusText: '',
        headers: response.headers as Record<string, string>,
        config,
      };
    } catch (error) {
      const { message, code } = error as { message: string; code?: string };
      throw Object.assign(new AxiosError(message, code, config), { cause: error });
    }
  };
}

const parsed = new BoundedMap<string, { origin: string; path: string }>(10_000);

/** Parsing a URL costs as much as hashing a body, and the same few come again and again. */
export function partsOf(url: string): { origin: string; path: string } {
  let parts = parsed.get(url);
  if (!parts) {
    const { origin, pathname, search } = new URL(url);
    parts = { origin, path: pathname + search };
    parsed.set(url, parts);
  }
  return parts;
}

/** Whether requests through an axios instance would meet nothing of a host's: no interceptor, no adapter but ours. */
export function isUntouched(axios: AxiosInstance, ours: AxiosAdapter): boolean {
  return axios.defaults.adapter === ours && !hasInterceptors(axios);
}

interface Interceptors {
  forEach(each: () => void): void;
}

function hasInterceptors({ interceptors }: AxiosInstance): boolean {
  let any = false;
  for (const some of [interceptors.request, interceptors.response]) {
    (some as unknown as Interceptors).forEach(() => {
      any = true;
    });
  }
  return any;
}

function plainHeaders(headers: InternalAxiosRequestConfig['headers']): Record<string, string> {
  if (!(headers instanceof AxiosHeaders)) return headers as unknown as Record<string, string>;
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers.toJSON())) {
    if (value !== null && value !== undefined) plain[name] = String(value);
  }
  return plain;
}
