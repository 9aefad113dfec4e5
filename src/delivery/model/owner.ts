import { parseUrl } from '../../http/parse-url.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';

/** Whose a claim or a request is: shares are fair by tenant, then by host (origin), then by webhook. */
export type Owner = Pick<DeliverableWebhook, 'id' | 'tenant' | 'url'>;

/** Of a webhook's tenant, its host and itself; a webhook without a tenant has the key of none. */
export type OwnerKeys = readonly [tenant: string, origin: string, id: string];

/** Parsing a URL for each delivery would cost as much as all else that asks for the keys. */
const known = new WeakMap<Owner, OwnerKeys>();

/** The keys of a webhook's tenant, host, and itself. A host is scheme, name and port; an invalid URL is one of its own. */
export function getOwnerKeys(owner: Owner): OwnerKeys {
  let keys = known.get(owner);
  if (!keys) {
    const { id, tenant, url } = owner;
    keys = [tenant === null ? '' : `=${tenant}`, parseUrl(url)?.origin ?? url, id];
    known.set(owner, keys);
  }
  return keys;
}

/** The key of a webhook's host among its tenant's and those of others. */
export function getHostKey(owner: Owner): string {
  const [tenant, origin] = getOwnerKeys(owner);
  return `${tenant}\n${origin}`;
}
