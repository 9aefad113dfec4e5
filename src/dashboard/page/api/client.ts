import { pageSettings } from '../page-settings.js';
import { strings } from '../strings.js';
import { ApiError, errorOf } from './api-error.js';

/** The token of whoever is signed in: in memory alone, so that it ends with the page. */
let token: string | null = null;
let onSignedOut: () => void = () => undefined;

export function signWith(value: string | null): void {
  token = value;
}

/** Called whenever the API says that it does not know us (any longer). */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/**
 * Asks the admin API; the one place where a request leaves this page.
 *
 * @param path after `/admin`, with its query: `/webhooks`
 * @throws {ApiError} for every answer that is no 2xx, and where there was none (status 0)
 */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  let answer: Response;
  try {
    answer = await fetch(`${pageSettings.apiBase}${path}`, {
      ...init,
      headers,
      credentials: pageSettings.auth === 'host' ? 'same-origin' : 'omit',
      cache: 'no-store',
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, strings.errors.unreachable);
  }
  if (answer.ok) return answer;
  if (answer.status === 401) onSignedOut();
  throw await errorOf(answer);
}

/** The JSON that a route answers. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, { signal: signal ?? null })).json()) as T;
}

/** Sends JSON, and answers the JSON that comes back. */
export async function send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const answer = await request(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return (await answer.json()) as T;
}

/** A query string of what is set; empty without any. */
export function queryOf(values: Record<string, string | number | null | undefined>): string {
  const set = Object.entries(values).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}`;
}
