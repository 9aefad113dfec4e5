import { SlotList } from './slot-list.js';

describe('SlotList', () => {
  it('holds what was added until it is removed', () => {
    const inFlight = new SlotList<{ name: string }>();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => inFlight.add({ name })) as [number, number, number];
    inFlight.remove(b);
    expect([...inFlight].map(({ name }) => name)).toEqual(['a', 'c']);
    expect(inFlight.size).toBe(2);
    inFlight.remove(a);
    inFlight.remove(c);
    expect([...inFlight]).toEqual([]);
    expect(inFlight.size).toBe(0);
  });

  it('uses the places of what is gone again, so that it never grows past the most that was under way', () => {
    const inFlight = new SlotList<{ n: number }>();
    const first = inFlight.add({ n: 0 });
    let latest = inFlight.add({ n: 1 });
    for (let n = 2; n < 1_000; n += 1) {
      inFlight.remove(latest);
      latest = inFlight.add({ n });
    }
    expect(latest).toBe(1);
    expect([...inFlight]).toEqual([{ n: 0 }, { n: 999 }]);
    inFlight.remove(first);
    expect([...inFlight]).toEqual([{ n: 999 }]);
  });
});
