/**
 * A map that holds at most so many entries: one more evicts the least recently used. Reading an entry and setting it
 * are uses.
 */
export class BoundedMap<K, V> {
  /** A Map iterates in insertion order and every use inserts anew, so the first entry is the least recently used. */
  private readonly entries = new Map<K, V>();

  /**
   * @param limit the most entries
   * @param onEvict called with an entry after it was evicted; not for one that was deleted or replaced
   */
  constructor(
    private readonly limit: number,
    private readonly onEvict?: (value: V, key: K) => void,
  ) {}

  /** The number of entries. */
  get size(): number {
    return this.entries.size;
  }

  /** Returns an entry and marks it as the most recently used; undefined where there is none. */
  get(key: K): V | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  /** Sets an entry and marks it as the most recently used. */
  set(key: K, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.limit) this.evictOldest();
  }

  /** Removes an entry; false where there is none. */
  delete(key: K): boolean {
    return this.entries.delete(key);
  }

  /** Removes all entries. */
  clear(): void {
    this.entries.clear();
  }

  /** The values, least recently used first. */
  values(): IterableIterator<V> {
    return this.entries.values();
  }

  private evictOldest(): void {
    for (const [key, value] of this.entries) {
      this.entries.delete(key);
      this.onEvict?.(value, key);
      return;
    }
  }
}
