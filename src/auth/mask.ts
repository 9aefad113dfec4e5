/** What stands where a secret value was. It is beyond Latin-1, so that no header can have it for its value. */
export const MASK = '••••••';

/** Headers with every value masked. */
export function maskHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  // Not by assignment: a header may be called `__proto__`.
  return Object.fromEntries(Object.keys(headers).map((name) => [name, MASK]));
}
