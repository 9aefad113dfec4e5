/**
 * Bounds concurrent work in all and for each party. Who waits is served by turns of the parties, each in its own order,
 * so that one party's long queue holds up nobody else.
 */
export class FairQueue {
  private readonly running = new Map<string, number>();
  private readonly waiting = new Map<string, (() => void)[]>();

  /**
   * @param free how much runs at the same time
   * @param mostOfOne how much of one party; with less than all, another party finds a place at once
   */
  constructor(
    private free: number,
    private readonly mostOfOne: number,
  ) {}

  /** Runs work of a party in its turn. */
  async run<T>(party: string, work: () => Promise<T>): Promise<T> {
    if (this.mayRun(party)) this.enter(party);
    else await new Promise<void>((proceed) => this.queue(party, proceed));
    try {
      return await work();
    } finally {
      this.leave(party);
    }
  }

  private mayRun(party: string): boolean {
    return this.free > 0 && (this.running.get(party) ?? 0) < this.mostOfOne;
  }

  private enter(party: string): void {
    this.free -= 1;
    this.running.set(party, (this.running.get(party) ?? 0) + 1);
  }

  private queue(party: string, proceed: () => void): void {
    const line = this.waiting.get(party);
    if (line) line.push(proceed);
    else this.waiting.set(party, [proceed]);
  }

  private leave(party: string): void {
    this.free += 1;
    const left = (this.running.get(party) ?? 1) - 1;
    if (left === 0) this.running.delete(party);
    else this.running.set(party, left);
    for (const [next, line] of this.waiting) {
      if (!this.mayRun(next)) continue;
      const proceed = line.shift();
      // To the end of the turns, unless nothing of it waits any more.
      this.waiting.delete(next);
      if (line.length > 0) this.waiting.set(next, line);
      this.enter(next);
      proceed?.();
      return;
    }
  }
}
