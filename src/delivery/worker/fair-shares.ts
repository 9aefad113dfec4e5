import { getOwnerKeys, type Owner } from '../model/owner.js';

/** What is shared: claims that wait or run, requests that run, and requests that have stalled. */
export type Resource = 'held' | 'running' | 'stalled';

/** A party that took nothing for this long has no share any more, milliseconds. */
const IDLE_MS = 10_000;

/** This share of a resource, 0 to 1, is only for those that hold less than their share. */
const RESERVED = 1 / 8;

/** The most places that one party may have, as a share of its parent's most, while it has neighbours, 0 to 1. */
const MOST_BORROWED = 1 / 2;

/** All tenants, a tenant, a host of a tenant, or a webhook of a host. */
export class Party {
  readonly children = new Map<string, Party>();
  /** The children with claims that wait for their turn; the first is next. */
  readonly waiting = new Set<Party>();
  readonly used: Record<Resource, number> = { held: 0, running: 0, stalled: 0 };
  /** Since when requests are out and none has been answered, milliseconds; null: none is out. */
  unansweredSince: number | null = null;
  /** When it took something last, milliseconds. */
  seenAt = 0;
  /** Whether it was forgotten: it must be found anew. */
  isForgotten = false;

  constructor(
    readonly parent: Party | null,
    readonly key: string,
  ) {}
}

/**
 * Shares out what this process has by tenant, then by host, then by webhook, so that nobody gets more by having more
 * hosts or webhooks. The share of a party is an equal part of its parent's; a party that has been idle has none.
 *
 * Who answers may borrow beyond its share what is free, but for a reserve. Who has not answered may not: what hangs never
 * holds more than its share.
 */
export class FairShares {
  readonly root = new Party(null, '');

  /** @param totals how much there is of each resource */
  constructor(private readonly totals: Readonly<Record<Resource, number>>) {}

  /** Finds the party of a webhook; a new one counts among its neighbours from now on. */
  find(owner: Owner, now: number): Party {
    const party = getOwnerKeys(owner).reduce(getChild, this.root);
    party.seenAt = now;
    return party;
  }

  free(resource: Resource): number {
    return this.totals[resource] - this.root.used[resource];
  }

  take(party: Party, resource: Resource): void {
    for (let one: Party | null = party; one; one = one.parent) one.used[resource] += 1;
  }

  giveBack(party: Party, resource: Resource): void {
    for (let one: Party | null = party; one; one = one.parent) one.used[resource] -= 1;
  }

  /**
   * How much more a webhook may take.
   *
   * @param mayBorrow whether it, its host and its tenant may hold more than their shares
   */
  room(party: Party, resource: Resource, mayBorrow: boolean): number {
    const total = this.totals[resource];
    const free = this.free(resource);
    const unreserved = free - Math.floor(total * RESERVED);
    const borrowed = mayBorrow ? unreserved : 0;
    // Claims that wait go back to the database when their webhook stalls, so that half would only slow a drain.
    const mostOfOne = resource === 'held' ? 1 : MOST_BORROWED;
    let most = total;
    let share = total;
    let room = free;
    for (const one of pathOf(party)) {
      const neighbours = one.parent?.children.size ?? 1;
      share /= neighbours;
      if (neighbours > 1) most *= mostOfOne;
      const within = Math.max(1, Math.floor(share)) - one.used[resource];
      room = Math.min(room, Math.max(within, Math.min(borrowed, Math.floor(most) - one.used[resource])));
    }
    // What a lone webhook has queued goes back only when it has stalled: somebody new must not wait for that.
    if (resource === 'held' && share === total) room = Math.min(room, unreserved);
    return Math.max(0, room);
  }

  /** Forgets the parties that have nothing and have been idle. */
  forgetIdle(now: number): void {
    forgetIdleIn(this.root, now - IDLE_MS);
  }
}

/** A webhook's tenant, host, and itself. */
function pathOf(party: Party): Party[] {
  const host = party.parent as Party;
  return [host.parent as Party, host, party];
}

function getChild(parent: Party, key: string): Party {
  let child = parent.children.get(key);
  if (!child) {
    child = new Party(parent, key);
    parent.children.set(key, child);
  }
  return child;
}

function forgetIdleIn(parent: Party, before: number): void {
  for (const child of parent.children.values()) {
    forgetIdleIn(child, before);
    const { held, running, stalled } = child.used;
    if (child.children.size > 0 || held + running + stalled > 0 || child.seenAt > before) continue;
    child.isForgotten = true;
    parent.children.delete(child.key);
  }
}
