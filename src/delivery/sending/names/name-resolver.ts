import type { LookupAddress } from 'node:dns';

/**
 * Resolves a name to its addresses, at least one. The caller checks them against the address policy.
 *
 * @throws an error with the resolver's code: `ENOTFOUND`, `ETIMEOUT`
 */
export type NameResolver = (name: string) => Promise<LookupAddress[]>;

/** Injection token of the {@link NameResolver} that connections use. */
export const NAME_RESOLVER = Symbol.for('posthorn.name-resolver');

/** Shares one lookup among concurrent calls for the same name. Results are not cached. */
export function deduplicateLookups(resolve: NameResolver): NameResolver {
  const running = new Map<string, Promise<LookupAddress[]>>();
  return (name) => {
    const shared = running.get(name);
    if (shared) return shared;
    const lookup = resolve(name).finally(() => running.delete(name));
    running.set(name, lookup);
    return lookup;
  };
}
