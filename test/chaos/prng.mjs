/** Random numbers from a seed (mulberry32): the same seed gives the same numbers. */
export class Prng {
  #state;

  /** @param {number} seed a whole number; its lowest 32 bits count */
  constructor(seed) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** A number in [0, 1). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A number in [low, high). */
  between(low, high) {
    return low + this.next() * (high - low);
  }

  /** One of the items; undefined of none. */
  pick(items) {
    return items[Math.floor(this.next() * items.length)];
  }

  /** True for about this share of the calls. */
  chance(share) {
    return this.next() < share;
  }

  /** Numbers of its own for a part of the run, so that one part's calls do not move another's. */
  fork(name) {
    let hash = this.seed ^ 0x9e3779b9;
    for (const letter of name) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193);
    return new Prng(hash);
  }
}
