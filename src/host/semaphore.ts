/** How long to wait for a permit, and the error that ends the wait. */
export interface AcquireTimeout {
  ms: number;
  error: () => Error;
}

interface Waiter {
  proceed: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** A counting semaphore. Callers that find no free permit wait in FIFO order. */
export class Semaphore {
  private readonly waiting: Waiter[] = [];

  /** @param free how many permits there are */
  constructor(private free: number) {}

  /** Runs work under a permit and releases it when the work has ended, also where it failed. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.takeFree()) await this.wait();
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  /**
   * Takes a permit, to be given back by {@link release}.
   *
   * @throws the timeout's error, when no permit was free in time
   */
  async acquire(timeout?: AcquireTimeout): Promise<void> {
    if (!this.takeFree()) await this.wait(timeout);
  }

  /** Gives a permit back; it passes to the first that waits. */
  release(): void {
    const next = this.waiting.shift();
    if (!next) {
      this.free += 1;
      return;
    }
    clearTimeout(next.timer);
    next.proceed();
  }

  private takeFree(): boolean {
    if (this.free === 0) return false;
    this.free -= 1;
    return true;
  }

  private wait(timeout?: AcquireTimeout): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { proceed: resolve, timer: undefined };
      this.waiting.push(waiter);
      if (!timeout) return;
      waiter.timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(timeout.error());
      }, timeout.ms);
      waiter.timer.unref();
    });
  }
}
