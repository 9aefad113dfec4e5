import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Claim } from '../../src/delivery/model/claim.js';
import type { AttemptResult } from '../../src/delivery/model/outcome.js';
import { OutcomeRecorder } from '../../src/delivery/outcomes/outcome-recorder.js';
import { Sender } from '../../src/delivery/sending/sender.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { LocalQueues } from '../../src/delivery/worker/local-queues.js';
import { WorkFinder } from '../../src/delivery/worker/work-finder.js';
import { answeredAttempt } from '../support/answered-attempt.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { useStage } from '../support/stage.js';
import { createWebhook, deliveries, onlyDelivery, publish } from '../support/webhooks.js';

const LEASE_MS = 30_000;
const NOBODY = 'http://127.0.0.1:9/';

describeOnEveryDatabase('A claim', (kind) => {
  const { app, clock } = useStage(kind, { settings: { delivery: { leaseMs: LEASE_MS } } });

  /** What a worker that holds nothing takes. */
  const claim = async (): Promise<Claim[]> => {
    const claims: Claim[] = [];
    await app.get(WorkFinder).poll(new LocalQueues(10, () => 0), true, (some) => claims.push(...some));
    return claims;
  };

  const claimAnew = async (): Promise<Claim> => {
    clock.advance(LEASE_MS + 1);
    const [claimed] = await claim();
    if (!claimed) throw new Error('Nothing was claimed, though its lease has run out.');
    return claimed;
  };

  beforeEach(async () => {
    await createWebhook(app.http, NOBODY, { retrySchedule: [60] });
    await publish(app.http);
  });

  it('keeps its delivery from every other worker until its lease runs out', async () => {
    // The first is made with the delivery, the second takes one that is due.
    const [first] = await claim();
    expect(await claim()).toEqual([]);
    const second = await claimAnew();
    expect(second.deliveryId).toBe(first?.deliveryId);
    expect(second.leaseToken).not.toBe(first?.leaseToken);
    expect(await claim()).toEqual([]);
  });

  it('is counted: a delivery that kills each of its workers ends, and its history says why', async () => {
    expect(await claim()).toHaveLength(1);
    for (let death = 2; death <= 5; death += 1) await claimAnew();
    clock.advance(LEASE_MS + 1);
    expect(await claim()).toEqual([]);
    const ended = await onlyDelivery(app.http);
    expect(ended).toMatchObject({
      state: 'failed',
      reason: 'exhausted',
      attemptCount: 1,
      nextAttemptAt: null,
    });
    expect(ended.attempts).toMatchObject([
      { statusCode: null, error: expect.stringContaining('Nothing was sent') as string },
    ]);
  });

  it.each<[number, (at: number) => AttemptResult]>([
    [200, (at) => ({ state: 'succeeded', finishedAt: at })],
    [500, (at) => ({ state: 'pending', dueAt: at + 60_000 })],
    [410, (at) => ({ state: 'failed', reason: 'rejected', finishedAt: at })],
  ])('that another worker has taken over writes its attempt (%d) and no state', async (status, resultAt) => {
    const [late] = (await claim()) as [Claim];
    const holder = await claimAnew();
    const attempt = answeredAttempt(late, status, clock.now());
    await app.get(OutcomeRecorder).record([{ claim: late, attempt, result: resultAt(clock.now()) }]);

    const [row] = await app
      .get<DataSource>(getDataSourceToken())
      .query<object[]>('SELECT state, lease_token AS token FROM webhook_deliveries');
    expect(row).toEqual({ state: 'pending', token: holder.leaseToken });
    const seen = await onlyDelivery(app.http);
    expect(seen.attempts.map(({ number, statusCode }) => [number, statusCode])).toEqual([[1, status]]);
  });
});

describeOnEveryDatabase('Claims that wait in a worker for their turn', (kind) => {
  const EVENTS = 12;
  let answers: (() => void)[];

  const { app, clock } = useStage(kind, {
    settings: { delivery: { leaseMs: LEASE_MS } },
    providers: [
      {
        provide: Sender,
        useValue: {
          send: async (claim: Claim) => {
            await new Promise<void>((resolve) => answers.push(resolve));
            return answeredAttempt(claim, 200, clock.now());
          },
        },
      },
    ],
  });

  beforeEach(() => {
    answers = [];
  });

  it('are renewed with those that are out', async () => {
    await createWebhook(app.http, NOBODY);
    for (let n = 0; n < EVENTS; n += 1) await publish(app.http, { n });
    const worker = app.get(DeliveryWorker);
    const run = worker.runOnce();
    await eventually(() => expect(answers.length).toBeGreaterThan(0));
    expect(answers.length).toBeLessThan(EVENTS);

    clock.advance(LEASE_MS / 2);
    await worker.renewLeases();
    const rows = await app
      .get<DataSource>(getDataSourceToken())
      .query<{ due_at: number | string }[]>('SELECT due_at FROM webhook_deliveries');
    const answerAll = setInterval(() => answers.splice(0).forEach((answer) => answer()), 5);
    await run;
    clearInterval(answerAll);

    const renewed = clock.now() + LEASE_MS;
    expect(rows.map(({ due_at }) => Number(due_at))).toEqual(Array.from({ length: EVENTS }, () => renewed));
    expect(await deliveries(app.http, '?state=succeeded')).toHaveLength(EVENTS);
  });
});
