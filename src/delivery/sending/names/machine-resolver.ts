import { lookup } from 'node:dns/promises';
import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import { Semaphore } from '../../../host/semaphore.js';
import { isLocalhost, LOOPBACK_ADDRESSES } from '../../../webhooks/addresses/blocked-host.js';
import { createDnsProbe, createDnsResolver } from './dns-resolver.js';
import { HostsFile, isOutOfDescriptors } from './hosts-file.js';
import { deduplicateLookups, type NameResolver } from './name-resolver.js';

/** The sources that names are looked up in; tests provide their own. */
export interface NameSources {
  hosts: Pick<HostsFile, 'addressesOf'>;
  /** Queries the name servers. */
  dns: NameResolver;
  /** Calls the operating system's resolver. */
  system: NameResolver;
  /** Asks whether any name server answers. Default: one does. */
  isAnswering?: () => Promise<boolean>;
}

/** The codes of a name that the name servers do not know, and of a machine without name servers. */
const UNKNOWN_TO_DNS = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED']);

/**
 * Creates a resolver that finds names as this machine does, and in which slow names do not delay others.
 *
 * The system's resolver (`dns.lookup`, getaddrinfo) blocks a thread until it is done, and libuv gives it two threads.
 * The owner of two names whose servers never answer could block every other connection of this process, also those to
 * the database. So this resolver uses the sources of the system in the same order, but without a thread: it reads the
 * hosts file, then queries the name servers, for any number of names at a time. It calls the system's resolver only for
 * names that these do not know (search domains, mDNS), one at a time, so that a thread stays free. A name whose servers
 * hang never gets there: its query times out.
 */
export function createMachineResolver(
  sources: NameSources = {
    hosts: new HostsFile(),
    dns: createDnsResolver(),
    system: resolveBySystem,
    isAnswering: createDnsProbe(),
  },
): NameResolver {
  const systemLookups = new Semaphore(1);
  return deduplicateLookups(async (name) => {
    const listed = await sources.hosts.addressesOf(name);
    if (listed.length > 0) return listed;
    if (isLocalhost(name))
      return LOOPBACK_ADDRESSES.map((address, i) => ({ address, family: i === 0 ? 4 : 6 }));
    try {
      return await sources.dns(name);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // The owner of a name answers for its servers, not for a machine whose own name servers are away.
      if (code === 'ETIMEOUT' && (await sources.isAnswering?.()) === false) throw createTryAgain(name);
      if (!UNKNOWN_TO_DNS.has(code)) throw error;
      return systemLookups.run(() => sources.system(name).catch(throwOwnFault));
    }
  });
}

/**
 * Without a file descriptor both resolvers say that the name does not exist, because they can read neither their settings
 * nor a socket.
 *
 * @throws EMFILE or ENFILE when no file can be opened now, else the error of the lookup
 */
async function throwOwnFault(error: unknown): Promise<never> {
  try {
    await (await open(devNull)).close();
  } catch (fault) {
    if (isOutOfDescriptors(fault)) throw fault;
  }
  throw error;
}

/** As the system's resolver says it. */
function createTryAgain(name: string): Error {
  return Object.assign(new Error(`No name server answers, also not for ${name}.`), { code: 'EAI_AGAIN' });
}

const resolveBySystem: NameResolver = (name) => lookup(name, { all: true });
