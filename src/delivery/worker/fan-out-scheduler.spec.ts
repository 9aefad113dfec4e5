import type { FanOut, FanOutResult, FanOutTurn } from '../fan-out/fan-out.js';
import type { DeliveryOptions } from '../options/delivery-options.js';
import { FanOutScheduler } from './fan-out-scheduler.js';
import { LocalQueues } from './local-queues.js';

const RESULT: FanOutResult = { events: 0, leftToClaim: false, claims: [] };

describe('FanOutScheduler', () => {
  const queues = new LocalQueues(128, () => 0);
  /** The batches that run, in the order of their beginning. */
  let running: { turn: FanOutTurn; end: (events: number) => void }[];
  let scheduler: FanOutScheduler;

  beforeEach(() => {
    running = [];
    const batch = (_capacity: unknown, _leaseMs: number, turn: FanOutTurn) =>
      new Promise<FanOutResult>((resolve) => {
        running.push({ turn, end: (events) => resolve({ ...RESULT, events }) });
      });
    scheduler = new FanOutScheduler({ batch } as unknown as FanOut, { leaseMs: 1_000 } as DeliveryOptions);
  });

  const next = () => scheduler.next(queues, () => {});

  it('goes on while batches are full, and ends with one that is not', async () => {
    let waiting = next();
    running.shift()?.end(256);
    await waiting;
    expect(scheduler.hasMore(queues)).toBe(true);
    waiting = next();
    expect(running.map(({ turn }) => turn.from)).toEqual(['newest', 'oldest']);
    for (const { end } of running.splice(0)) end(3);
    await waiting;
    await scheduler.settle();
    expect(scheduler.hasMore(queues)).toBe(false);
  });

  it('goes on after a full batch of the newest, though one of the oldest found the events locked', async () => {
    let waiting = next();
    running.shift()?.end(256);
    await waiting;
    waiting = next();
    const [newest, oldest] = running.splice(0);
    oldest?.end(0);
    await waiting;
    newest?.end(256);
    await scheduler.settle();
    expect(scheduler.hasMore(queues)).toBe(true);
  });
});
