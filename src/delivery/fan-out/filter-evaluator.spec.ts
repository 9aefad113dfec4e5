import { Logger } from '@nestjs/common';
import { ManualClock } from '../../../test/support/manual-clock.js';
import type { JsonObject } from '../../events/json.js';
import type { RecordedEvent } from '../../webhooks/formats/recorded-event.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { FilterEvaluator, type FilteredWebhook } from './filter-evaluator.js';

const event = (data: JsonObject = {}): RecordedEvent => ({
  id: 'm',
  type: 'order.shipped',
  model: null,
  uid: null,
  key: null,
  tenant: null,
  data,
  createdAt: 1_000,
});

/** When a batch is judged, epoch milliseconds. */
const NOW = 2_000;

/** Work that no meter sees: reading its data does not end. */
const hanging: RecordedEvent = Object.defineProperty(event(), 'data', {
  get: () => {
    for (;;);
  },
});

const costly = event({ list: Array.from({ length: 300 }, (_, n) => n) });
const COSTLY = 'data.list.all(a, data.list.all(b, a != b || a == b)) && data.n == 1';

const webhook = (init: Partial<FilteredWebhook> = {}): FilteredWebhook => ({
  id: 'a',
  filter: COSTLY,
  tenant: null,
  createdAt: 500,
  ...init,
});

describe('FilterEvaluator', () => {
  let clock: ManualClock;
  let filters: FilterEvaluator;
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(true));
  beforeEach(() => {
    clock = new ManualClock();
    filters = new FilterEvaluator(clock);
  });

  const evaluate = (each: FilteredWebhook, ...events: RecordedEvent[]) =>
    filters.evaluate(events.map((one) => ({ webhook: each, event: one })));
  const kinds = async (each: FilteredWebhook, ...events: RecordedEvent[]) =>
    (await evaluate(each, ...events)).map(({ kind }) => kind);

  it('stops what the meter does not see, and goes on with the others', async () => {
    const results = await evaluate(
      webhook({ filter: 'data.n == 1' }),
      event({ n: 1 }),
      hanging,
      event({ n: 2 }),
    );
    expect(results).toEqual([
      { kind: 'matches' },
      { kind: 'failed', message: 'it was stopped after 200 milliseconds' },
      { kind: 'no-match' },
    ]);
  });

  it('suspends a filter that was stopped over twenty events in a row', async () => {
    const saved = webhook({ updatedAt: 700 });
    await evaluate(saved, ...Array<RecordedEvent>(19).fill(costly));
    expect(filters.takeSuspensions()).toEqual([]);
    expect(await kinds(saved, event({ n: 2, list: [] }))).toEqual(['no-match']);
    await evaluate(saved, ...Array<RecordedEvent>(20).fill(costly));
    expect(filters.takeSuspensions()).toEqual([{ webhookId: 'a', savedAt: 700 }]);
    expect(await kinds(saved, costly, event({ n: 2, list: [] }))).toEqual(['matches', 'matches']);
  });

  it('obeys a filter again that was saved again, and none that another instance has suspended', async () => {
    await evaluate(webhook({ updatedAt: 700 }), ...Array<RecordedEvent>(20).fill(costly));
    expect(await kinds(webhook({ updatedAt: 800 }), event({ n: 2, list: [] }))).toEqual(['no-match']);
    const suspended = webhook({ filter: 'false', filterSuspendedAt: 900 });
    expect(await kinds(suspended, event())).toEqual(['matches']);
  });

  it('suspends nothing for filters that are tried out', async () => {
    for (let times = 0; times < 25; times += 1) await filters.tryOut(COSTLY, costly, null);
    expect(filters.takeSuspensions()).toEqual([]);
  });

  it("counts what filters take against their tenant, and leaves the others' and cheap ones alone", async () => {
    const red = (n: number) => webhook({ id: `red${n}`, tenant: 'red' });
    for (let n = 0; n < 10; n += 1) await evaluate(red(n), ...Array<RecordedEvent>(10).fill(costly));
    expect(await evaluate(red(11), costly)).toEqual([
      {
        kind: 'failed',
        message:
          'it takes more than 1000 steps over this event, and the filters of its tenant have used up their time',
      },
    ]);
    expect(await kinds(red(11), event({ n: 1, list: [1] }))).toEqual(['matches']);
    const half = event({ n: 1, list: Array.from({ length: 60 }, (_, n) => n) });
    expect(await kinds(webhook({ id: 'blue', tenant: 'blue' }), half)).toEqual(['matches']);
    expect(await kinds(red(11), half)).toEqual(['failed']);
    clock.advance(10_000);
    expect(await kinds(red(11), half)).toEqual(['matches']);
  });

  describe('of a batch', () => {
    const subscribed = (init: Partial<FilteredWebhook>) =>
      ({
        ...webhook(init),
        isEnabled: true,
        events: ['*'],
        contentTypeEvents: {},
      }) as unknown as DeliverableWebhook;
    const batch = [event({ n: 0 }), ...Array.from({ length: 30 }, () => ({ ...costly })), event({ n: 2 })];
    const two = [subscribed({ id: 'a' }), subscribed({ id: 'b', filter: 'data.n == 1' })];

    it('leaves the events that there is no time for to the next batch, and takes one at least', async () => {
      const { events, evaluate } = await filters.evaluateAll(batch, two, NOW, 0);
      expect(events.length).toBeGreaterThan(0);
      expect(events.length).toBeLessThan(batch.length);
      expect(events).toEqual(batch.slice(0, events.length));
      for (const each of events) expect(evaluate(two[1]!, each).kind).toBe('no-match');
      const next = await filters.evaluateAll(batch.slice(events.length), two, NOW, 0);
      expect(next.events[0]).toBe(batch[events.length]);
    });

    it('takes all events where there is time, and where nothing is to be evaluated', async () => {
      expect((await filters.evaluateAll(batch, two, NOW, 60_000)).events).toEqual(batch);
      const open = await filters.evaluateAll(batch, [subscribed({ filter: null })], NOW, 0);
      expect(open.events).toEqual(batch);
      expect(open.evaluate(two[0]!, batch[1]!).kind).toBe('matches');
    });
  });
});
