import { BoundedMap } from './bounded-map.js';

describe('BoundedMap', () => {
  it('evicts the least recently used entry, and tells which', () => {
    const evicted: [string, number][] = [];
    const map = new BoundedMap<string, number>(2, (value, key) => evicted.push([key, value]));
    map.set('a', 1);
    map.set('b', 2);
    expect(evicted).toEqual([]);
    map.set('c', 3);
    expect(evicted).toEqual([['a', 1]]);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([undefined, 2, 3, 2]);
  });

  it('counts reading and setting an entry as uses', () => {
    const map = new BoundedMap<string, number>(3);
    for (const key of ['a', 'b', 'c']) map.set(key, 0);
    map.get('a');
    map.set('b', 1);
    map.set('d', 0);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([0, 1, undefined]);
  });

  it('evicts nothing when an entry is replaced or deleted', () => {
    const evicted: string[] = [];
    const map = new BoundedMap<string, number>(2, (_, key) => evicted.push(key));
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    expect([map.delete('b'), map.delete('b')]).toEqual([true, false]);
    map.set('c', 4);
    expect([...map.values()]).toEqual([3, 4]);
    map.clear();
    expect(map.size).toBe(0);
    expect(evicted).toEqual([]);
  });
});
