import { SettingsError } from '../../settings/load-settings.js';
import { parseUrl } from '../../http/parse-url.js';

/** A proxy that every delivery goes out through. */
export interface EgressProxy {
  /** Scheme, host and port: what may be shown. */
  origin: string;
  /** Value of `Proxy-Authorization`; null: none. Never shown. */
  authorization: string | null;
}

/**
 * Reads the setting `webhooks.egressProxy`: `http://[user:password@]host:port`, or https. Special characters of user
 * and password are percent-encoded, as in every URL.
 *
 * @returns null where none is set
 * @throws {SettingsError} when it is something else; it shows nothing of what was set
 */
export function parseEgressProxy(text: string | null): EgressProxy | null {
  if (text === null || text === '') return null;
  const url = parseUrl(text);
  const isBare = url && url.pathname === '/' && url.search === '' && url.hash === '';
  if (!isBare || !/^https?:$/.test(url.protocol)) throw wrong();
  const { origin, username, password } = url;
  if (username === '' && password === '') return { origin, authorization: null };
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { origin, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  } catch {
    throw wrong();
  }
}

function wrong(): SettingsError {
  return new SettingsError(
    'The setting "webhooks.egressProxy" (environment: WEBHOOKS_EGRESS_PROXY) is wrong: it must be http://user:password@host:port, credentials left out where there are none, special characters in them percent-encoded.',
  );
}
