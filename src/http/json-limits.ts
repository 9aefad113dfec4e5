/**
 * Whether a value nests objects and arrays deeper than so many levels. It walks level by level, because recursion would
 * overflow the stack on exactly such a value.
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

/** Whether any object in a value has more than so many keys. The length of arrays does not count; their items are checked. */
export function isWiderThan(keys: number, value: unknown): boolean {
  const pending = [value].filter(isContainer);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const values = Object.values(next) as unknown[];
    if (values.length > keys && !Array.isArray(next)) return true;
    for (const one of values) if (isContainer(one)) pending.push(one);
  }
  return false;
}
