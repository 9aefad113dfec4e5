/** An event type, as far as the choice of events needs it. */
interface Named {
  name: string;
}

/** Event types by the first part of their names, in the catalogue's order. */
export function groupsOf<T extends Named>(types: readonly T[]): [prefix: string, types: T[]][] {
  const groups = new Map<string, T[]>();
  for (const type of types) {
    const prefix = type.name.split('.')[0] ?? type.name;
    groups.set(prefix, [...(groups.get(prefix) ?? []), type]);
  }
  return [...groups];
}

/** What Posthorn tells of itself: `*` does not cover it. */
const OPERATIONAL = ['webhook', 'delivery'];

/** Whether a wider choice (`*`, `entry.*`) already stands for this name. */
export function isCovered(name: string, chosen: readonly string[]): boolean {
  const prefix = name.split('.')[0] ?? name;
  if (chosen.includes('*') && !OPERATIONAL.includes(prefix) && name !== '*') return true;
  return name !== `${prefix}.*` && chosen.includes(`${prefix}.*`);
}

/** The uids of content types whose events can be picked. */
export function uidsIn(catalogue: readonly { contentTypes: readonly string[] }[]): string[] {
  return [...new Set(catalogue.flatMap(({ contentTypes }) => contentTypes))].toSorted();
}
