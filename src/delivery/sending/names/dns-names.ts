import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { NameResolver } from './name-resolver.js';

/** Which name servers are asked, and for how long. */
export interface DnsOptions {
  /** `IP` or `IP:PORT`; unless told, those that the machine is set up with. */
  servers?: readonly string[];
  /** How long a server has for its first answer, milliseconds; the second try has twice as long. Unless told, 2,000. */
  tryMs?: number;
  /** Unless told, 2. */
  tries?: number;
}

/** Asks name servers without holding a thread. */
export function dnsNames({ servers, tryMs = 2_000, tries = 2 }: DnsOptions = {}): NameResolver {
  return async (name) => {
    // Made anew, because it reads the machine's settings once, and they may change while the process runs.
    const resolver = new Resolver({ timeout: tryMs, tries });
    if (servers) resolver.setServers(servers);
    const [v4, v6] = await Promise.allSettled([
      resolver.resolve4(name),
      // As the system does it: who has no IPv6 address is not sent to one.
      hasIpv6() ? resolver.resolve6(name) : [],
    ]);
    const found: LookupAddress[] = [
      ...addressesOf(v4).map((address) => ({ address, family: 4 })),
      ...addressesOf(v6).map((address) => ({ address, family: 6 })),
    ];
    if (found.length > 0) return found;
    const faults = [v4, v6].flatMap((settled) => (settled.status === 'rejected' ? [faultOf(settled)] : []));
    // That one question was not answered says more than that there is nothing for the other.
    throw faults.find(({ code }) => code !== 'ENODATA') ?? faults[0] ?? new Error(`${name} has no address.`);
  };
}

function addressesOf(settled: PromiseSettledResult<string[]>): string[] {
  return settled.status === 'fulfilled' ? settled.value : [];
}

function faultOf({ reason }: PromiseRejectedResult): NodeJS.ErrnoException {
  return reason as NodeJS.ErrnoException;
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(({ family, internal, address }) => family === 'IPv6' && !internal && !/^fe[89ab]/i.test(address));
}
