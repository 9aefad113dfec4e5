import { PACE_MS, PublishPace } from './publish-pace.js';

/** A process whose time is told by hand, and who waits until it is let go. */
function stage({ isBehind = true, share = 1 }) {
  const state = { isBehind, share, now: 0, waits: [] as number[], letGo: () => {} };
  const pace = new PublishPace(() => state.isBehind, {
    now: () => state.now,
    utilization: () => ({ idle: 0, active: 0, utilization: state.share }),
    wait: async (ms) => {
      state.waits.push(ms);
      return new Promise((resolve) => (state.letGo = resolve));
    },
  });
  const ask = (at: number) => {
    state.now = at;
    return pace.next();
  };
  return { state, ask };
}

describe('PublishPace', () => {
  it.each([
    ['has no time left and is behind', { isBehind: true, share: 0.95 }, true],
    ['has time: its receivers are slow', { isBehind: true, share: 0.5 }, false],
    ['has no time left, and nothing waits', { isBehind: false, share: 1 }, false],
  ])('of a process that %s', (_, load, isSlowed) => {
    const { ask } = stage(load);
    ask(0);
    expect(ask(200) !== null).toBe(isSlowed);
  });

  it('lets all who wait go together, and the next one only when it is their turn', async () => {
    const { state, ask } = stage({});
    ask(0);
    const [first, second] = [ask(200), ask(210)];
    expect(second).toBe(first);
    expect(state.waits).toEqual([PACE_MS]);
    state.letGo();
    await first;
    state.isBehind = false;
    expect(ask(220)).toBeNull();
  });

  it('goes by what the process does now, not by what it did since it was started', () => {
    const { state, ask } = stage({});
    expect(ask(0)).toBeNull();
    expect(ask(50)).toBeNull();
    state.share = 0.2;
    expect(ask(150)).toBeNull();
  });
});
