import { FairQueue } from './fair-queue.js';

describe('A fair queue', () => {
  /** Work that ends when it is told to. */
  function makeWork(queue: FairQueue, started: string[]) {
    const ends: (() => void)[] = [];
    const all: Promise<void>[] = [];
    return {
      all,
      add: (party: string, name: string) => {
        all.push(
          queue.run(party, () => {
            started.push(name);
            return new Promise<void>((end) => ends.push(end));
          }),
        );
      },
      endFirst: async () => {
        ends.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }

  it('leaves a place for another party at once', async () => {
    const started: string[] = [];
    const work = makeWork(new FairQueue(2, 1), started);
    for (const name of ['a1', 'a2', 'a3']) work.add('a', name);
    work.add('b', 'b1');
    expect(started).toEqual(['a1', 'b1']);
    for (let n = 0; n < 4; n += 1) await work.endFirst();
    await Promise.all(work.all);
    expect(started).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  it('serves the parties by turns, however much one of them has waiting', async () => {
    const started: string[] = [];
    const work = makeWork(new FairQueue(1, 1), started);
    for (const name of ['a1', 'a2', 'a3', 'a4']) work.add('a', name);
    work.add('b', 'b1');
    work.add('c', 'c1');
    for (let n = 0; n < 6; n += 1) await work.endFirst();
    await Promise.all(work.all);
    expect(started).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'a4']);
  });

  it('gives the place back when the work fails', async () => {
    const queue = new FairQueue(1, 1);
    await expect(queue.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(queue.run('a', () => Promise.resolve(1))).resolves.toBe(1);
  });
});
