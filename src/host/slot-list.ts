/**
 * What is under way now, in any order. Items take places that are used again and again.
 *
 * A `Set` would do, but one in which every item stays for a moment is copied a hundred times a second, and V8 chains
 * each copy to the next: once the first is in the old generation, everything that was ever under way is kept alive
 * until the next full collection.
 */
export class SlotList<T extends object> implements Iterable<T> {
  private readonly places: (T | null)[] = [];
  private readonly free: number[] = [];

  /** How many items are under way. */
  get size(): number {
    return this.places.length - this.free.length;
  }

  /** @returns the item's place, by which {@link remove} takes it out, once */
  add(item: T): number {
    const place = this.free.pop();
    if (place === undefined) return this.places.push(item) - 1;
    this.places[place] = item;
    return place;
  }

  /** @param place what {@link add} gave for the item */
  remove(place: number): void {
    this.places[place] = null;
    this.free.push(place);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const item of this.places) if (item !== null) yield item;
  }
}
