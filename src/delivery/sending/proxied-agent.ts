import type { SecureContext } from 'node:tls';
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import { explainBlockedHost } from '../../webhooks/addresses/blocked-host.js';
import type { EgressProxy } from '../options/egress-proxy.js';
import { type AddressNamingError, explainFailure } from './explain-failure.js';
import { AddressRefusedError, CONNECT_TIMEOUT_MS, CONNECTION_OPTIONS } from './ssrf-guarded-agent.js';

/** The egress proxy made no connection. A retry may succeed. */
export class EgressProxyError extends Error implements AddressNamingError {
  override readonly name = 'EgressProxyError';
  readonly code = 'EGRESS_PROXY';
  readonly messageWithoutAddress: string;

  /** @param detail what went wrong, which may name the proxy's address; left out: nothing is known */
  constructor(message: string, detail?: string) {
    super(detail === undefined ? message : `${message} ${detail}`);
    this.messageWithoutAddress = message;
  }
}

/** The options of {@link createProxiedAgent}. */
export interface ProxiedAgentOptions {
  proxy: EgressProxy;
  policy: AddressPolicy;
  /** The trusted certificate authorities and our client certificate; undefined: Node's authorities, and none. */
  secureContext?: SecureContext | undefined;
  /** The trusted certificate authorities of an https proxy; undefined: Node's. */
  proxySecureContext?: SecureContext | undefined;
}

/**
 * Creates connections through an egress proxy. Each is a tunnel (CONNECT), also for http, so that the proxy does
 * not process our headers and bodies.
 *
 * The proxy itself may have any address, because the operator configured it. The SSRF guard checks literal addresses
 * and localhost here. The proxy resolves all other names, and must itself restrict the addresses that they reach.
 */
export function createProxiedAgent(options: ProxiedAgentOptions): Dispatcher {
  const { proxy, policy, secureContext, proxySecureContext } = options;
  const agent = new ProxyAgent({
    ...CONNECTION_OPTIONS,
    uri: proxy.origin,
    ...(proxy.authorization === null ? {} : { token: proxy.authorization }),
    requestTls: { timeout: CONNECT_TIMEOUT_MS, ...toTlsOptions(secureContext) },
    proxyTls: { timeout: CONNECT_TIMEOUT_MS, ...toTlsOptions(proxySecureContext) },
    clientFactory: createTunnelPool,
  });
  return agent.compose((dispatch) => (request, handler) => {
    const problem = explainBlockedHost(new URL(String(request.origin)).hostname, policy);
    if (problem !== null) throw new AddressRefusedError(`${problem}.`);
    return dispatch(request, handler);
  });
}

/**
 * Creates the connections to the proxy itself. Their errors are replaced by an {@link EgressProxyError}: undici takes
 * some of the original ones for errors of an established connection, and would request a tunnel again and again.
 */
function createTunnelPool(origin: URL, options: Pool.Options): Dispatcher {
  const pool = new Pool(origin, { ...options, headersTimeout: CONNECT_TIMEOUT_MS });
  const ask = pool.connect.bind(pool) as (
    request: Dispatcher.ConnectOptions,
  ) => Promise<Dispatcher.ConnectData>;
  const connect = async (request: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
    const answer = await ask(request).catch((error: Error) => {
      throw new EgressProxyError('The egress proxy made no connection.', explainFailure(error, true));
    });
    if (answer.statusCode === 200) return answer;
    answer.socket.on('error', () => {}).destroy();
    throw new EgressProxyError(`The egress proxy answered ${answer.statusCode} and made no connection.`);
  };
  return Object.assign(pool, { connect });
}

function toTlsOptions(secureContext: SecureContext | undefined): { secureContext?: SecureContext } {
  return secureContext ? { secureContext } : {};
}
