import { countTurns, ProducerTurns } from './producer-turns.js';

describe('countTurns', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [10, 8],
    [20, 15],
    [100, 75],
  ])('of %i connections leaves producers %i', (poolSize, turns) => {
    expect(countTurns(poolSize)).toBe(turns);
  });
});

describe('ProducerTurns', () => {
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

  /** Work that ends when a test says so. */
  function held() {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    return { end, work: () => ended };
  }

  it('runs so many at a time, and the others in the order in which they came', async () => {
    const turns = new ProducerTurns(2);
    const begun: number[] = [];
    const works = [0, 1, 2, 3].map((n) => ({ n, ...held() }));
    const ends = works.map(({ n, work }) =>
      turns.run(() => {
        begun.push(n);
        return work();
      }, 60_000),
    );
    expect(begun).toEqual([0, 1]);
    works[1]?.end();
    await settled();
    expect(begun).toEqual([0, 1, 2]);
    works[0]?.end();
    await settled();
    expect(begun).toEqual([0, 1, 2, 3]);
    works[2]?.end();
    works[3]?.end();
    await Promise.all(ends);
  });

  it('gives the turn of one that fails to the next', async () => {
    const turns = new ProducerTurns(1);
    const first = turns.run(() => Promise.reject(new Error('no')), 60_000);
    const second = turns.run(async () => 'done', 60_000);
    await expect(first).rejects.toThrow('no');
    expect(await second).toBe('done');
  });

  it('tells who waits too long, and leaves that turn to the next', async () => {
    const turns = new ProducerTurns(1);
    const { end, work } = held();
    const first = turns.run(work, 60_000);
    await expect(turns.run(async () => 'late', 0)).rejects.toThrow(
      'The database gave no connection within 0 ms.',
    );
    end();
    await first;
    expect(await turns.run(async () => 'next', 60_000)).toBe('next');
  });
});
