import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Claim } from '../../src/delivery/model/claim.js';
import { Leases } from '../../src/delivery/claiming/leases.js';
import { Sender } from '../../src/delivery/sending/sender.js';
import { type Attempt } from '../../src/delivery/model/attempt.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { WorkFinder } from '../../src/delivery/worker/work-finder.js';
import { LocalQueues } from '../../src/delivery/worker/local-queues.js';
import { answeredAttempt } from '../support/answered-attempt.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const LEASE_MS = 30_000;
const EVENTS = 4;

describeOnEveryDatabase('A claim whose lease has run out', (kind) => {
  let sent: { eventId: string; leaseLeftMs: number }[];

  /** Stands still past the lease in the midst of its first request, as a process does that is stopped. */
  const sender = {
    send: async (claim: Claim): Promise<Attempt> => {
      sent.push({ eventId: claim.eventId, leaseLeftMs: claim.leaseUntil - clock.now() });
      if (sent.length === 1) clock.advance(LEASE_MS);
      return answeredAttempt(claim, 200, clock.now());
    },
  };

  const { app, clock } = useStage(kind, {
    settings: { delivery: { leaseMs: LEASE_MS } },
    providers: [{ provide: Sender, useValue: sender }],
    isRestarted: true,
  });

  beforeEach(() => {
    sent = [];
  });

  it('is not sent, though those before it in the same burst were', async () => {
    await createWebhook(app.http, 'http://127.0.0.1:9/');
    for (let n = 0; n < EVENTS; n += 1) await publish(app.http, { n });
    await app.get(DeliveryWorker).runOnce();
    // What was left is due for whoever looks next.
    await app.get(DeliveryWorker).runOnce();

    expect(sent.filter(({ leaseLeftMs }) => leaseLeftMs <= 0)).toEqual([]);
    expect(new Set(sent.map(({ eventId }) => eventId)).size).toBe(EVENTS);
    expect(await deliveries(app.http, '?state=succeeded')).toHaveLength(EVENTS);
  });

  it('is handed back, so that it does not count as one that its worker died of', async () => {
    const leases = app.get(Leases);
    const handedBack: Claim[] = [];
    const release = leases.release.bind(leases);
    leases.release = (claims) => {
      handedBack.push(...claims);
      return release(claims);
    };
    await createWebhook(app.http, 'http://127.0.0.1:9/');
    for (let n = 0; n < EVENTS; n += 1) await publish(app.http, { n });
    await app.get(DeliveryWorker).runOnce();
    expect(handedBack).toHaveLength(EVENTS - 1);
    expect(handedBack.map(({ eventId }) => eventId)).not.toContain(sent[0]?.eventId);
  });
});

describeOnEveryDatabase('Leases that were made together', (kind) => {
  const { app, clock } = useStage(kind, { settings: { delivery: { leaseMs: LEASE_MS } } });

  it('are renewed though some of them have ended, and those that were not sent in time are not counted', async () => {
    const { id } = await createWebhook(app.http, 'http://127.0.0.1:9/');
    for (let n = 0; n < EVENTS; n += 1) await publish(app.http, { n });
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const lanes = new LocalQueues(EVENTS, () => 0);
    const claims: Claim[] = [];
    await app.get(WorkFinder).poll(lanes, true, (some) => claims.push(...some));
    expect(new Set(claims.map(({ leaseToken }) => leaseToken)).size).toBe(1);
    const [ended] = claims;
    await dataSource.query(
      `UPDATE webhook_deliveries SET lease_token = NULL WHERE id = '${ended?.deliveryId}'`,
    );

    const before = clock.now() + LEASE_MS;
    clock.advance(LEASE_MS / 2);
    await app.get(Leases).renew(claims, LEASE_MS);
    const after = before + LEASE_MS / 2;
    expect(claims.map(({ leaseUntil }) => leaseUntil)).toEqual([before, after, after, after]);

    await app.get(Leases).release(claims);
    const counts = await dataSource.query<{ claim_count: number }[]>(
      `SELECT claim_count FROM webhook_deliveries WHERE webhook_id = '${id}' ORDER BY id`,
    );
    expect(counts.map(({ claim_count }) => claim_count)).toEqual([1, 0, 0, 0]);
  });

  it('that ran out again and again before they were sent do not end their deliveries', async () => {
    await createWebhook(app.http, 'http://127.0.0.1:9/');
    for (let n = 0; n < EVENTS; n += 1) await publish(app.http, { n });
    const claimAll = async () => {
      const claims: Claim[] = [];
      await app.get(WorkFinder).poll(new LocalQueues(EVENTS, () => 0), true, (some) => claims.push(...some));
      return claims;
    };
    let late = await claimAll();
    for (let round = 0; round < 8; round += 1) {
      clock.advance(LEASE_MS + 1);
      const next = await claimAll();
      expect(next).toHaveLength(EVENTS);
      // The late ones are dropped when others hold them already.
      await app.get(Leases).release(late);
      late = next;
    }
    expect(await deliveries(app.http, '?state=failed')).toEqual([]);
    const counts = await app
      .get<DataSource>(getDataSourceToken())
      .query<{ claim_count: number }[]>('SELECT claim_count FROM webhook_deliveries');
    expect(counts.map(({ claim_count }) => claim_count)).toEqual(Array.from({ length: EVENTS }, () => 1));
  });
});

describeOnEveryDatabase('What a process holds', (kind) => {
  const { app, receiver, clock } = useStage(kind, { settings: { delivery: { leaseMs: LEASE_MS } } });

  const runOnce = () => app.get(DeliveryWorker).runOnce();
  const leaseEnds = async (table: string): Promise<number> => {
    const [row] = await app
      .get<DataSource>(getDataSourceToken())
      .query<{ due_at: string | number }[]>(`SELECT due_at FROM ${table}`);
    return Number(row?.due_at);
  };

  it.each<[string, string, (deliveryId: string) => Promise<unknown>]>([
    ['a delivery', 'webhook_deliveries', async () => undefined],
    [
      'a redelivery by hand',
      'webhook_redeliveries',
      (id) => app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202),
    ],
  ])('%s is not taken over by it, though its lease has ended while it was out', async (_, table, ask) => {
    await createWebhook(app.http, receiver.url, { timeoutMs: 30_000 });
    await publish(app.http);
    let give = (): void => undefined;
    const answer = new Promise<object>((resolve) => (give = () => resolve({})));
    const isByHand = table === 'webhook_redeliveries';
    if (isByHand) await runOnce();
    const before = receiver.requests.length;
    receiver.answer(() => (receiver.requests.length === before + 1 ? answer : {}));
    const [made] = await deliveries(app.http);
    await ask(made?.id ?? '');
    const first = runOnce();
    await receiver.received(before + 1);
    // Nothing was renewed meanwhile: a transaction held the database, or the process stood still.
    clock.advance(LEASE_MS + 1);
    const second = runOnce();
    await eventually(async () => expect(await leaseEnds(table)).toBe(clock.now() + LEASE_MS));
    give();
    await Promise.all([first, second]);
    expect(receiver.requests).toHaveLength(before + 1);
    expect(await deliveries(app.http)).toMatchObject([{ state: 'succeeded', attemptCount: before + 1 }]);
  });
});
