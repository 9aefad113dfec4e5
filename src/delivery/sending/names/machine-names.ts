import { lookup } from 'node:dns/promises';
import { Semaphore } from '../../../host/semaphore.js';
import { isLocalhost, LOOPBACK_ADDRESSES } from '../../../webhooks/addresses/blocked-host.js';
import { dnsNames } from './dns-names.js';
import { HostsFile } from './hosts-file.js';
import { askedOnce, type NameResolver } from './name-resolver.js';

/** Where names are looked up; tests give their own. */
export interface NameSources {
  hosts: Pick<HostsFile, 'addressesOf'>;
  /** Asks name servers. */
  dns: NameResolver;
  /** Asks the operating system. */
  system: NameResolver;
}

/** What name servers say of a name that they do not know, and what is said where there are none. */
const UNKNOWN_TO_DNS = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED']);

/**
 * How this machine resolves names, without letting slow ones hold back others.
 *
 * The system's own lookup (`dns.lookup`, getaddrinfo) blocks a thread until it is done, of which libuv gives it two:
 * whoever owns two names whose servers never answer would stop every other connection of this process, those to the
 * database too. So names are looked for where the system would look, in its order, but its hosts file is read and its
 * name servers are asked without a thread, as many names at a time as there are requests. The system is asked only for
 * what they do not know (search domains, mDNS and what else it is set up for), one name at a time, which leaves a
 * thread to others. A name whose servers hang never gets there: it ends with its time-out.
 */
export function machineNames(
  sources: NameSources = { hosts: new HostsFile(), dns: dnsNames(), system: systemNames },
): NameResolver {
  const systemLookups = new Semaphore(1);
  return askedOnce(async (name) => {
    const written = await sources.hosts.addressesOf(name);
    if (written.length > 0) return written;
    if (isLocalhost(name))
      return LOOPBACK_ADDRESSES.map((address, i) => ({ address, family: i === 0 ? 4 : 6 }));
    try {
      return await sources.dns(name);
    } catch (error) {
      if (!UNKNOWN_TO_DNS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return systemLookups.run(() => sources.system(name));
    }
  });
}

const systemNames: NameResolver = (name) => lookup(name, { all: true });
