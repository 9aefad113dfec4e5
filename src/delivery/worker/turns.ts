import type { Party } from './fair-shares.js';

/** Puts a webhook in line for its turns, behind its neighbours; one that is in line keeps its position. */
export function joinTurns(webhook: Party): void {
  for (let one = webhook; one.parent; one = one.parent) one.parent.waiting.add(one);
}

/** Takes a webhook out of the line, and its host and tenant where nothing else of theirs waits. */
export function leaveTurns(webhook: Party): void {
  for (let one = webhook; one.parent; one = one.parent) {
    one.parent.waiting.delete(one);
    if (one.parent.waiting.size > 0) return;
  }
}

/**
 * Finds the webhook whose turn it is: tenants take turns, then the hosts of a tenant, then the webhooks of a host. Who
 * may not begin keeps its position, so that its turn comes as soon as it may.
 *
 * @returns null when none that waits may begin
 */
export function nextInTurn(parent: Party, mayBegin: (webhook: Party) => boolean): Party | null {
  for (const child of parent.waiting) {
    const webhook = child.waiting.size > 0 ? nextInTurn(child, mayBegin) : mayBegin(child) ? child : null;
    if (!webhook) continue;
    parent.waiting.delete(child);
    parent.waiting.add(child);
    return webhook;
  }
  return null;
}
