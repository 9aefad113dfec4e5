import type { Claim, LocalCapacity } from '../model/claim.js';
import type { DeliveryOptions } from '../options/delivery-options.js';
import { FAN_OUT_BATCH, type FanOut, type FanOutResult, type FanOutTurn } from '../fan-out/fan-out.js';
import { FanOutScheduler } from './fan-out-scheduler.js';
import { LocalQueues } from './local-queues.js';

const NOTHING_UNWRITTEN = () => 0;
const A = { id: 'a', tenant: null, url: 'https://a.example' };

interface Begun {
  turn: FanOutTurn;
  slots: LocalCapacity;
  end: (result: Partial<FanOutResult>) => void;
  fail: (error: Error) => void;
}

/** Turns over a fan-out whose batches end when the test says so. */
function setUp(concurrency = 256) {
  const begun: Begun[] = [];
  const batch = (slots: LocalCapacity, _: number, turn: FanOutTurn) =>
    new Promise<FanOutResult>((resolve, reject) => {
      const end = (result: Partial<FanOutResult>) =>
        resolve({ events: turn.most, leftToClaim: false, claims: [], ...result });
      begun.push({ turn, slots, end, fail: reject });
    });
  const turns = new FanOutScheduler({ batch } as unknown as FanOut, { leaseMs: 1_000 } as DeliveryOptions);
  const queues = new LocalQueues(concurrency, NOTHING_UNWRITTEN);
  const handed: Claim[] = [];
  const next = () => turns.next(queues, (claims) => handed.push(...claims));
  return { begun, turns, queues, handed, next };
}

/** Ends the first batch full, which says that there is a backlog. */
async function withBacklog(concurrency?: number) {
  const all = setUp(concurrency);
  const first = all.next();
  all.begun[0]?.end({});
  await first;
  return all;
}

const kindsOf = (begun: Begun[]) => begun.map(({ turn }) => turn.from);

describe('FanOutTurns', () => {
  it('makes one batch at a time while there is no backlog', async () => {
    const { begun, turns, queues, next } = setUp();
    const first = next();
    expect(kindsOf(begun)).toEqual(['oldest']);
    expect(turns.wakeIfCapacity(queues)).toBe(false);
    begun[0]?.end({ events: 3 });
    await first;
    expect(turns.hasMore(queues)).toBe(false);
  });

  it('makes two side by side out of a backlog, one of the newest and one of the oldest', async () => {
    const { begun, turns, queues, next } = await withBacklog();
    const second = next();
    expect(kindsOf(begun)).toEqual(['oldest', 'newest', 'oldest']);
    expect(turns.wakeIfCapacity(queues)).toBe(false);
    begun[1]?.end({});
    await second;
    expect(turns.hasMore(queues)).toBe(true);
    void next();
    expect(kindsOf(begun)).toEqual(['oldest', 'newest', 'oldest', 'newest']);
  });

  it('goes on after a full batch of the newest, though one of the oldest found the events locked', async () => {
    const { begun, turns, queues, next } = await withBacklog();
    const second = next();
    begun[2]?.end({ events: 0 });
    await second;
    begun[1]?.end({});
    await turns.settle();
    expect(turns.hasMore(queues)).toBe(true);
  });

  it('keeps capacity for what a batch makes, so that two do not count on the same', async () => {
    // It may hold 320: more than one batch, fewer than two.
    const { begun, turns, queues, next } = await withBacklog(40);
    const free = queues.capacity;
    const second = next();
    expect(begun).toHaveLength(2);
    expect(queues.capacity).toBe(free - FAN_OUT_BATCH);
    const { slots } = begun[1] as Begun;
    for (let n = 0; n < 5; n += 1) slots.take(A);
    slots.release('a');
    expect(queues.held).toBe(4);
    expect(queues.capacity).toBe(free - FAN_OUT_BATCH);
    begun[1]?.end({ events: 4 });
    await second;
    expect(queues.capacity).toBe(free - 4);
    expect(turns.hasMore(queues)).toBe(true);
  });

  it('begins another as soon as it is told of capacity, though one is still being made', async () => {
    const { begun, turns, queues, next } = await withBacklog(64);
    for (let n = 0; n < 10; n += 1) queues.forceAcquire(A);
    const waiting = next();
    expect(begun).toHaveLength(2);
    expect(turns.wakeIfCapacity(queues)).toBe(false);
    for (let n = 0; n < 10; n += 1) queues.release('a');
    expect(turns.wakeIfCapacity(queues)).toBe(true);
    await waiting;
    void next();
    expect(begun).toHaveLength(3);
  });

  it('takes a few of the newest where it holds all that it can', async () => {
    const { begun, queues, next } = await withBacklog(8);
    while (queues.capacity > 0) queues.forceAcquire(A);
    void next();
    expect(begun[1]?.turn).toMatchObject({ from: 'newest' });
    expect(begun[1]?.turn.most).toBeLessThan(FAN_OUT_BATCH);
  });

  it('hands over what a batch made as soon as it ends, also when nobody waits for it', async () => {
    const { begun, turns, handed, next } = await withBacklog();
    const second = next();
    begun[1]?.end({ leftToClaim: true });
    expect(await second).toBe(true);
    begun[2]?.end({ claims: [{ deliveryId: 'd' } as Claim] });
    await turns.settle();
    expect(handed).toHaveLength(1);
  });

  it('tells every failure, one at a call, and gives the capacity back', async () => {
    const { begun, turns, queues, next } = await withBacklog();
    const free = queues.capacity;
    const second = next();
    begun[1]?.fail(new Error('one'));
    begun[2]?.fail(new Error('two'));
    await expect(second).rejects.toThrow('one');
    await turns.settle();
    await expect(next()).rejects.toThrow('two');
    expect(begun).toHaveLength(3);
    expect(queues.capacity).toBe(free);
  });
});
