import { Readable } from 'node:stream';
import {
  AxiosError,
  AxiosHeaders,
  type AxiosAdapter,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Dispatcher } from 'undici';

/**
 * Lets axios, and with it the host's interceptors, send through undici's connections. It sends the bytes that it is
 * given, follows no redirect, reads no proxy setting and hands the response over as an unread stream.
 */
export function undiciAdapter(dispatcher: Dispatcher): AxiosAdapter {
  return async (config: InternalAxiosRequestConfig): Promise<AxiosResponse<Readable>> => {
    const url = new URL(config.url ?? '');
    try {
      const response = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: (config.method ?? 'POST').toUpperCase() as Dispatcher.HttpMethod,
        headers: headersOf(config.headers),
        body: config.data as Buffer,
        ...(config.signal ? { signal: config.signal as AbortSignal } : {}),
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

function headersOf(headers: InternalAxiosRequestConfig['headers']): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers instanceof AxiosHeaders ? headers.toJSON() : headers)) {
    if (value !== null && value !== undefined) plain[name] = String(value);
  }
  return plain;
}
