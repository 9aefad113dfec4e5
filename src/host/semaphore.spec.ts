import { mock } from 'node:test';
import { Semaphore } from './semaphore.js';

describe('Semaphore', () => {
  it('runs so many at a time, the others in their order, also where one fails', async () => {
    const semaphore = new Semaphore(2);
    const began: number[] = [];
    const ends: (() => void)[] = [];
    const work = (n: number) =>
      semaphore.run(async () => {
        began.push(n);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (n === 1) throw new Error('failed');
        return n;
      });
    const all = Promise.allSettled([work(0), work(1), work(2), work(3)]);
    const settle = async () => {
      for (let n = 0; n < 10; n += 1) await Promise.resolve();
    };
    expect(began).toEqual([0, 1]);
    ends[1]?.();
    await settle();
    expect(began).toEqual([0, 1, 2]);
    ends[0]?.();
    await settle();
    expect(began).toEqual([0, 1, 2, 3]);
    ends[2]?.();
    ends[3]?.();
    expect((await all).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    await expect(semaphore.run(async () => 4)).resolves.toBe(4);
  });

  it('gives a permit that is released to the first that waits', async () => {
    const semaphore = new Semaphore(1);
    const got: string[] = [];
    await semaphore.acquire();
    const first = semaphore.acquire().then(() => got.push('first'));
    const second = semaphore.acquire().then(() => got.push('second'));
    semaphore.release();
    await first;
    expect(got).toEqual(['first']);
    semaphore.release();
    await second;
    expect(got).toEqual(['first', 'second']);
  });

  it('ends a wait at its timeout, and passes over who no longer waits', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const semaphore = new Semaphore(1);
      await semaphore.acquire();
      const late = semaphore.acquire({ ms: 1_000, error: () => new Error('too late') });
      const patient = semaphore.acquire({ ms: 5_000, error: () => new Error('not this one') });
      mock.timers.tick(1_000);
      await expect(late).rejects.toThrow('too late');
      semaphore.release();
      await patient;
      mock.timers.tick(10_000);
      semaphore.release();
      await semaphore.acquire();
    } finally {
      mock.timers.reset();
    }
  });
});
