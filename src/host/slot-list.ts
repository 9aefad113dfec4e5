/**
 * An unordered list of short-lived items in slots that are reused.
 *
 * It replaces a `Set`: V8 rehashes a `Set` with such items a hundred times a second and chains each copy to the next.
 * Once the first copy is in the old generation, every item that was ever added stays alive until the next full garbage
 * collection.
 */
export class SlotList<T extends object> implements Iterable<T> {
  private readonly slots: (T | null)[] = [];
  private readonly free: number[] = [];

  /** The number of items. */
  get size(): number {
    return this.slots.length - this.free.length;
  }

  /** @returns the item's slot, with which {@link remove} must be called exactly once */
  add(item: T): number {
    const slot = this.free.pop();
    if (slot === undefined) return this.slots.push(item) - 1;
    this.slots[slot] = item;
    return slot;
  }

  /** @param slot returned by {@link add} for the item */
  remove(slot: number): void {
    this.slots[slot] = null;
    this.free.push(slot);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const item of this.slots) if (item !== null) yield item;
  }
}
