import { SettingsError } from '../../settings/load-settings.js';
import { parseUrl } from '../../http/parse-url.js';

/** The proxy of all outgoing requests. */
export interface EgressProxy {
  /** Scheme, host and port, without credentials: this may be shown. */
  origin: string;
  /** Value of `Proxy-Authorization`; null: none. Must not be shown. */
  authorization: string | null;
}

/**
 * Parses the setting `webhooks.egressProxy`: `http://[user:password@]host:port`, or https. Special characters of user
 * and password are percent-encoded, as in every URL.
 *
 * @returns null when the setting is empty
 * @throws {SettingsError} when the setting is invalid; the message does not contain its value
 */
export function parseEgressProxy(text: string | null): EgressProxy | null {
  if (text === null || text === '') return null;
  const url = parseUrl(text);
  const isBare = url && url.pathname === '/' && url.search === '' && url.hash === '';
  if (!isBare || !/^https?:$/.test(url.protocol)) throw createError();
  const { origin, username, password } = url;
  if (username === '' && password === '') return { origin, authorization: null };
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { origin, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  } catch {
    throw createError();
  }
}

function createError(): SettingsError {
  return new SettingsError(
    'The setting "webhooks.egressProxy" (environment: WEBHOOKS_EGRESS_PROXY) is wrong: it must be http://user:password@host:port, credentials left out where there are none, special characters in them percent-encoded.',
  );
}
