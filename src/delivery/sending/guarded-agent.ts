import { lookup as lookupName, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { AddressPolicy } from './address-policy.js';

/** A webhook's host is, or resolves to, an address that must not be reached. Trying again is of no use. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'ADDRESS_REFUSED';

  constructor(host: string, address: string) {
    super(
      host === address
        ? `${host} is an address that webhooks may not reach.`
        : `${host} resolves to ${address}, an address that webhooks may not reach.`,
    );
  }
}

const KEEP_ALIVE_MS = 30_000;

/**
 * The connections that deliveries go out on. Each is judged by the address that its socket connects to: literals
 * before connecting (Node asks no lookup for them), names by what they resolve to at that very connection.
 *
 * No proxy of the environment is used: undici's Agent, unlike its EnvHttpProxyAgent, reads none.
 */
export function guardedAgent(policy: AddressPolicy, connectTimeoutMs: number): Agent {
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup: guardedLookup(policy),
    keepAlive: true,
  });
  return new Agent({
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    pipelining: 1,
    // Each attempt has a timer of its own over the whole of it.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && !policy.allows(host)) {
        callback(new AddressRefusedError(host, host), null);
        return;
      }
      connect(options, callback);
    },
  });
}

function guardedLookup(policy: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    lookupName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      const refused = addresses.find(({ address }) => !policy.allows(address));
      const [first] = addresses;
      if (refused || !first) {
        callback(new AddressRefusedError(hostname, refused?.address ?? 'nothing'), '', 0);
        return;
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
