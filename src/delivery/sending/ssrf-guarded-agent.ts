import type { LookupAddress } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import type { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import { explainBlockedHost, parseLiteralAddress } from '../../webhooks/addresses/blocked-host.js';
import type { NameResolver } from './names/name-resolver.js';

/** A webhook's host is, or resolves to, an address that must not be reached. Trying again is of no use. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'ADDRESS_REFUSED';
}

/** A name that has no address, or whose name servers do not answer. */
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

/** What connections are made with. */
export interface GuardedAgentOptions {
  policy: AddressPolicy;
  resolve: NameResolver;
  /** Of whose certificates a receiver's must be, and our own; undefined: what Node trusts, and none. */
  secureContext?: SecureContext | undefined;
  /** Makes sockets; undici's unless told. Tests see here where one would go. */
  connector?: typeof buildConnector;
}

/** A timer over the whole of it ends an attempt; this one ends what nobody waits for any more. */
export const CONNECT_TIMEOUT_MS = 30_000;

/**
 * How long one of several addresses has before the next is tried beside it. Node's 250 ms are too few for a receiver on
 * the other side of the world, which would then be given up for an address that has no route.
 */
const NEXT_ADDRESS_MS = 1_000;

const KEEP_ALIVE_MS = 30_000;

/** How connections of every kind behave. */
export const CONNECTION_OPTIONS = {
  keepAliveTimeout: KEEP_ALIVE_MS,
  keepAliveMaxTimeout: KEEP_ALIVE_MS,
  pipelining: 1,
  // Each attempt has a timer of its own over the whole of it.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const satisfies Agent.Options;

/**
 * The connections that deliveries go out on. Each is judged by the address that its socket connects to: literals
 * before connecting (Node asks no lookup for them), names by what they resolve to at that very connection, and once
 * more by the address that the socket has, before a byte of a request is written.
 *
 * No proxy of the environment is used: undici's Agent, unlike its EnvHttpProxyAgent, reads none.
 */
export function guardedAgent(options: GuardedAgentOptions): Agent {
  const { policy, resolve, secureContext, connector = buildConnector } = options;
  const connect = connector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: guardedLookup(policy, resolve),
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
        const refused = socket && refusedPeer(socket, policy);
        if (refused) {
          socket.destroy();
          callback(refused, null);
        } else if (socket) callback(null, socket);
        else callback(error, null);
      });
    },
  });
}

/** What is wrong with where a socket led. */
function refusedPeer(socket: Socket, policy: AddressPolicy): Error | null {
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) {
    return Object.assign(new Error('The receiver closed the connection as soon as it was made.'), {
      code: 'ECONNRESET',
    });
  }
  if (policy.allows(remoteAddress)) return null;
  return new AddressRefusedError(
    `The connection led to ${remoteAddress}, an address that webhooks may not reach.`,
  );
}

function guardedLookup(policy: AddressPolicy, resolve: NameResolver): LookupFunction {
  return (hostname, options, callback) => {
    const fail = (error: NodeJS.ErrnoException) => callback(error, '', 0);
    const judge = (found: LookupAddress[]) => {
      const ofFamily = found.filter(({ family }) => !options.family || family === options.family);
      const allowed = ofFamily.filter(({ address }) => policy.allows(address));
      const [first] = allowed;
      if (first && options.all) callback(null, allowed);
      else if (first) callback(null, first.address, first.family);
      else fail(nothingLeft(hostname, ofFamily));
    };
    resolve(hostname).then(judge, ({ code }: NodeJS.ErrnoException) =>
      fail(new NameLookupError(hostname, code ?? 'EAI_FAIL')),
    );
  };
}

function nothingLeft(hostname: string, found: LookupAddress[]): NodeJS.ErrnoException {
  const [first] = found;
  return first
    ? new AddressRefusedError(
        `${hostname} resolves to ${first.address}, an address that webhooks may not reach.`,
      )
    : new NameLookupError(hostname, 'ENODATA');
}
