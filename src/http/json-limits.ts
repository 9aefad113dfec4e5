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

/** Whether a text has no half of a surrogate pair, which UTF-8 cannot write. */
export function isSurrogateFree(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** A value that JSON or a database would change in silence. */
export interface UnsoundValue {
  path: string[];
  /** What is wrong with it, to be put after its path. */
  what: string;
}

/**
 * Finds a value in parsed JSON that may not be what was sent, or that cannot be passed on as it is: a whole number beyond
 * 2^53, a number that is not finite, and half of a surrogate pair in a text or a key. It walks without recursion.
 */
export function findUnsoundValue(value: unknown): UnsoundValue | null {
  const pending: { value: unknown; step: string; parent: Step | null }[] = [
    { value, step: '', parent: null },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const what = findUnsoundScalar(next.value);
    if (what !== null) return { path: readPath(next), what };
    if (!isContainer(next.value)) continue;
    for (const [step, inner] of Object.entries(next.value) as [string, unknown][]) {
      if (!isSurrogateFree(step)) return { path: readPath(next), what: `has a key that ${HALF_A_PAIR}` };
      pending.push({ value: inner, step, parent: next });
    }
  }
  return null;
}

/** Characters of a path in a message. */
const LONGEST_PLACE = 200;

/** Names the place of a value in a body, for a message. */
export function describePlace(path: readonly string[]): string {
  if (path.length === 0) return 'The request body';
  const place = path.join('.');
  return place.length > LONGEST_PLACE ? `${place.slice(0, LONGEST_PLACE)}…` : place;
}

interface Step {
  step: string;
  parent: Step | null;
}

const HALF_A_PAIR = 'contains half of a surrogate pair, which is no text';

function findUnsoundScalar(value: unknown): string | null {
  if (typeof value === 'string') return isSurrogateFree(value) ? null : HALF_A_PAIR;
  if (typeof value !== 'number') return null;
  const isKept = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isKept ? null : 'is a number that cannot be kept exactly: send it as text';
}

function readPath(at: Step): string[] {
  const path: string[] = [];
  for (let step: Step | null = at; step?.parent; step = step.parent) path.unshift(step.step);
  return path;
}
