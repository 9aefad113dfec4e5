import type { LookupAddress } from 'node:dns';

/**
 * Finds the addresses of a name, at least one. What it finds is judged by those who connect.
 *
 * @throws an error with the resolver's code: `ENOTFOUND`, `ETIMEOUT`
 */
export type NameResolver = (name: string) => Promise<LookupAddress[]>;

/** Injection token of the {@link NameResolver} that connections ask. */
export const NAME_RESOLVER = Symbol('NAME_RESOLVER');

/** Asks once for those who want the same name at the same time. Nothing is kept once it is answered. */
export function askedOnce(resolve: NameResolver): NameResolver {
  const running = new Map<string, Promise<LookupAddress[]>>();
  return (name) => {
    const under = running.get(name);
    if (under) return under;
    const lookup = resolve(name).finally(() => running.delete(name));
    running.set(name, lookup);
    return lookup;
  };
}
