/** An item that waits for its batch. */
interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Batches the requests of concurrent callers. One batch runs at a time. Requests that arrive while it runs go into the
 * next one, which begins after they arrived, so no caller gets an answer that is older than its request. Many callers
 * cost the database few statements and one connection.
 */
export class BatchLoader<Item, Result> {
  private readonly waiting: Waiting<Item, Result>[] = [];
  private isRunning = false;

  /**
   * @param most items of a batch
   * @param work returns the results in the order of the items; an error that it throws rejects every item of the batch
   */
  constructor(
    private readonly most: number,
    private readonly work: (items: Item[]) => Promise<Result[]>,
  ) {}

  /**
   * Adds an item to the next batch.
   *
   * @returns the result of this item
   * @throws whatever the work of its batch throws
   */
  async add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.isRunning) void this.runBatches();
    });
  }

  private async runBatches(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) await this.runBatch(this.waiting.splice(0, this.most));
    this.isRunning = false;
  }

  /** Never rejects: an error goes to the callers of the batch. */
  private async runBatch(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.work(batch.map(({ item }) => item));
      for (const [n, { resolve }] of batch.entries()) resolve(results[n] as Result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
