import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * An AsyncLocalStorage that is enabled only while a call runs in it. Before Node.js 24, an enabled storage makes every
 * promise of the process more expensive, also those of the delivery engine.
 */
export class OnDemandAsyncLocalStorage<T> {
  private readonly storage = new AsyncLocalStorage<T>();
  private calls = 0;

  /** The value of the current call; undefined outside of a call. */
  get(): T | undefined {
    return this.storage.getStore();
  }

  /**
   * Runs a call with a value, which {@link get} returns in it and in everything that it awaits. Work that the call leaves
   * running in the background may lose the value once the call has ended.
   */
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
