import { Outage } from './outage.js';

const AWAY = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const LONG_MS = 60_000;

/** An outage whose looks fail until the test ends it, and counts the looks that run at a time. */
function controlledOutage(most?: number) {
  const state = { failure: AWAY as Error | null, looks: 0, running: 0, mostRunning: 0 };
  const look = async (): Promise<void> => {
    state.looks += 1;
    state.running += 1;
    state.mostRunning = Math.max(state.mostRunning, state.running);
    await new Promise(setImmediate);
    state.running -= 1;
    if (state.failure) throw state.failure;
  };
  return { state, outage: new Outage(look, most) };
}

describe('Outage', () => {
  it('lets all go on together when the database is back, and looks with one connection at a time', async () => {
    const { state, outage } = controlledOutage();
    const waits = Array.from({ length: 100 }, () => outage.wait(LONG_MS));
    setImmediate(() => (state.failure = null));
    expect(new Set(await Promise.all(waits))).toEqual(new Set([true]));
    expect(state.mostRunning).toBe(1);
    expect(state.looks).toBeLessThan(100);
    state.failure = AWAY;
    expect(await outage.wait(1)).toBe(false);
  });

  it('lets no more wait than may', async () => {
    const { outage } = controlledOutage(2);
    const waits = [outage.wait(LONG_MS), outage.wait(LONG_MS)];
    expect(await outage.wait(LONG_MS)).toBe(false);
    outage.end();
    expect(await Promise.all(waits)).toEqual([false, false]);
  });

  it('lets nobody wait once the process stops', async () => {
    const { outage } = controlledOutage();
    const wait = outage.wait(LONG_MS);
    outage.end();
    expect(await wait).toBe(false);
    expect(await outage.wait(LONG_MS)).toBe(false);
  });

  it('leaves another error than that of its absence to those who wait', async () => {
    const { state, outage } = controlledOutage();
    state.failure = new Error('Access denied');
    expect(await outage.wait(LONG_MS)).toBe(true);
  });
});
