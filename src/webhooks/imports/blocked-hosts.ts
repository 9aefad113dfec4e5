import { lookup } from 'node:dns/promises';
import { AddressPolicy } from '../addresses/address-policy.js';
import { parseLiteralAddress } from '../addresses/blocked-host.js';
import type { ImportedWebhook } from './webhook-imports.js';

/** Resolves a name to its addresses. */
export type LookUp = (hostname: string) => Promise<readonly string[]>;

/** How long all names together may take; those without an answer by then are not told, milliseconds. */
const PATIENCE_MS = 2_000;

const lookUpBySystem: LookUp = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

/**
 * Adds a note to every webhook whose host is at present at addresses that webhooks may not reach: a Strapi beside its
 * receivers reaches what this server's guard refuses. A name that cannot be resolved is not told.
 *
 * @param allowedNetworks as {@link AddressPolicy}
 */
export async function noteBlockedHosts(
  webhooks: readonly ImportedWebhook[],
  allowedNetworks: readonly string[],
  lookUp: LookUp = lookUpBySystem,
): Promise<ImportedWebhook[]> {
  const policy = new AddressPolicy(allowedNetworks);
  const kept = webhooks.filter(({ outcome }) => outcome !== 'skipped' && outcome !== 'deleted');
  const names = new Set(kept.flatMap(({ host }) => (host === null ? [] : [host])));
  const blocked = new Map<string, string>();
  const asked = [...names]
    .filter((name) => parseLiteralAddress(name) === null)
    .map(async (name) => {
      const addresses = await lookUp(name).catch(() => []);
      const [first] = addresses;
      if (first !== undefined && !addresses.some((address) => policy.allows(address)))
        blocked.set(name, first);
    });
  await Promise.race([Promise.all(asked), waitUnreferenced(PATIENCE_MS)]);
  return webhooks.map((webhook) => {
    const address = webhook.host === null ? undefined : blocked.get(webhook.host);
    if (address === undefined || !kept.includes(webhook)) return webhook;
    const note = `cannot be reached as things are: ${webhook.host} is at ${address}, which webhooks may not reach (WEBHOOKS_ALLOWED_NETWORKS)`;
    return { ...webhook, notes: [...webhook.notes, note] };
  });
}

function waitUnreferenced(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
