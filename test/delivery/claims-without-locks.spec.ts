import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Leases } from '../../src/delivery/claiming/leases.js';
import { DeliveryClaimer } from '../../src/delivery/claiming/delivery-claimer.js';
import { RedeliveryClaimer } from '../../src/delivery/claiming/redelivery-claimer.js';
import { FanOut } from '../../src/delivery/fan-out/fan-out.js';
import { HandshakeStore } from '../../src/delivery/handshake/handshake-store.js';
import { WebhookHealthTracker } from '../../src/delivery/health/webhook-health.js';
import type { Claim } from '../../src/delivery/model/claim.js';
import { CommitMarkers, markCommit } from '../../src/delivery/model/commit-marker.js';
import type { AttemptResult, Outcome } from '../../src/delivery/model/outcome.js';
import { DeliveryCloser } from '../../src/delivery/outcomes/delivery-closer.js';
import { OutcomeRecorder } from '../../src/delivery/outcomes/outcome-recorder.js';
import { RecoveryRunner } from '../../src/delivery/recovery/recovery-runner.js';
import { Retention } from '../../src/delivery/retention/retention.js';
import { RollupWriter } from '../../src/delivery/rollups/rollup-writer.js';
import { WebhookCache } from '../../src/delivery/webhook-cache/webhook-cache.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { Clock } from '../../src/host/clock.js';
import { TimeOrderedIds } from '../../src/host/time-ordered-ids.js';
import { PACKAGE_ROOT } from '../../src/package.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { answeredAttempt } from '../support/answered-attempt.js';
import { databasesFor, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { progressOf, recover, redeliver } from '../support/recoveries.js';
import { type RunningApp, startApp, stopIntervals } from '../support/start-app.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { UnlockedReads } from '../support/unlocked-reads.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

const LEASE_MS = 30_000;
const DAY_MS = 86_400_000;
const NO_CAPACITY = { take: () => false, release: () => undefined };
const ALL_OLDEST = { from: 'oldest', most: 256 } as const;

const sqlOf = (app: RunningApp) => app.get<DataSource>(getDataSourceToken());
const query = <T>(app: RunningApp, sql: string, values: unknown[] = []) => sqlOf(app).query<T[]>(sql, values);

async function webhookOf(app: RunningApp, id: string) {
  const webhook = (await app.get(WebhookCache).current(sqlOf(app).manager)).byId.get(id);
  if (!webhook) throw new Error(`There is no webhook ${id}.`);
  return webhook;
}

/** What an instance claims of a webhook. */
async function claimDue(app: RunningApp, webhookId: string, isProbe = false, count = 10): Promise<Claim[]> {
  const webhook = await webhookOf(app, webhookId);
  return (await app.get(DeliveryClaimer).claim([{ webhook, count, isProbe }], LEASE_MS)).claims;
}

const claimRedeliveries = async (app: RunningApp): Promise<Claim[]> => {
  const { byId } = await app.get(WebhookCache).current(sqlOf(app).manager);
  return app.get(RedeliveryClaimer).claim(32, LEASE_MS, byId);
};

/** The outcome of a claim's attempt; null: of a person's redelivery. */
function outcomeOf(
  claim: Claim,
  statusCode: number,
  startedAt: number,
  result: AttemptResult | null,
): Outcome {
  return { claim, attempt: answeredAttempt(claim, statusCode, startedAt), result };
}

const idsOf = (claims: readonly Claim[]) => claims.map(({ deliveryId }) => deliveryId).toSorted();

/** How many locking reads stand in each file of delivery. */
function listLockingReads(): Map<string, number> {
  const room = join(PACKAGE_ROOT, 'src', 'delivery');
  const files = readdirSync(room, { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file): [string, number] => {
      const text = readFileSync(join(room, file), 'utf8');
      return [join('src', 'delivery', file), text.match(/\b(?:forUpdate|skipLocked)\(/g)?.length ?? 0];
    });
  return new Map(found.filter(([, count]) => count > 0).toSorted());
}

for (const kind of databasesFor('server')) {
  describe('Two instances on an engine whose locking reads lock nothing', () => {
    const clock = new ManualClock();
    let database: TestDatabase;
    let receiver: Receiver;
    let one: RunningApp;
    let other: RunningApp;
    let reads: UnlockedReads;
    let readsOfOther: UnlockedReads;

    beforeAll(async () => {
      database = await kind.create();
      const start = () =>
        startApp({
          databaseUrl: database.url,
          clock,
          settings: {
            delivery: { worker: false, leaseMs: LEASE_MS },
            webhooks: { retrySchedule: [60], handshakeOrigin: 'posthorn.example.com' },
            retention: { deliveriesDays: 10, payloadsDays: 10, attemptsDays: 10 },
          },
        });
      [one, other] = await Promise.all([start(), start()]);
      for (const app of [one, other]) stopIntervals(app);
      reads = new UnlockedReads(one);
      readsOfOther = new UnlockedReads(other);
    }, 60_000);

    beforeEach(async () => {
      receiver = await startReceiver();
    });

    afterEach(async () => {
      const webhooks = (await one.http.get('/admin/webhooks').expect(200)).body as { data: { id: string }[] };
      for (const { id } of webhooks.data) await one.http.delete(`/admin/webhooks/${id}`).expect(200);
      for (const app of [one, other]) {
        await app.get(DeliveryWorker).runOnce();
        await app.get(RollupWriter).flush();
      }
      clock.advance(61_000);
      await receiver.close();
    });

    afterAll(async () => {
      await Promise.all([one.close(), other.close()]);
      await database.drop();
    });

    /** Lets the other instance do something right after a read of the first one, while that goes on with its work. */
    async function interrupted<T>(
      work: () => Promise<T>,
      after: RegExp,
      meanwhile: () => Promise<unknown>,
    ): Promise<T> {
      reads.interruptOnce(after, async () => void (await meanwhile()));
      const result = await work();
      expect(reads.isInterrupted).toBe(true);
      return result;
    }

    const fanOut = (app = one) => app.get(FanOut).batch(NO_CAPACITY, LEASE_MS, ALL_OLDEST);

    /** A webhook with so many deliveries that are due. */
    async function makeDue(count: number, more: Record<string, unknown> = {}): Promise<string> {
      const { id } = await createWebhook(one.http, receiver.url, more);
      for (let n = 0; n < count; n += 1) await publish(one.http, { n });
      await fanOut();
      return id;
    }

    /** A webhook with so many deliveries that have failed. */
    async function makeFailed(count: number, more: Record<string, unknown> = {}): Promise<string> {
      const id = await makeDue(count, { retrySchedule: [], ...more });
      receiver.answer(500);
      await one.get(DeliveryWorker).runOnce();
      receiver.answer(200);
      receiver.requests.length = 0;
      return id;
    }

    const failedOf = async (webhookId: string): Promise<number> => {
      for (const app of [one, other]) await app.get(RollupWriter).flush();
      const [row] = await query<{ failed: string | number | null }>(
        one,
        "SELECT SUM(failed) AS failed FROM webhook_hours WHERE webhook_id = ? AND webhook_id <> ''",
        [webhookId],
      );
      return Number(row?.failed ?? 0);
    };

    it('claim each delivery once', async () => {
      const id = await makeDue(10);
      let claimed: Claim[] = [];
      const rest = await interrupted(
        () => claimDue(one, id),
        /FROM `webhook_deliveries`.*skip locked/s,
        async () => (claimed = await claimDue(other, id, false, 7)),
      );
      expect(claimed).toHaveLength(7);
      expect(rest).toHaveLength(3);
      expect(new Set(idsOf([...claimed, ...rest])).size).toBe(10);
      const rows = await query<{ id: string; lease_token: string; claim_count: number }>(
        one,
        'SELECT id, lease_token, claim_count FROM webhook_deliveries WHERE lane = ?',
        [id],
      );
      const tokens = new Map([...claimed, ...rest].map((claim) => [claim.deliveryId, claim.leaseToken]));
      expect(rows.every((row) => row.claim_count === 1 && row.lease_token === tokens.get(row.id))).toBe(true);
    });

    it('claim the first in a line once, and nothing before it has ended', async () => {
      const { id } = await createWebhook(one.http, receiver.url, { ordering: 'entry' });
      for (const n of [1, 2]) await publish(one.http, { n }, { key: 'same' });
      await fanOut();
      let claimed: Claim[] = [];
      const rest = await interrupted(
        () => claimDue(one, id),
        /FROM `webhook_deliveries`.*skip locked/s,
        async () => (claimed = await claimDue(other, id)),
      );
      expect([claimed.length, rest.length]).toEqual([1, 0]);
    });

    it('claim a redelivery once, and the one that came second leaves it to the first', async () => {
      const id = await makeFailed(1);
      const [failed] = await deliveries(one.http, `?webhookId=${id}`);
      await one.http.post(`/admin/deliveries/${failed?.id}/redeliver`).expect(202);
      let claimed: Claim[] = [];
      const rest = await interrupted(
        () => claimRedeliveries(one),
        /FROM `webhook_redeliveries`.*skip locked/s,
        async () => (claimed = await claimRedeliveries(other)),
      );
      expect([claimed.length, rest.length]).toEqual([1, 0]);
      expect(await query(one, 'SELECT lease_token FROM webhook_redeliveries')).toEqual([
        { lease_token: claimed[0]?.leaseToken },
      ]);
      await other.get(Leases).release(claimed);
      await one.get(DeliveryWorker).runOnce();
      expect(receiver.requests).toHaveLength(1);
    });

    it('give each token of a rate once', async () => {
      const id = await makeDue(11, { rateLimit: 5 });
      expect(await claimDue(one, id, false, 1)).toHaveLength(1);
      clock.advance(1_000);
      let claimed: Claim[] = [];
      const rest = await interrupted(
        () => claimDue(one, id),
        /FROM `webhook_health`.*skip locked/s,
        async () => (claimed = await claimDue(other, id)),
      );
      expect([claimed.length, rest.length]).toEqual([5, 0]);
      expect(await claimDue(one, id)).toEqual([]);
    });

    it('give no token back with the health of a receiver', async () => {
      const id = await makeDue(11, { rateLimit: 5 });
      const [first] = await claimDue(one, id, false, 1);
      if (!first) throw new Error('Nothing was claimed.');
      const success = { state: 'succeeded', finishedAt: clock.now() } as const;
      one.get(WebhookHealthTracker).record(outcomeOf(first, 200, clock.now(), success));
      await interrupted(
        () => one.get(WebhookHealthTracker).flush(),
        /FROM `webhook_health` `h`/,
        async () => expect(await claimDue(other, id)).toHaveLength(4),
      );
      expect(await claimDue(one, id)).toEqual([]);
      const [row] = await query<{ last_success_at: string | number }>(
        one,
        'SELECT last_success_at FROM webhook_health WHERE webhook_id = ?',
        [id],
      );
      expect(Number(row?.last_success_at)).toBe(clock.now() + 1);
    });

    it('lose no attempt of the other where both count those of one receiver', async () => {
      const id = await makeDue(2);
      const [mine, theirs] = (await claimDue(one, id)) as [Claim, Claim];
      const failure = { state: 'pending', dueAt: clock.now() + 60_000 } as const;
      one.get(WebhookHealthTracker).record(outcomeOf(mine, 500, clock.now(), failure));
      other.get(WebhookHealthTracker).record(outcomeOf(theirs, 500, clock.now(), failure));
      await interrupted(
        () => one.get(WebhookHealthTracker).flush(),
        /FROM `webhook_health` `h`/,
        () => other.get(WebhookHealthTracker).flush(),
      );
      const rows = await query(
        one,
        'SELECT consecutive_failures AS failures, window_attempts AS attempts FROM webhook_health WHERE webhook_id = ?',
        [id],
      );
      expect(rows).toEqual([{ failures: 2, attempts: 2 }]);
    });

    it('give each slot once', async () => {
      const id = await makeDue(10, { concurrency: 3 });
      await one.get(Leases).release(await claimDue(one, id));
      let claimed: Claim[] = [];
      const rest = await interrupted(
        () => claimDue(one, id),
        /FROM `webhook_slots`.*skip locked/s,
        async () => (claimed = await claimDue(other, id, false, 2)),
      );
      const slots = [...claimed, ...rest].map(({ concurrencySlot }) => concurrencySlot);
      expect(claimed).toHaveLength(2);
      expect(new Set(slots).size).toBe(slots.length);
      expect(slots.length).toBeLessThanOrEqual(3);
      // What was taken for a claim that came to nothing is free again.
      const more = await claimDue(one, id);
      expect(slots.length + more.length).toBe(3);
    });

    it.each<[string, (claim: Claim) => Promise<void>]>([
      ['hands its claim back', (claim) => one.get(Leases).release([claim])],
      ['renews its lease', (claim) => one.get(Leases).renew([claim], LEASE_MS)],
      [
        'records its attempt',
        (claim) =>
          one
            .get(OutcomeRecorder)
            .record([outcomeOf(claim, 200, clock.now(), { state: 'succeeded', finishedAt: clock.now() })]),
      ],
    ])('a worker that comes late and %s leaves the slot to the claim that holds it now', async (_, act) => {
      const id = await makeDue(1, { concurrency: 1 });
      const [late] = (await claimDue(one, id)) as [Claim];
      clock.advance(LEASE_MS + 1);
      const [holder] = (await claimDue(other, id)) as [Claim];
      const slotOf = () =>
        query<{ delivery_id: string; held_until: string | number }>(
          one,
          'SELECT delivery_id, held_until FROM webhook_slots WHERE webhook_id = ?',
          [id],
        );
      const before = await slotOf();
      clock.advance(1_000);
      await act(late);
      expect(await slotOf()).toEqual(before);
      expect(before[0]?.delivery_id).toBe(holder.deliveryId);
      await other.get(Leases).release([holder]);
      expect((await slotOf())[0]?.delivery_id).toBeNull();
    });

    it('send one probe', async () => {
      const id = await makeDue(5);
      await query(one, 'INSERT IGNORE INTO webhook_health (webhook_id) VALUES (?)', [id]);
      await query(
        one,
        "UPDATE webhook_health SET breaker = 'open', times_opened = 1, paused_until = ? WHERE webhook_id = ?",
        [clock.now() - 1, id],
      );
      let claimed: Claim[] = [];
      const rest = await interrupted(
        () => claimDue(one, id, true, 1),
        /FROM `webhook_health`.*skip locked/s,
        async () => (claimed = await claimDue(other, id, true, 1)),
      );
      expect([claimed.length, rest.length]).toEqual([1, 0]);
      expect(await claimDue(one, id, true, 1)).toEqual([]);
    });

    it('write no end of an attempt whose delivery another worker claims meanwhile', async () => {
      const id = await makeDue(1);
      const [late] = (await claimDue(one, id)) as [Claim];
      let holder: Claim | undefined;
      const failure = { state: 'pending', dueAt: clock.now() + 60_000 } as const;
      await interrupted(
        () => one.get(OutcomeRecorder).record([outcomeOf(late, 500, clock.now(), failure)]),
        /FROM `webhook_deliveries`.*for update/s,
        async () => {
          clock.advance(LEASE_MS + 1);
          [holder] = await claimDue(other, id);
        },
      );
      const rows = await query(
        one,
        'SELECT state, lease_token AS token, attempt_count AS attempts FROM webhook_deliveries WHERE lane = ?',
        [id],
      );
      expect(holder).toBeDefined();
      expect(rows).toEqual([{ state: 'pending', token: holder?.leaseToken, attempts: 1 }]);
    });

    it('tell once of a delivery that two redeliveries have recovered', async () => {
      const id = await makeFailed(1);
      const [failed] = await deliveries(one.http, `?webhookId=${id}`);
      for (let n = 0; n < 2; n += 1) {
        await one.http.post(`/admin/deliveries/${failed?.id}/redeliver`).expect(202);
      }
      const [mine, theirs] = (await claimRedeliveries(one)) as [Claim, Claim];
      await interrupted(
        () => one.get(OutcomeRecorder).record([outcomeOf(mine, 200, clock.now(), null)]),
        /FROM `webhook_deliveries`.*for update/s,
        () => other.get(OutcomeRecorder).record([outcomeOf(theirs, 200, clock.now(), null)]),
      );
      const told = await query(
        one,
        "SELECT id FROM webhook_events WHERE type = 'delivery.recovered' AND `key` = ?",
        [failed?.id],
      );
      expect(told).toHaveLength(1);
    });

    it('fan each event out once', async () => {
      const { id } = await createWebhook(one.http, receiver.url);
      for (let n = 0; n < 5; n += 1) await publish(one.http, { n });
      const capacity = { take: () => true, release: () => undefined };
      const batch = (app: RunningApp) => app.get(FanOut).batch(capacity, LEASE_MS, ALL_OLDEST);
      let late = '';
      const made = await interrupted(
        () => batch(one),
        /FROM `webhook_events`.*skip locked/s,
        async () => {
          const theirs = await batch(other);
          expect([theirs.events, theirs.claims.length]).toEqual([5, 5]);
          await other.get(Leases).release(theirs.claims);
          // What is subscribed after the fan-out gets nothing of it.
          ({ id: late } = await createWebhook(other.http, receiver.url));
          await query(other, 'UPDATE webhooks SET created_at = 0 WHERE id = ?', [late]);
        },
      );
      expect([made.events, made.claims.length]).toEqual([0, 0]);
      expect(await deliveries(one.http, `?webhookId=${id}`)).toHaveLength(5);
      expect(await deliveries(one.http, `?webhookId=${late}`)).toHaveLength(0);
    });

    it.each<[string, (app: RunningApp, webhookId: string) => Promise<unknown>]>([
      [
        'one by one',
        async (app, webhookId) => {
          const rows = await deliveries(app.http, `?webhookId=${webhookId}`);
          return app.get(DeliveryCloser).closePending(
            rows.map(({ id }) => id),
            'cancelled',
          );
        },
      ],
      ['of a disabled webhook', (app, id) => app.get(DeliveryCloser).closeOfWebhook(id, 'webhook-disabled')],
      [
        'of a webhook that moves',
        (app, id) =>
          sqlOf(app).transaction(async (manager) => {
            const report = await app.get(DeliveryCloser).closeWithin(manager, id, 'tenant-changed');
            report();
          }),
      ],
    ])('end what is pending once: %s', async (_, close) => {
      const id = await makeDue(4);
      await interrupted(
        () => close(one, id).catch((error: unknown) => expect(error).toMatchObject({ code: 'LOST_RACE' })),
        /FROM `webhook_deliveries`.*(?:skip locked|for update)/s,
        () => close(other, id),
      );
      expect(await failedOf(id)).toBe(4);
    });

    it('make each step of a bulk redelivery once', async () => {
      const id = await makeFailed(6);
      const { id: recovery } = await redeliver(one.http, { webhookId: id, state: 'failed' });
      await interrupted(
        () => one.get(RecoveryRunner).runOnce(),
        /FROM `webhook_recoveries` `/,
        async () => {
          await other.get(RecoveryRunner).runOnce();
          await other.get(DeliveryWorker).runOnce();
        },
      );
      await one.get(DeliveryWorker).runOnce();
      expect(receiver.requests).toHaveLength(6);
      expect(await progressOf(one.http, recovery)).toMatchObject({ matched: 6, done: 6 });
    });

    it('ask a receiver for its consent once', async () => {
      const { id } = await createWebhook(one.http, receiver.url, {
        format: 'cloudevents',
        cloudEventsHandshake: true,
      });
      const claim = async (app: RunningApp) => app.get(HandshakeStore).claim(await webhookOf(app, id));
      expect(await claim(one)).toBeTruthy();
      clock.advance(60_001);
      let theirs: unknown;
      const mine = await interrupted(
        () => claim(one),
        /FROM `webhook_handshakes`/,
        async () => (theirs = await claim(other)),
      );
      expect(theirs).toBeTruthy();
      expect(mine).toBeFalsy();
    });

    it('remove no delivery that is reopened meanwhile', async () => {
      const id = await makeFailed(1);
      clock.advance(11 * DAY_MS);
      await query(one, 'UPDATE webhook_events SET id = id');
      await interrupted(
        () => one.get(Retention).runOnce(),
        /FROM `webhook_deliveries`.*skip locked/s,
        async () => {
          await recover(other.http, id, { since: new Date(clock.now() - 12 * DAY_MS).toISOString() });
          await other.get(RecoveryRunner).runOnce();
        },
      );
      await one.get(DeliveryWorker).runOnce();
      expect(receiver.requests).toHaveLength(1);
      expect((await deliveries(one.http, `?webhookId=${id}`)).map(({ state }) => state)).toEqual([
        'succeeded',
      ]);
    });

    it.each([
      ['deliveries', /FROM `webhook_deliveries`.*skip locked/s],
      ['events', /FROM `webhook_events`.*skip locked/s],
    ])('remove none of the %s that a person wants sent again meanwhile', async (_, after) => {
      const id = await makeFailed(1);
      const [failed] = await deliveries(one.http, `?webhookId=${id}`);
      clock.advance(11 * DAY_MS);
      await query(one, 'UPDATE webhook_deliveries SET finished_at = ? WHERE id = ?', [
        after.source.includes('events') ? clock.now() : 0,
        failed?.id,
      ]);
      await interrupted(
        () => one.get(Retention).runOnce(),
        after,
        () => other.http.post(`/admin/deliveries/${failed?.id}/redeliver`).expect(202),
      );
      await one.get(DeliveryWorker).runOnce();
      expect(receiver.requests).toHaveLength(1);
    });

    it('take a batch for written or not, and for one of them for ever', async () => {
      const markers = new CommitMarkers(sqlOf(one), one.get(TimeOrderedIds), one.get(Clock));
      const late = sqlOf(other).createQueryRunner();
      const batch = markers.nextBatch();
      expect(await markers.isWritten(batch)).toBe(false);
      await late.startTransaction();
      await expect(markCommit(late.manager, batch, clock.now())).rejects.toMatchObject({
        code: 'ER_DUP_ENTRY',
      });
      await late.rollbackTransaction();
      await late.release();
      expect(await markers.isWritten(batch)).toBe(true);
    });

    it('have gone through every locking read of delivery', () => {
      const reached = new Map<string, Set<string>>();
      for (const seen of [reads.reached, readsOfOther.reached]) {
        for (const [file, statements] of seen) {
          reached.set(file, new Set([...(reached.get(file) ?? []), ...statements]));
        }
      }
      const counts = [...reached].map(([file, statements]): [string, number] => [file, statements.size]);
      expect(new Map(counts.toSorted())).toEqual(listLockingReads());
    });
  });

  describe('Two workers on an engine whose locking reads lock nothing', () => {
    const EVENTS = 100;
    let database: TestDatabase;
    let apps: RunningApp[];
    let receiver: Receiver;

    beforeAll(async () => {
      database = await kind.create();
      receiver = await startReceiver();
      apps = await Promise.all(
        [1, 2].map(() =>
          startApp({
            databaseUrl: database.url,
            settings: {
              events: {
                custom: [
                  { name: 'order.shipped', description: 'An order was shipped.' },
                  { name: 'order.paid', description: 'An order was paid.' },
                ],
              },
            },
          }),
        ),
      );
    }, 60_000);

    afterAll(async () => {
      for (const app of apps) await app.close();
      await receiver.close();
      await database.drop();
    });

    it('send every delivery once, within its limits and in its order, though each read is held up', async () => {
      const [one, other] = apps as [RunningApp, RunningApp];
      const all = apps.map((app) => new UnlockedReads(app));
      // A pause on the wire: what the other instance does in it is up to the two of them.
      for (const reads of all) reads.pauseAfterEach(() => wait(5));
      let inFlight = 0;
      let most = 0;
      receiver.answer(async ({ path }) => {
        if (path !== '/few') return { status: 200 };
        inFlight += 1;
        most = Math.max(most, inFlight);
        await wait(2);
        inFlight -= 1;
        return { status: 200 };
      });
      const events = ['order.shipped'];
      await createWebhook(one.http, `${receiver.url}/plain`, { events });
      await createWebhook(one.http, `${receiver.url}/few`, { events, concurrency: 2 });
      await createWebhook(one.http, `${receiver.url}/metered`, { events, rateLimit: 100 });
      await createWebhook(one.http, `${receiver.url}/ordered`, { events, ordering: 'entry' });
      // Nothing speaks against sending these from memory, under the lease of their events.
      await createWebhook(one.http, `${receiver.url}/first`, { events: ['order.paid'] });
      await createWebhook(one.http, `${receiver.url}/second`, { events: ['order.paid'] });
      for (let n = 0; n < EVENTS; n += 20) {
        await Promise.all(
          Array.from({ length: 20 }, async (_, i) => {
            const { http } = i % 2 === 0 ? one : other;
            await publish(http, { n: n + i }, { key: `${(n + i) % 10}` });
            await publish(http, { n: n + i }, { type: 'order.paid' });
          }),
        );
      }
      await receiver.received(6 * EVENTS, 180_000);
      await eventually(async () => {
        expect(await deliveries(one.http, '?state=pending')).toEqual([]);
      }, 30_000);
      const sent = receiver.requests.map(
        (request) => `${request.path} ${request.json<{ data: { n: number } }>().data.n}`,
      );
      expect(sent).toHaveLength(6 * EVENTS);
      expect(new Set(sent).size).toBe(6 * EVENTS);
      expect(most).toBeLessThanOrEqual(2);
      expect(await deliveries(other.http, '?state=failed')).toEqual([]);
      const [{ handedOff } = { handedOff: 0 }] = await query<{ handedOff: string | number }>(
        one,
        'SELECT COUNT(*) AS handedOff FROM webhook_events WHERE bodies IS NOT NULL',
      );
      expect(Number(handedOff)).toBeGreaterThan(0);
      const paused = new Set(all.flatMap(({ reached }) => [...reached.keys()]));
      expect([...paused]).toEqual(
        expect.arrayContaining([
          'src/delivery/claiming/concurrency-slots.ts',
          'src/delivery/claiming/delivery-claimer.ts',
          'src/delivery/claiming/limits.ts',
          'src/delivery/fan-out/fan-out.ts',
          'src/delivery/recording/insert-offered.ts',
        ]),
      );
    }, 240_000);
  });
}
