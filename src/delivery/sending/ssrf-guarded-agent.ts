import type { LookupAddress } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import type { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import { explainBlockedHost, parseLiteralAddress } from '../../webhooks/addresses/blocked-host.js';
import type { AddressNamingError } from './explain-failure.js';
import type { NameResolver } from './names/name-resolver.js';
import { createReceiverPool } from './receiver-client.js';

/** A webhook's host is, or resolves to, an address that it must not reach. A retry is useless. */
export class AddressRefusedError extends Error implements AddressNamingError {
  override readonly name = 'AddressRefusedError';
  readonly code = 'ADDRESS_REFUSED';

  /** @param messageWithoutAddress where the message names an address that the URL does not */
  constructor(
    message: string,
    readonly messageWithoutAddress: string = message,
  ) {
    super(message);
  }
}

/** A name has no address, or its name servers do not answer. */
export class NameLookupError extends Error {
  override readonly name = 'NameLookupError';

  /** @param code the resolver's: `ENOTFOUND`, `ETIMEOUT` */
  constructor(
    host: string,
    readonly code: string,
  ) {
    super(
      code === 'ENOTFOUND' || code === 'ENODATA'
        ? `The name ${host} has no address (${code}).`
        : `The name ${host} could not be looked up (${code}).`,
    );
  }
}

/** The options of {@link createSsrfGuardedAgent}. */
export interface GuardedAgentOptions {
  policy: AddressPolicy;
  resolve: NameResolver;
  /** The trusted certificate authorities and our client certificate; undefined: Node's authorities, and none. */
  secureContext?: SecureContext | undefined;
  /** Creates the sockets. Default: undici's. Tests use it to see where a socket would connect. */
  connector?: typeof buildConnector;
}

/** Ends connects that are still running after the deadline of their attempt, milliseconds. */
export const CONNECT_TIMEOUT_MS = 30_000;

/**
 * The delay before the next of several addresses is tried in parallel, milliseconds. Node's default of 250 ms is too
 * short for a distant receiver: Node would give it up for an address without a route.
 */
const NEXT_ADDRESS_MS = 1_000;

const KEEP_ALIVE_MS = 30_000;

/** At this many bytes, names and values together, the headers of an answer are too large: 64 KB of one leave 2 KB to others. */
const MOST_HEADER_BYTES = 66 * 1024;

/** The options of all connection pools. */
export const CONNECTION_OPTIONS = {
  keepAliveTimeout: KEEP_ALIVE_MS,
  keepAliveMaxTimeout: KEEP_ALIVE_MS,
  pipelining: 1,
  maxHeaderSize: MOST_HEADER_BYTES,
  factory: createReceiverPool,
  // Off: each attempt has its own deadline over the whole request.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const satisfies Agent.Options;

/**
 * Creates connections with an SSRF guard: each one is checked by the address that its socket connects to. Literal
 * addresses are checked before the connect, because Node calls no `lookup` for them. Names are checked by the addresses
 * that they resolve to for this connect. The remote address of the socket is checked again before a byte of a request
 * is written.
 *
 * The proxy variables of the environment are ignored: undici's Agent, unlike its EnvHttpProxyAgent, does not read them.
 */
export function createSsrfGuardedAgent(options: GuardedAgentOptions): Agent {
  const { policy, resolve, secureContext, connector = buildConnector } = options;
  const connect = connector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: createGuardedLookup(policy, resolve),
    keepAlive: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    ...(secureContext ? { secureContext } : {}),
  });
  return new Agent({
    ...CONNECTION_OPTIONS,
    connect(target, callback) {
      const problem =
        parseLiteralAddress(target.hostname) === null ? null : explainBlockedHost(target.hostname, policy);
      if (problem !== null) {
        callback(new AddressRefusedError(`${problem}.`), null);
        return;
      }
      connect(target, (...[error, socket]) => {
        const refused = socket && checkPeer(socket, policy);
        if (refused) {
          socket.destroy();
          callback(refused, null);
        } else if (socket) callback(null, socket);
        else callback(error, null);
      });
    },
  });
}

/** Checks the remote address of a connected socket; null: it is allowed. */
function checkPeer(socket: Socket, policy: AddressPolicy): Error | null {
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) {
    return Object.assign(new Error('The receiver closed the connection as soon as it was made.'), {
      code: 'ECONNRESET',
    });
  }
  if (policy.allows(remoteAddress)) return null;
  return new AddressRefusedError(
    `The connection led to ${remoteAddress}, an address that webhooks may not reach.`,
    'The connection led to an address that webhooks may not reach.',
  );
}

function createGuardedLookup(policy: AddressPolicy, resolve: NameResolver): LookupFunction {
  return (hostname, options, callback) => {
    const fail = (error: NodeJS.ErrnoException) => callback(error, '', 0);
    const filterAllowed = (found: LookupAddress[]) => {
      const ofFamily = found.filter(({ family }) => !options.family || family === options.family);
      const allowed = ofFamily.filter(({ address }) => policy.allows(address));
      const [first] = allowed;
      if (first && options.all) callback(null, allowed);
      else if (first) callback(null, first.address, first.family);
      else fail(toLookupError(hostname, ofFamily));
    };
    resolve(hostname).then(filterAllowed, ({ code }: NodeJS.ErrnoException) =>
      fail(new NameLookupError(hostname, code ?? 'EAI_FAIL')),
    );
  };
}

function toLookupError(hostname: string, found: LookupAddress[]): NodeJS.ErrnoException {
  const [first] = found;
  return first
    ? new AddressRefusedError(
        `${hostname} resolves to ${first.address}, an address that webhooks may not reach.`,
        `${hostname} resolves to an address that webhooks may not reach.`,
      )
    : new NameLookupError(hostname, 'ENODATA');
}
