import type { SecureContext } from 'node:tls';
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import { explainBlockedHost } from '../../webhooks/addresses/blocked-host.js';
import type { EgressProxy } from '../options/egress-proxy.js';
import { AddressRefusedError, CONNECT_TIMEOUT_MS, CONNECTION_OPTIONS } from './ssrf-guarded-agent.js';

/** The egress proxy made no connection. It may next time. */
export class EgressProxyError extends Error {
  override readonly name = 'EgressProxyError';
  readonly code = 'EGRESS_PROXY';
}

/** What connections through a proxy are made with. */
export interface ProxiedAgentOptions {
  proxy: EgressProxy;
  policy: AddressPolicy;
  /** Of whose certificates a receiver's must be, and our own; undefined: what Node trusts, and none. */
  secureContext?: SecureContext | undefined;
  /** Of whose certificates the proxy's must be where it is https; undefined: what Node trusts. */
  proxySecureContext?: SecureContext | undefined;
}

/**
 * Connections that deliveries go out on where there is an egress proxy: a tunnel (CONNECT) for each, for http too, so
 * that the proxy sees no headers and bodies of ours that are not its own.
 *
 * The proxy itself may stand anywhere, because the operator named it. Hosts that are addresses, and localhost, are
 * judged here; other names are looked up by the proxy, and which of their addresses may be reached is its to decide.
 */
export function proxiedAgent(options: ProxiedAgentOptions): Dispatcher {
  const { proxy, policy, secureContext, proxySecureContext } = options;
  const agent = new ProxyAgent({
    ...CONNECTION_OPTIONS,
    uri: proxy.origin,
    ...(proxy.authorization === null ? {} : { token: proxy.authorization }),
    requestTls: { timeout: CONNECT_TIMEOUT_MS, ...withContext(secureContext) },
    proxyTls: { timeout: CONNECT_TIMEOUT_MS, ...withContext(proxySecureContext) },
    clientFactory: tunnels,
  });
  return agent.compose((dispatch) => (request, handler) => {
    const problem = explainBlockedHost(new URL(String(request.origin)).hostname, policy);
    if (problem !== null) throw new AddressRefusedError(`${problem}.`);
    return dispatch(request, handler);
  });
}

/**
 * The connections to the proxy itself. Their faults get a sentence and a code of our own: undici takes some of theirs
 * for those of a connection that stood and would ask for a tunnel again and again.
 */
function tunnels(origin: URL, options: Pool.Options): Dispatcher {
  const pool = new Pool(origin, { ...options, headersTimeout: CONNECT_TIMEOUT_MS });
  const ask = pool.connect.bind(pool) as (
    request: Dispatcher.ConnectOptions,
  ) => Promise<Dispatcher.ConnectData>;
  const connect = async (request: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
    const answer = await ask(request).catch((error: Error) => {
      throw new EgressProxyError(`The egress proxy made no connection: ${error.message}`);
    });
    if (answer.statusCode === 200) return answer;
    answer.socket.on('error', () => {}).destroy();
    throw new EgressProxyError(`The egress proxy answered ${answer.statusCode} and made no connection.`);
  };
  return Object.assign(pool, { connect });
}

function withContext(secureContext: SecureContext | undefined): { secureContext?: SecureContext } {
  return secureContext ? { secureContext } : {};
}
