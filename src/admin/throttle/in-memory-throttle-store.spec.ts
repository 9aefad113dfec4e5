import { ManualClock } from '../../../test/support/manual-clock.js';
import { InMemoryThrottleStore } from './in-memory-throttle-store.js';

const WINDOW_MS = 60_000;
const BLOCK_MS = 30_000;

function counting() {
  const clock = new ManualClock(0);
  const counts = new InMemoryThrottleStore(clock);
  return { clock, counts, fail: (key: string) => counts.increment(key, WINDOW_MS, 2, BLOCK_MS) };
}

describe('FailureCounts', () => {
  it('blocks a key from the first failure above the limit', async () => {
    const { fail } = counting();
    expect(await fail('a')).toMatchObject({ totalHits: 1, isBlocked: false, timeToBlockExpire: 0 });
    expect(await fail('a')).toMatchObject({ totalHits: 2, isBlocked: false });
    expect(await fail('a')).toMatchObject({ totalHits: 3, isBlocked: true, timeToBlockExpire: 30 });
    expect(await fail('b')).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it('lets a block end at its time, whatever was tried meanwhile, and counts anew', async () => {
    const { clock, fail } = counting();
    for (let n = 0; n < 3; n += 1) await fail('a');
    clock.advance(BLOCK_MS - 1);
    expect(await fail('a')).toMatchObject({ isBlocked: true, timeToBlockExpire: 1 });
    clock.advance(1);
    expect(await fail('a')).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it('ends a block when the clock is set back', async () => {
    const { clock, fail } = counting();
    for (let n = 0; n < 3; n += 1) await fail('a');
    clock.advance(-600_000);
    expect(await fail('a')).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it('forgets failures with their window', async () => {
    const { clock, fail } = counting();
    await fail('a');
    await fail('a');
    clock.advance(WINDOW_MS);
    expect(await fail('a')).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it('remembers ten thousand keys and no more, and forgets the one that was silent for longest', async () => {
    const { counts, fail } = counting();
    for (let n = 0; n < 3; n += 1) await fail('silent');
    for (let n = 0; n < 3; n += 1) await fail('loud');
    for (let n = 0; n < 9_998; n += 1) await fail(`${n}`);
    expect(counts.size).toBe(10_000);
    expect(await fail('loud')).toMatchObject({ isBlocked: true });
    await fail('one more');
    expect(counts.size).toBe(10_000);
    expect(await fail('silent')).toMatchObject({ totalHits: 1, isBlocked: false });
    expect(await fail('loud')).toMatchObject({ isBlocked: true });
  });
});
