import { PollLoop, type PollResult } from './poll-loop.js';

const NOTHING: PollResult = { hasMore: false, hasMoreDue: false };

/** Lets everything run that waits for no timer. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function looping(...results: (PollResult | Error)[]) {
  const polls: boolean[] = [];
  const faults: unknown[] = [];
  const poll = async (forDue: boolean) => {
    polls.push(forDue);
    const next = results.shift() ?? NOTHING;
    if (next instanceof Error) throw next;
    return next;
  };
  return { polls, faults, loop: new PollLoop(poll, (error) => faults.push(error)) };
}

describe('PollLoop', () => {
  it('polls at once while there is more, and then for a hint alone', async () => {
    const { loop, polls } = looping(
      { hasMore: true, hasMoreDue: false },
      { hasMore: true, hasMoreDue: true },
    );
    loop.start();
    await settle();
    expect(polls).toEqual([true, false, true]);
    loop.hint();
    await settle();
    expect(polls).toEqual([true, false, true, false]);
    loop.hintDue();
    await settle();
    expect(polls.at(-1)).toBe(true);
    await loop.stop();
  });

  it('tells a fault, and ends though it rests', async () => {
    const fault = new Error('away');
    const { loop, polls, faults } = looping(fault);
    loop.start();
    await settle();
    expect([polls, faults]).toEqual([[true], [fault]]);
    await loop.stop();
    expect(polls).toHaveLength(1);
  });
});
