/** What a {@link GroupCommit} commits together. */
export interface GroupCommitOptions<Item, Result> {
  /** The most items of a group. */
  mostItems: number;
  /** The most bytes of a group. A larger item must not be added. */
  mostBytes: () => number;
  bytesOf(item: Item): number;
  /**
   * Commits a group. The next one begins when this returns.
   *
   * @returns the results in the order of the items; one may take longer than the group
   */
  commit(items: Item[]): Promise<Promise<Result>[]>;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Promise<Result>): void;
  reject(error: unknown): void;
}

/**
 * Group commit: items that arrive while a group is committed make up the next one, so that many callers share a commit
 * and one that is alone waits for nobody. No timer is involved.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private isRunning = false;

  constructor(private readonly options: GroupCommitOptions<Item, Result>) {}

  /**
   * Adds an item to the group that is committed next: at once, when none is being committed.
   *
   * @throws whatever the commit of its group throws
   */
  async add(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.isRunning) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) await this.commit(this.takeGroup());
    this.isRunning = false;
  }

  private takeGroup(): Waiting<Item, Result>[] {
    const { mostItems, mostBytes, bytesOf } = this.options;
    const most = mostBytes();
    let bytes = 0;
    let count = 0;
    while (count < this.waiting.length && count < mostItems) {
      bytes += bytesOf((this.waiting[count] as Waiting<Item, Result>).item);
      if (bytes > most && count > 0) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  /** Never rejects: an error goes to the callers of the group. */
  private async commit(group: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.options.commit(group.map(({ item }) => item));
      for (const [n, { resolve }] of group.entries()) resolve(results[n] as Promise<Result>);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
