import { WebhookVerificationError } from './webhook-verification-error.js';

/** A request's headers: those of Node, a fetch `Headers`, or any object of names and values. */
export type ReceivedHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/**
 * Reads a header, whatever the case of its name.
 *
 * @throws {WebhookVerificationError} when it is not there
 */
export function readHeader(headers: ReceivedHeaders, name: string): string {
  const value = isFetchHeaders(headers) ? headers.get(name) : findHeader(headers, name);
  // A repeated header is one list.
  const text = Array.isArray(value) ? value.join(' ') : (value as string | null | undefined);
  if (typeof text === 'string' && text !== '') return text;
  throw new WebhookVerificationError('header-missing', `The header ${name} is not there.`);
}

function isFetchHeaders(headers: ReceivedHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

function findHeader(headers: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(headers, name)) return headers[name];
  const wanted = name.toLowerCase();
  return Object.entries(headers).find(([other]) => other.toLowerCase() === wanted)?.[1];
}
