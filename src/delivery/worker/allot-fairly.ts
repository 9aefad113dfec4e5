import { getOwnerKeys, type Owner } from '../model/owner.js';

/** What one webhook could take. */
export interface Want {
  owner: Owner;
  /** At least 0. */
  most: number;
}

/**
 * Shares out a capacity among webhooks: equally by tenant, within a tenant by host, within a host by webhook. What one
 * does not want is shared among its neighbours.
 *
 * @returns how much each gets, in the order of the wants
 */
export function allotFairly(capacity: number, wants: readonly Want[]): number[] {
  const allotted = new Map<Want, number>();
  const keyed = wants.map((want) => ({ want, keys: getOwnerKeys(want.owner) }));
  allotGroup(capacity, keyed, 0, allotted);
  return wants.map((want) => allotted.get(want) ?? 0);
}

/**
 * Shares out a whole number equally among those that want part of it (max-min fairness). Of those that want the same the
 * last get what cannot be divided.
 *
 * @param wants how much each wants at most
 */
export function split(capacity: number, wants: readonly number[]): number[] {
  const shares = wants.map(() => 0);
  const order = wants.map((want, index) => ({ want, index })).toSorted((a, b) => a.want - b.want);
  let left = capacity;
  order.forEach(({ want, index }, position) => {
    const share = Math.min(want, Math.floor(left / (order.length - position)));
    shares[index] = share;
    left -= share;
  });
  return shares;
}

interface KeyedWant {
  want: Want;
  /** Of its tenant, its host and itself. */
  keys: readonly string[];
}

function allotGroup(
  capacity: number,
  wants: readonly KeyedWant[],
  depth: number,
  allotted: Map<Want, number>,
): void {
  const [first] = wants;
  if (first && depth === first.keys.length) {
    allotted.set(first.want, Math.min(capacity, first.want.most));
    return;
  }
  const groups = new Map<string, KeyedWant[]>();
  for (const one of wants) {
    const key = one.keys[depth] ?? '';
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const all = [...groups.values()];
  const sums = all.map((group) => group.reduce((sum, { want }) => sum + want.most, 0));
  split(capacity, sums).forEach((share, index) => allotGroup(share, all[index] ?? [], depth + 1, allotted));
}
