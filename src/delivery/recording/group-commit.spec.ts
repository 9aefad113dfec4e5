import { GroupCommit } from './group-commit.js';

/** A commit that ends when the test says so. */
function committing(mostItems = 100, mostBytes = 1_000) {
  const groups: number[][] = [];
  const open: { end(): void; fail(error: Error): void }[] = [];
  const queue = new GroupCommit<number, string>({
    mostItems,
    mostBytes: () => mostBytes,
    bytesOf: (item) => item,
    commit: (items) => {
      groups.push(items);
      return new Promise((resolve, reject) => {
        open.push({
          end: () => resolve(items.map((item) => Promise.resolve(`committed ${item}`))),
          fail: reject,
        });
      });
    },
  });
  return { queue, groups, open };
}

describe('GroupCommit', () => {
  it('commits the first at once, and together what arrives meanwhile', async () => {
    const { queue, groups, open } = committing();
    const all = [1, 2, 3].map((item) => queue.add(item));
    expect(groups).toEqual([[1]]);
    open[0]?.end();
    expect(await all[0]).toBe('committed 1');
    expect(groups).toEqual([[1], [2, 3]]);
    open[1]?.end();
    expect(await Promise.all(all)).toEqual(['committed 1', 'committed 2', 'committed 3']);
    const next = queue.add(4);
    expect(groups).toHaveLength(3);
    open[2]?.end();
    expect(await next).toBe('committed 4');
  });

  it('bounds a group by items and by bytes', async () => {
    const { queue, groups, open } = committing(3, 1_000);
    const all = [1, 2, 3, 4, 5, 900, 200].map((item) => queue.add(item));
    for (let n = 0; n < 4; n += 1) {
      open[n]?.end();
      await all[[0, 3, 5, 6][n] ?? 0];
    }
    expect(groups).toEqual([[1], [2, 3, 4], [5, 900], [200]]);
  });

  it('gives an error to its group alone', async () => {
    const { queue, open } = committing();
    const first = queue.add(1);
    const second = queue.add(2);
    open[0]?.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    open[1]?.end();
    expect(await second).toBe('committed 2');
  });
});
