import { AsyncLocalStorage } from 'node:async_hooks';
import { mock } from 'node:test';
import { OnDemandAsyncLocalStorage } from './on-demand-async-local-storage.js';

const aMoment = () => new Promise((resolve) => setImmediate(resolve));

describe('OnDemandAsyncLocalStorage', () => {
  it('gives each call its own, though one begins and ends while another runs', async () => {
    const storage = new OnDemandAsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const call = async (moments: number) => {
      for (let n = 0; n < moments; n += 1) {
        seen.push(storage.get());
        await aMoment();
      }
    };
    await Promise.all([storage.run('long', () => call(4)), storage.run('short', () => call(1)), call(1)]);
    expect(seen.toSorted()).toEqual(['long', 'long', 'long', 'long', 'short', undefined]);
    expect(await storage.run('again', async () => storage.get())).toBe('again');
    expect(storage.get()).toBeUndefined();
  });

  it('is switched off when the last call has ended, also when that failed', async () => {
    const off = mock.method(AsyncLocalStorage.prototype, 'disable');
    try {
      const storage = new OnDemandAsyncLocalStorage<string>();
      const failing = storage.run('long', async () => {
        await aMoment();
        await aMoment();
        expect(off.mock.callCount()).toBe(0);
        throw new Error('failed');
      });
      await Promise.all([storage.run('short', aMoment), expect(failing).rejects.toThrow('failed')]);
      expect(off.mock.callCount()).toBe(1);
    } finally {
      off.mock.restore();
    }
  });
});
