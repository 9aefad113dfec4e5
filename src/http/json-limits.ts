/**
 * Whether a value has more levels of objects and arrays in each other than so many. Looks level by level: what calls
 * itself for every level is what such a value would bring down.
 */
export function isDeeperThan(levels: number, value: unknown): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === levels) return true;
    level = level.flatMap((container) => Object.values(container).filter(isContainer));
  }
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether a value is or has in it an object with more than so many keys. Arrays count for nothing, their items do. */
export function isWiderThan(keys: number, value: unknown): boolean {
  const toSee = [value].filter(isContainer);
  for (let next = toSee.pop(); next !== undefined; next = toSee.pop()) {
    const values = Object.values(next) as unknown[];
    if (values.length > keys && !Array.isArray(next)) return true;
    for (const one of values) if (isContainer(one)) toSee.push(one);
  }
  return false;
}
