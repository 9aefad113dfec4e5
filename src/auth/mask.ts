/** Stands in place of a secret value. Its characters are beyond Latin-1, so no real header can have this value. */
export const MASK = '••••••';

/** Masks the value of every header. */
export function maskHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  // Not by assignment: a header may be called `__proto__`.
  return Object.fromEntries(Object.keys(headers).map((name) => [name, MASK]));
}
