import { Turns } from './turns.js';

describe('turns', () => {
  it('are taken so many at a time, in their order, also where one fails', async () => {
    const turns = new Turns(2);
    const began: number[] = [];
    const ends: (() => void)[] = [];
    const work = (n: number) =>
      turns.take(async () => {
        began.push(n);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (n === 1) throw new Error('failed');
        return n;
      });
    const all = Promise.allSettled([work(0), work(1), work(2), work(3)]);
    const settle = async () => {
      for (let n = 0; n < 10; n += 1) await Promise.resolve();
    };
    await settle();
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
    await expect(turns.take(async () => 4)).resolves.toBe(4);
  });
});
