import { ManualClock } from '../../test/support/manual-clock.js';
import { firstIdAt, TimeOrderedIds, timeOf } from './time-ordered-ids.js';

describe('TimeOrderedIds', () => {
  it('makes ids in alphabetical order within a millisecond, over time, and when the clock steps back', () => {
    const clock = new ManualClock();
    const ids = new TimeOrderedIds(clock);
    const made: string[] = [];
    for (const step of [0, 1, -50, 100]) {
      clock.set(clock.now() + step);
      for (let n = 0; n < 1_000; n += 1) made.push(ids.next());
    }
    expect(made).toEqual([...made].toSorted());
    expect(new Set(made).size).toBe(made.length);
  });

  it('tells the time at which an id was made', () => {
    const clock = new ManualClock();
    const ids = new TimeOrderedIds(clock);
    expect([timeOf(ids.next()), timeOf(ids.next())]).toEqual([clock.now(), clock.now()]);
    expect(timeOf(firstIdAt(1_700_000_000_123))).toBe(1_700_000_000_123);
  });

  it('knows the smallest id of a time', () => {
    const clock = new ManualClock();
    const ids = new TimeOrderedIds(clock);
    const before = ids.next();
    clock.advance(1);
    const after = ids.next();
    const bound = firstIdAt(clock.now());
    expect(before < bound && bound < after).toBe(true);
  });

  it('puts a time that no id can have behind every id', () => {
    expect(firstIdAt(999_999_999_999_999) >= firstIdAt(281_474_976_710_655)).toBe(true);
  });
});
