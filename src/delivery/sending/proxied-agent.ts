import type { SecureContext } from 'node:tls';
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import { hostProblem } from '../../webhooks/addresses/host-problem.js';
import type { EgressProxy } from './egress-proxy.js';
import { AddressRefusedError, CONNECT_TIMEOUT_MS, CONNECTION_OPTIONS } from './guarded-agent.js';

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
    clientFactory: (origin, pool: Pool.Options) =>
      new Pool(origin, { ...pool, headersTimeout: CONNECT_TIMEOUT_MS }),
  });
  return agent.compose((dispatch) => (request, handler) => {
    const problem = hostProblem(new URL(String(request.origin)).hostname, policy);
    if (problem !== null) throw new AddressRefusedError(`${problem}.`);
    return dispatch(request, handler);
  });
}

function withContext(secureContext: SecureContext | undefined): { secureContext?: SecureContext } {
  return secureContext ? { secureContext } : {};
}
