import type { SecureContext } from 'node:tls';
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import { explainBlockedHost } from '../../webhooks/addresses/blocked-host.js';
import type { EgressProxy } from '../options/egress-proxy.js';
import { type AddressNamingError, explainFailure } from './explain-failure.js';
import { AddressRefusedError, CONNECT_TIMEOUT_MS, CONNECTION_OPTIONS } from './ssrf-guarded-agent.js';

/**
 * The egress proxy made no connection. A retry may succeed.
 *
 * The code is `EGRESS_PROXY`, a fault of this side, where the proxy is away or refuses; `EGRESS_TARGET` where it asked
 * the receiver and that was away.
 */
export class EgressProxyError extends Error implements AddressNamingError {
  override readonly name = 'EgressProxyError';
  readonly messageWithoutAddress: string;

  /** @param detail what went wrong, which may name the proxy's address; left out: nothing is known */
  constructor(
    message: string,
    detail?: string,
    readonly code: 'EGRESS_PROXY' | 'EGRESS_TARGET' = 'EGRESS_PROXY',
  ) {
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
    throw new EgressProxyError(
      `The egress proxy answered ${answer.statusCode} and made no connection.`,
      undefined,
      isTargetAway(answer) ? 'EGRESS_TARGET' : 'EGRESS_PROXY',
    );
  };
  return Object.assign(pool, { connect });
}

/**
 * Whether a proxy says that it asked the receiver in vain. 502 and 504 mean that (RFC 9110, 15.6.3 and 15.6.5). 503 is the
 * proxy's own overload, except where it names the receiver: Squid in `X-Squid-Error`, others in `Proxy-Status` (RFC 9209).
 */
export function isTargetAway({
  statusCode,
  headers,
}: Pick<Dispatcher.ConnectData, 'statusCode' | 'headers'>) {
  if (statusCode === 502 || statusCode === 504) return true;
  if (statusCode !== 503) return false;
  return (
    /\bERR_(?:CONNECT_FAIL|DNS_FAIL|READ_TIMEOUT|SECURE_CONNECT_FAIL)\b/.test(
      String(headers['x-squid-error']),
    ) || /\berror="?(?:dns_|destination_|connection_)/.test(String(headers['proxy-status']))
  );
}

function toTlsOptions(secureContext: SecureContext | undefined): { secureContext?: SecureContext } {
  return secureContext ? { secureContext } : {};
}
