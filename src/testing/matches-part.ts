interface Matcher {
  asymmetricMatch(value: unknown): boolean;
}

/**
 * Whether a value has what another one has: of an object the properties that are expected, of a list every item in its
 * order, of anything else the same value. A matcher of Jest or Vitest decides for its place.
 */
export function matchesPart(value: unknown, expected: unknown): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(value);
  if (!isObject(expected)) return Object.is(value, expected);
  if (!isObject(value)) return false;
  if (Array.isArray(expected) !== Array.isArray(value)) return false;
  if (Array.isArray(expected) && expected.length !== (value as unknown[]).length) return false;
  return Object.entries(expected).every(
    ([name, part]) => Object.hasOwn(value, name) && matchesPart(Reflect.get(value, name), part),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isMatcher(value: unknown): value is Matcher {
  return isObject(value) && typeof Reflect.get(value, 'asymmetricMatch') === 'function';
}
