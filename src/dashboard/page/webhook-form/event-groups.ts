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

const UID = /^(?:api|plugin)::[\w-]+\.[\w-]+$/;

/** The uids of content types that the catalogue's schemas and examples name, wherever they stand in them. */
export function uidsIn(catalogue: unknown): string[] {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value === 'string' && UID.test(value)) found.add(value);
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (UID.test(key)) found.add(key);
        look(inner);
      }
    }
  };
  look(catalogue);
  return [...found].toSorted();
}
