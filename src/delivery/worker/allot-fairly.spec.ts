import { allotFairly, split } from './allot-fairly.js';

describe('split', () => {
  it.each<[number, number[], number[]]>([
    [10, [], []],
    [10, [3, 4], [3, 4]],
    [10, [100, 2, 100], [4, 2, 4]],
    [9, [100, 100], [4, 5]],
    [1, [5, 5, 5], [0, 0, 1]],
    [0, [5], [0]],
  ])('shares %i among %j as %j', (capacity, wants, expected) => {
    expect(split(capacity, wants)).toEqual(expected);
  });
});

describe('allotFairly', () => {
  const want = (tenant: string | null, host: string, id: string, most: number) => ({
    owner: { id, tenant, url: `https://${host}.example/${id}` },
    most,
  });

  it('shares by tenant, then by host, then by webhook', () => {
    const wants = [
      want('big', 'dead', 'a', 100),
      want('big', 'dead', 'b', 100),
      want('big', 'dead', 'c', 1),
      want('big', 'well', 'd', 100),
      want('small', 'dead', 'e', 100),
    ];
    expect(allotFairly(80, wants)).toEqual([9, 10, 1, 20, 40]);
  });

  it('gives what one does not want to its neighbours', () => {
    expect(allotFairly(80, [want('a', 'x', '1', 100), want('b', 'x', '2', 10)])).toEqual([70, 10]);
  });

  it('does not take a tenant without a name for the tenant with an empty one', () => {
    expect(allotFairly(8, [want(null, 'x', '1', 9), want('', 'x', '2', 9), want('', 'x', '3', 9)])).toEqual([
      4, 2, 2,
    ]);
  });
});
