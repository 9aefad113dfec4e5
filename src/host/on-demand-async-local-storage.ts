import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Something that all has which a call does, and what it waits for. While no call runs in it it is switched off: until
 * Node.js 24 a storage that was once used makes every promise of the process dearer, those of the engine too.
 */
export class OnDemandAsyncLocalStorage<T> {
  private readonly storage = new AsyncLocalStorage<T>();
  private calls = 0;

  /** What the call that is running was given; undefined outside of one. */
  get(): T | undefined {
    return this.storage.getStore();
  }

  /** Runs a call that has the value; what goes on behind its back when it has ended has it no more. */
  async run<R>(value: T, call: () => Promise<R>): Promise<R> {
    this.calls += 1;
    try {
      return await this.storage.run(value, call);
    } finally {
      this.calls -= 1;
      if (this.calls === 0) this.storage.disable();
    }
  }
}
