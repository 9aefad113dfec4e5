import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { NameResolver } from './name-resolver.js';

/** Which name servers are queried, and for how long. */
export interface DnsOptions {
  /** `IP` or `IP:PORT`. Default: the name servers of the machine. */
  servers?: readonly string[];
  /** The timeout of the first try, milliseconds; the second try has twice as long. Default: 2,000. */
  tryMs?: number;
  /** How often a query is sent. Default: 2. */
  tries?: number;
}

/** Creates a resolver that queries name servers without blocking a thread. */
export function createDnsResolver({ servers, tryMs = 2_000, tries = 2 }: DnsOptions = {}): NameResolver {
  return async (name) => {
    // One per lookup: a Resolver reads the machine's settings once, and they may change while the process runs.
    const resolver = new Resolver({ timeout: tryMs, tries });
    if (servers) resolver.setServers(servers);
    const [v4, v6] = await Promise.allSettled([
      resolver.resolve4(name),
      // As the system does: without an IPv6 address of its own, the machine uses no IPv6 addresses.
      hasIpv6() ? resolver.resolve6(name) : [],
    ]);
    const found: LookupAddress[] = [
      ...toAddresses(v4).map((address) => ({ address, family: 4 })),
      ...toAddresses(v6).map((address) => ({ address, family: 6 })),
    ];
    if (found.length > 0) return found;
    const errors = [v4, v6].flatMap((settled) => (settled.status === 'rejected' ? [toError(settled)] : []));
    // The error of a failed query says more than ENODATA, which means that there is no record of that family.
    throw errors.find(({ code }) => code !== 'ENODATA') ?? errors[0] ?? new Error(`${name} has no address.`);
  };
}

/**
 * Creates a probe that asks whether any name server answers, by a query that each answers by itself. Calls at the same time
 * share one query.
 *
 * @returns false when none answers in time
 */
export function createDnsProbe({ servers, tryMs = 2_000 }: DnsOptions = {}): () => Promise<boolean> {
  let running: Promise<boolean> | null = null;
  const ask = async (): Promise<boolean> => {
    const resolver = new Resolver({ timeout: tryMs, tries: 1 });
    if (servers) resolver.setServers(servers);
    try {
      await resolver.resolveNs('.');
      return true;
    } catch (error) {
      // A refusal is an answer.
      return !NO_ANSWER.has((error as NodeJS.ErrnoException).code ?? '');
    }
  };
  return () => {
    running ??= ask().finally(() => (running = null));
    return running;
  };
}

const NO_ANSWER: ReadonlySet<string> = new Set(['ETIMEOUT', 'ECONNREFUSED']);

function toAddresses(settled: PromiseSettledResult<string[]>): string[] {
  return settled.status === 'fulfilled' ? settled.value : [];
}

function toError({ reason }: PromiseRejectedResult): NodeJS.ErrnoException {
  return reason as NodeJS.ErrnoException;
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(({ family, internal, address }) => family === 'IPv6' && !internal && !/^fe[89ab]/i.test(address));
}
