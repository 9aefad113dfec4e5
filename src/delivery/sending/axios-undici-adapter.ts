import type { Readable } from 'node:stream';
import type { AxiosAdapter, AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Dispatcher } from 'undici';
import { BoundedMap } from '../../host/bounded-map.js';
import type { Deadline } from '../../host/deadline.js';

/** A request to send. */
export interface OutgoingRequest {
  /** Default: `POST`. */
  method?: 'OPTIONS';
  url: string;
  /** Default: none. */
  body?: Buffer;
  headers: Record<string, string>;
  deadline: Deadline;
  /** The connection pool that sends it. */
  dispatcher: Dispatcher;
  /** Asked when a connection is there and nothing is written yet: false ends the request with {@link NotSentError}. */
  mayGo?: (() => boolean) | undefined;
}

/** A response whose body has not been read. */
export interface IncomingResponse {
  status: number;
  headers: Record<string, unknown>;
  data: Readable;
}

/**
 * Sends a request with an axios instance of a host. Where that has interceptors it calls axios; without them, or without
 * an instance, it calls the adapter directly, because axios' merging of settings costs more than the request itself. The
 * instance stays as it is, because the host may send other things with it.
 */
export async function requestWithAxios(axios: unknown, request: OutgoingRequest): Promise<IncomingResponse> {
  const instance = axios as AxiosInstance | undefined;
  const theirs = instance?.defaults.adapter;
  const adapter = typeof theirs === 'function' ? theirs : sendWithUndici;
  const config = {
    adapter,
    method: request.method ?? 'POST',
    url: request.url,
    data: request.body,
    headers: request.headers,
    signal: request.deadline,
    dispatcher: request.dispatcher,
    mayGo: request.mayGo,
    // Our adapter ignores these; they are for an adapter that a host sets in its place.
    maxRedirects: 0,
    proxy: false as const,
    decompress: false,
    responseType: 'stream' as const,
    validateStatus: null,
  };
  if (instance && hasInterceptors(instance)) return instance.request<Readable>(config);
  return adapter(config as unknown as InternalAxiosRequestConfig);
}

/**
 * An axios adapter that sends with undici, so that the host's interceptors apply. It sends the given bytes unchanged,
 * follows no redirect, reads no proxy setting and returns the response body as an unread stream. axios is not imported: a
 * host without it needs none.
 */
export const sendWithUndici: AxiosAdapter = async (
  config: InternalAxiosRequestConfig & Partial<Pick<OutgoingRequest, 'dispatcher' | 'mayGo'>>,
): Promise<AxiosResponse<Readable>> => {
  const { origin, path } = splitUrl(config.url ?? '');
  const { dispatcher, mayGo } = config;
  try {
    if (!dispatcher)
      throw new Error('The configuration of the request lost its "dispatcher" in an interceptor.');
    const asking = mayGo && (await import('./ask-first.js')).askFirst(dispatcher, mayGo);
    const response = await (asking ?? dispatcher).request({
      origin,
      path,
      method: (config.method ?? 'POST').toUpperCase() as Dispatcher.HttpMethod,
      headers: toPlainHeaders(config.headers),
      ...(config.data === undefined ? {} : { body: config.data as Buffer }),
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
    // What axios' own `isAxiosError` looks for.
    throw Object.assign(new Error(message, { cause: error }), {
      name: 'AxiosError',
      isAxiosError: true,
      ...(code === undefined ? {} : { code }),
      config,
    });
  }
};

const parsed = new BoundedMap<string, { origin: string; path: string }>(10_000);

/**
 * Splits a URL into the parts that undici takes. Parsing costs as much as hashing a body, so that results are cached.
 */
export function splitUrl(url: string): { origin: string; path: string } {
  let parts = parsed.get(url);
  if (!parts) {
    const { origin, pathname, search } = new URL(url);
    parts = { origin, path: pathname + search };
    parsed.set(url, parts);
  }
  return parts;
}

/** Whether nothing of an axios instance applies to deliveries: it has no interceptors, and no adapter of the host. */
export function isUnmodified(axios: unknown): boolean {
  const instance = axios as AxiosInstance;
  return typeof instance.defaults.adapter !== 'function' && !hasInterceptors(instance);
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

function toPlainHeaders(headers: InternalAxiosRequestConfig['headers']): Record<string, string> {
  // Of axios where it was asked, a plain object otherwise.
  if (typeof headers.toJSON !== 'function') return headers as unknown as Record<string, string>;
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers.toJSON())) {
    if (value !== null && value !== undefined) plain[name] = String(value);
  }
  return plain;
}
