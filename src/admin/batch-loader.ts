interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Does for many at once what each asks for by itself. One batch is out at a time; whoever comes meanwhile is in the next
 * one, which begins after they came. Many callers so cost the database few statements, and one connection.
 */
export class BatchLoader<Item, Result> {
  private readonly waiting: Waiting<Item, Result>[] = [];
  private isWorking = false;

  /**
   * @param most so many are in a batch
   * @param work answers for each item at its place; what it throws is thrown to everyone in the batch
   */
  constructor(
    private readonly most: number,
    private readonly work: (items: Item[]) => Promise<Result[]>,
  ) {}

  async add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.isWorking) void this.workOff();
    });
  }

  private async workOff(): Promise<void> {
    this.isWorking = true;
    while (this.waiting.length > 0) await this.workFor(this.waiting.splice(0, this.most));
    this.isWorking = false;
  }

  /** Never rejects: whoever waits is told. */
  private async workFor(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.work(batch.map(({ item }) => item));
      for (const [n, { resolve }] of batch.entries()) resolve(results[n] as Result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
