import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { inReadCommitted } from '../../src/database/transactions.js';
import { DeliveryClaimer } from '../../src/delivery/claiming/delivery-claimer.js';
import { deriveDeliveryId } from '../../src/delivery/model/delivery-id.js';
import { FanOut } from '../../src/delivery/fan-out/fan-out.js';
import { CommitWatch } from '../../src/delivery/recording/commit-watch.js';
import { EventPublisher } from '../../src/delivery/recording/event-publisher.js';
import { OrderingMonitor } from '../../src/delivery/recording/ordering.js';
import { WebhookCache } from '../../src/delivery/webhook-cache/webhook-cache.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { HandOffLedger } from '../../src/delivery/worker/hand-off-ledger.js';
import type { LocalQueues } from '../../src/delivery/worker/local-queues.js';
import { SendGate } from '../../src/delivery/worker/send-gate.js';
import { WorkFinder } from '../../src/delivery/worker/work-finder.js';
import { Clock } from '../../src/host/clock.js';
import type { ReceiverAnswer } from '../../src/testing/receiver.js';
import type { DeliverableWebhook } from '../../src/webhooks/model/deliverable-webhook.js';
import { describeOnEveryDatabase, exceptOnOceanBase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { recover } from '../support/recoveries.js';
import { useStage } from '../support/stage.js';
import { type RunningApp, stopIntervals } from '../support/start-app.js';
import { createWebhook, deliveries, delivery, onlyDelivery, publish } from '../support/webhooks.js';

interface EventRow {
  fan_out_due_at: string | number | null;
  lease_token: string | null;
  bodies: string | null;
}

interface DeliveryRow {
  id: string;
  webhook_id: string;
  state: string;
  attempts_begun: number;
  claim_count: number;
  lease_token: string | null;
  due_at: string | number | null;
}

const sqlOf = (app: Pick<RunningApp, 'get'>) => app.get<DataSource>(getDataSourceToken());

/** A statement with the values that it was given. */
interface Statement {
  sql: string;
  values: unknown[];
}

/** Notes every statement of an application from now on. */
function noteStatements(app: Pick<RunningApp, 'get'>): Statement[] {
  const statements: Statement[] = [];
  const dataSource = sqlOf(app);
  const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode): QueryRunner => {
    const runner = createQueryRunner(mode);
    const query = runner.query.bind(runner) as (...given: unknown[]) => Promise<unknown>;
    const noting = (...given: unknown[]): Promise<unknown> => {
      statements.push({ sql: String(given[0]), values: Array.isArray(given[1]) ? given[1] : [] });
      return query(...given);
    };
    return Object.assign(runner, { query: noting });
  };
  return statements;
}

/** An answer that a test gives when it wants to. */
function heldAnswer() {
  let give: (answer: ReceiverAnswer) => void = () => undefined;
  const answer = new Promise<ReceiverAnswer>((resolve) => (give = resolve));
  return { answer, give };
}

describeOnEveryDatabase('An event that a process with a worker records', (kind) => {
  const { app, receiver } = useStage(kind, {
    settings: { delivery: { worker: true, graceMs: 200 }, webhooks: { retrySchedule: [3_600] } },
    clock: 'system',
    isRestarted: true,
  });
  /** How old the ledger takes its events to be, beside their real age, milliseconds. */
  let older = 0;
  /** How far the clock of a test that replaces it is ahead, milliseconds. */
  let ahead = 0;

  const eventRow = async (id: string): Promise<EventRow | undefined> => {
    const rows = await sqlOf(app).query<EventRow[]>(
      'SELECT fan_out_due_at, lease_token, bodies FROM webhook_events WHERE id = ?',
      [id],
    );
    return rows[0];
  };
  const deliveryRows = () =>
    sqlOf(app).query<DeliveryRow[]>(
      'SELECT id, webhook_id, state, attempts_begun, claim_count, lease_token, due_at FROM webhook_deliveries ORDER BY id',
    );
  /** Whether an event was recorded for this process's worker, and sent by it. */
  const wasHandedOff = async (id: string): Promise<boolean> => {
    const row = await eventRow(id);
    return row?.bodies != null;
  };
  /** Whether the fan-out made a delivery, of which nothing had been sent: its id is its own. */
  const isOfFanOut =
    (eventId: string) =>
    ({ id, webhook_id: webhookId }: DeliveryRow): boolean =>
      id !== deriveDeliveryId(eventId, webhookId);
  const sweep = () => app.get(DeliveryWorker).freeStalled();
  const record = (manager: EntityManager, n = 1) =>
    app.get(EventPublisher).publish(manager, { type: 'order.shipped', data: { n } });
  const heldHere = () => app.get(HandOffLedger).unrecorded;

  /** Keeps what is due where it is. @returns lets it be claimed again */
  function claimNothing(): () => void {
    const claimer = app.get(DeliveryClaimer);
    const claim = claimer.claim.bind(claimer);
    claimer.claim = async () => ({ claims: [], poisoned: [], ofOtherTenants: [] });
    return () => (claimer.claim = claim);
  }

  /** Lets the copy of the webhooks say more of all of them, at the same version. */
  function alterCopy(more: Partial<DeliverableWebhook>): void {
    const webhooks = app.get(WebhookCache);
    const set = webhooks.newestSet();
    if (!set) throw new Error('The webhooks were not read yet.');
    const byId = new Map([...set.byId].map(([id, webhook]) => [id, { ...webhook, ...more }]));
    webhooks.newestSet = () => ({ ...set, byId });
  }

  /** Lets the worker look for work once, and then nothing runs by interval. */
  async function settleIn(): Promise<void> {
    await eventually(async () => expect(app.get(WorkFinder).isUpToDate).toBe(true));
    stopIntervals(app);
    // A webhook that was made since the gate was read last would look like a deleted one.
    await app.get(SendGate).read();
  }

  beforeEach(() => {
    older = 0;
    ahead = 0;
    app.get(HandOffLedger).measureAgeBy(() => performance.now() + older);
    // No test waits for the gate to be read: nothing reads it by interval.
    app.get(SendGate).measureAgeBy(() => 0);
  });

  it('is sent without a statement between the commit and the request, and written once, ended', async () => {
    const webhook = await createWebhook(app.http, receiver.url);
    await settleIn();
    const statements = noteStatements(app);
    let before: Statement[] = [];
    receiver.answer(() => {
      before = [...statements];
      return {};
    });
    const id = await publish(app.http, { n: 1 });
    await eventually(async () => {
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded', attemptCount: 1 });
    });
    // A poll that looks for other work may fall between.
    const ofEvent = before.filter(({ values }) => values.includes(id)).map(({ sql }) => sql);
    expect(ofEvent).toEqual([expect.stringMatching(/^INSERT INTO .webhook_events/)]);
    const ofDeliveries = statements.filter(({ sql }) =>
      /^(?:INSERT|UPDATE).*webhook_(?:deliveries|bodies)/s.test(sql),
    );
    expect(ofDeliveries).toHaveLength(1);
    const seen = await delivery(app.http, deriveDeliveryId(id, webhook.id));
    expect(seen.request.body).toBe(receiver.requests[0]?.body.toString());
    expect(seen.attempts).toMatchObject([{ number: 1, trigger: 'event', statusCode: 200 }]);
    expect(await eventRow(id)).toMatchObject({ fan_out_due_at: null, lease_token: null });
    expect(heldHere()).toBe(0);
  });

  it('is sent so after a change of an entry, too', async () => {
    await createWebhook(app.http, receiver.url);
    await settleIn();
    await app.http
      .post('/api/addresses')
      .send({ data: { city: 'Paris' } })
      .expect(201);
    await receiver.received(1);
    const [row] = await sqlOf(app).query<{ id: string }[]>('SELECT id FROM webhook_events');
    expect(await wasHandedOff(row?.id ?? '')).toBe(true);
  });

  it('leaves no recipient unwritten because one is slow', async () => {
    for (let n = 0; n < 10; n += 1) await createWebhook(app.http, `${receiver.url}/${n}`);
    await settleIn();
    const { answer, give } = heldAnswer();
    receiver.answer(({ path }) => (path === '/3' ? answer : {}));
    const id = await publish(app.http);
    await receiver.received(10);
    await eventually(async () => expect(heldHere()).toBe(9));
    expect(await deliveryRows()).toEqual([]);
    expect(await eventRow(id)).toMatchObject({ lease_token: expect.any(String) as string });

    older = 100;
    await sweep();
    await eventually(async () => expect(await deliveryRows()).toHaveLength(10));
    const rows = await deliveryRows();
    expect(rows.filter(({ state }) => state === 'succeeded')).toHaveLength(9);
    expect(rows.find(({ state }) => state === 'pending')).toMatchObject({
      attempts_begun: 1,
      claim_count: 1,
    });
    expect(rows.find(({ state }) => state === 'pending')?.lease_token).not.toBeNull();

    give({});
    await eventually(async () => {
      const states = (await deliveries(app.http)).map(({ state, attemptCount }) => ({ state, attemptCount }));
      expect(states).toEqual(Array.from({ length: 10 }, () => ({ state: 'succeeded', attemptCount: 1 })));
    });
    expect(receiver.requests).toHaveLength(10);
  });

  it('is written by the timer while one of its requests hangs', async () => {
    for (let n = 0; n < 3; n += 1) await createWebhook(app.http, `${receiver.url}/${n}`);
    await eventually(async () => expect(app.get(WorkFinder).isUpToDate).toBe(true));
    await app.get(SendGate).read();
    const { answer, give } = heldAnswer();
    receiver.answer(({ path }) => (path === '/1' ? answer : {}));
    const id = await publish(app.http);
    await eventually(async () => {
      const states = (await deliveryRows()).map(({ state }) => state);
      expect(states.toSorted()).toEqual(['pending', 'succeeded', 'succeeded']);
    });
    expect(await wasHandedOff(id)).toBe(true);
    give({});
    await eventually(async () => expect(await deliveries(app.http, '?state=succeeded')).toHaveLength(3));
    expect(receiver.requests).toHaveLength(3);
  });

  it('that fails is written as pending with its attempt, and retried with the same bytes', async () => {
    await createWebhook(app.http, receiver.url);
    await settleIn();
    receiver.answer([500, 200]);
    await publish(app.http);
    await eventually(async () => {
      expect(await onlyDelivery(app.http)).toMatchObject({
        state: 'pending',
        attemptCount: 1,
        lastStatusCode: 500,
      });
    });
    await sqlOf(app).query("UPDATE webhook_deliveries SET due_at = 1 WHERE state = 'pending'");
    app.get(DeliveryWorker).notify();
    const [first, second] = await receiver.received(2);
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    await eventually(async () => {
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded', attemptCount: 2 });
    });
  });

  it('can be sent again by hand, with the same bytes', async () => {
    await createWebhook(app.http, receiver.url);
    await settleIn();
    await publish(app.http);
    await eventually(async () => expect((await onlyDelivery(app.http)).state).toBe('succeeded'));
    await app.http.post(`/admin/deliveries/${(await onlyDelivery(app.http)).id}/redeliver`).expect(202);
    const [first, second] = await receiver.received(2);
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    expect(second?.headers['x-posthorn-attempt']).toBe('2');
  });

  it('that ended with its first attempt can be recovered', async () => {
    const webhook = await createWebhook(app.http, receiver.url, { retrySchedule: [] });
    await settleIn();
    receiver.answer([500, 200]);
    await publish(app.http);
    await eventually(async () => {
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'failed', reason: 'exhausted' });
    });
    await recover(app.http, webhook.id, { since: Date.now() - 60_000 });
    await app.restart();
    const [first, second] = await receiver.received(2);
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
  });

  it('is fanned out as it is recorded where nobody gets it', async () => {
    await createWebhook(app.http, receiver.url, { events: ['entry.create'] });
    await settleIn();
    const id = await publish(app.http);
    expect(await eventRow(id)).toEqual({ fan_out_due_at: null, lease_token: null, bodies: null });
  });

  describe('of a transaction', () => {
    it('that is rolled back is not sent, and its room is free again', async () => {
      await createWebhook(app.http, receiver.url);
      await settleIn();
      let undone = '';
      const failing = inReadCommitted(sqlOf(app), async (manager) => {
        undone = await record(manager);
        expect(app.get(HandOffLedger).isHolding(undone)).toBe(true);
        throw new Error('The change failed.');
      });
      await expect(failing).rejects.toThrow('The change failed.');
      expect(app.get(HandOffLedger).isHolding(undone)).toBe(false);
      const id = await publish(app.http, { n: 2 });
      const [only] = await receiver.received(1);
      expect(only?.headers['webhook-id']).toBe(id);
      await app.get(DeliveryWorker).runOnce();
      expect(receiver.requests).toHaveLength(1);
    });

    it('with an inner rollback is looked up, and only what stands is sent', async () => {
      await createWebhook(app.http, receiver.url);
      await settleIn();
      let standing = '';
      await inReadCommitted(sqlOf(app), async (manager) => {
        const inner = manager.transaction(async (nested) => {
          await record(nested, 1);
          throw new Error('Not this one.');
        });
        await expect(inner).rejects.toThrow('Not this one.');
        standing = await record(manager, 2);
      });
      expect(receiver.requests).toEqual([]);
      await sweep();
      await receiver.received(1);
      await app.get(DeliveryWorker).runOnce();
      expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([standing]);
    });

    it('that a host began takes the durable way: its end may not be heard', async () => {
      await createWebhook(app.http, receiver.url);
      await settleIn();
      const id = await sqlOf(app).transaction((manager) => record(manager));
      await receiver.received(1);
      expect(await wasHandedOff(id)).toBe(false);
    });

    it('whose commit was not heard is looked up after a moment, not after its lease', async () => {
      await createWebhook(app.http, receiver.url);
      await settleIn();
      const watch = app.get(CommitWatch);
      const heard = watch.afterTransactionCommit;
      watch.afterTransactionCommit = () => undefined;
      const id = await publish(app.http);
      watch.afterTransactionCommit = heard;
      await sweep();
      expect((await eventRow(id))?.lease_token).not.toBeNull();
      expect(receiver.requests).toEqual([]);

      older = 250;
      await sweep();
      const [only] = await receiver.received(1);
      expect(only?.headers['webhook-id']).toBe(id);
      await app.get(DeliveryWorker).runOnce();
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded', attemptCount: 1 });
    });

    it('in which a statement failed is looked up: the server may have ended it', async () => {
      await createWebhook(app.http, receiver.url);
      await settleIn();
      const id = await inReadCommitted(sqlOf(app), async (manager) => {
        const recorded = await record(manager);
        await expect(manager.query('SELECT * FROM there_is_no_such_table')).rejects.toThrow(/no_such_table/);
        return recorded;
      });
      expect(app.get(HandOffLedger).isHolding(id)).toBe(true);
      older = 500;
      await sweep();
      await receiver.received(1);
      await app.get(DeliveryWorker).runOnce();
      expect((await deliveryRows()).map(isOfFanOut(id))).toEqual([true]);
      expect(receiver.requests).toHaveLength(1);
    });

    it.each([
      ['more than a second after it was recorded', () => (older = 1_001)],
      ['with less than two thirds of its lease left', () => (ahead = 10_001)],
      ['after the clock was set back', () => (ahead = -1)],
    ])('that was committed %s takes the durable way', async (_, delay) => {
      await createWebhook(app.http, receiver.url);
      await settleIn();
      const clock = app.get(Clock);
      const now = clock.now.bind(clock);
      let stopped: number | null = now();
      clock.now = () => (stopped ?? now()) + ahead;
      let id = '';
      await inReadCommitted(sqlOf(app), async (manager) => {
        id = await record(manager);
        delay();
      });
      stopped = null;
      ahead = 0;
      await receiver.received(1);
      await app.get(DeliveryWorker).runOnce();
      expect((await deliveryRows()).map(isOfFanOut(id))).toEqual([true]);
      expect(await eventRow(id)).toMatchObject({ fan_out_due_at: null, lease_token: null });
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded', attemptCount: 1 });
      expect(receiver.requests).toHaveLength(1);
    });

    if (kind.dialect === 'sqlite') return;

    exceptOnOceanBase(it, 'It ends a deadlock by a limit of time, which undoes the statement alone.').each<
      [string, (work: (manager: EntityManager) => Promise<void>) => Promise<void>]
    >([
      ['Posthorn', (work) => inReadCommitted(sqlOf(app), work)],
      ['a host', (work) => sqlOf(app).transaction(work)],
    ])('of %s that a deadlock has ended is not sent, though the error was caught', async (_, transact) => {
      await createWebhook(app.http, receiver.url);
      await settleIn();
      const sql = sqlOf(app);
      await sql.query('CREATE TABLE deadlock (id INT PRIMARY KEY, n INT)');
      await sql.query('INSERT INTO deadlock VALUES (1, 0), (2, 0)');
      const other = sql.createQueryRunner();
      await other.startTransaction();
      // The server ends whoever has written less.
      const rows = Array.from({ length: 500 }, (_row, n) => `(${n + 10}, 0)`);
      await other.query(`INSERT INTO deadlock VALUES ${rows.join()}`);
      await other.query('UPDATE deadlock SET n = 1 WHERE id = 2');
      let undone = '';
      await transact(async (manager) => {
        undone = await record(manager);
        await manager.query('UPDATE deadlock SET n = 1 WHERE id = 1');
        const waiting = other.query('UPDATE deadlock SET n = 1 WHERE id = 1');
        const ended = manager.query('UPDATE deadlock SET n = 1 WHERE id = 2');
        await expect(ended).rejects.toMatchObject({ code: 'ER_LOCK_DEADLOCK' });
        await waiting;
      });
      await other.commitTransaction();
      await other.release();
      await sql.query('DROP TABLE deadlock');
      older = 1_000;
      await sweep();
      const id = await publish(app.http, { n: 2 });
      await eventually(async () =>
        expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded' }),
      );
      await app.get(DeliveryWorker).runOnce();
      expect(await eventRow(undone)).toBeUndefined();
      expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([id]);
    });
  });

  it.each<[string, (id: string) => Promise<unknown>, string[]]>([
    ['made', () => createWebhook(app.http, `${receiver.url}/other`), ['/one', '/other']],
    [
      'changed',
      (id) =>
        app.http
          .put(`/admin/webhooks/${id}`)
          .send({ name: 'one', url: `${receiver.url}/changed`, headers: {}, events: ['*'] })
          .expect(200),
      ['/changed'],
    ],
    ['disabled', (id) => app.http.post(`/admin/webhooks/${id}/disable`).expect(200), []],
    ['deleted', (id) => app.http.delete(`/admin/webhooks/${id}`).expect(200), []],
  ])(
    'honours that a webhook was %s before its commit, though this process has not read it',
    async (_, change, paths) => {
      const { id: webhookId } = await createWebhook(app.http, `${receiver.url}/one`);
      await settleIn();
      const webhooks = app.get(WebhookCache);
      const old = webhooks.newestSet();
      await change(webhookId);
      webhooks.newestSet = () => old;
      const id = await publish(app.http);
      expect(await wasHandedOff(id)).toBe(false);
      await eventually(async () => expect((await eventRow(id))?.fan_out_due_at).toBeNull());
      await receiver.received(paths.length);
      await app.get(DeliveryWorker).runOnce();
      expect(receiver.requests.map(({ path }) => path).toSorted()).toEqual(paths);
      expect(await deliveryRows()).toHaveLength(paths.length);
    },
  );

  it.each([
    ['wants order', { ordering: 'entry' }],
    ['limits its rate', { rateLimit: 100 }],
    ['limits its concurrency', { concurrency: 2 }],
    ['has a filter', { filter: 'data.n == 1' }],
  ])('takes the durable way where one recipient of two %s', async (_, more) => {
    await createWebhook(app.http, `${receiver.url}/plain`);
    await createWebhook(app.http, `${receiver.url}/bound`, more);
    await settleIn();
    const id = await publish(app.http);
    app.get(DeliveryWorker).notify();
    await receiver.received(2);
    expect(await wasHandedOff(id)).toBe(false);
  });

  it('is sent so though it stands in a line of its thing, where no recipient wants order', async () => {
    await createWebhook(app.http, `${receiver.url}/plain`);
    await createWebhook(app.http, `${receiver.url}/ordered`, { events: ['entry.*'], ordering: 'entry' });
    await settleIn();
    await eventually(() => expect(app.get(OrderingMonitor).isRequired).toBe(true));
    const id = await publish(app.http, { n: 1 }, { key: 'a thing' });
    const [row] = await sqlOf(app).query<{ sequence: unknown }[]>(
      'SELECT sequence FROM webhook_events WHERE id = ?',
      [id],
    );
    expect(row?.sequence).not.toBeNull();
    expect(await wasHandedOff(id)).toBe(true);
    await eventually(async () => expect((await onlyDelivery(app.http)).state).toBe('succeeded'));
  });

  it.each<[string, (webhookId: string) => unknown]>([
    [
      'it is paused',
      (id) =>
        sqlOf(app).query('INSERT INTO webhook_health (webhook_id, paused_until) VALUES (?, ?)', [
          id,
          Date.now() + 3_600_000,
        ]),
    ],
    ['sending as a whole is paused', () => app.http.post('/admin/sending/pause').expect(200)],
    ['its receiver has not consented', () => alterCopy({ awaitsConsent: true })],
    ['its key is lost', () => alterCopy({ hasLostKey: true })],
    [
      'an earlier release may still work on the database',
      () => Object.defineProperty(app.get(WebhookCache), 'isMigrationFinished', { value: false }),
    ],
  ])('takes the durable way where, of its only recipient, %s', async (_, arrange) => {
    const { id } = await createWebhook(app.http, receiver.url);
    await settleIn();
    await arrange(id);
    await app.get(SendGate).read();
    expect(await wasHandedOff(await publish(app.http))).toBe(false);
  });

  it.each([
    [
      'has no room',
      (id: string) => {
        const { queues } = app.get(DeliveryWorker) as unknown as { queues: LocalQueues };
        const take = queues.take.bind(queues);
        queues.take = (owner) => owner.id !== id && take(owner);
      },
    ],
    [
      'has older deliveries that are due',
      (id: string) => (app.get(WorkFinder).hasWaitingFor = (webhookId) => webhookId === id),
    ],
    [
      'is paused',
      (id: string) => {
        app.get(SendGate).findRefusal = ({ webhook }) => (webhook.id === id ? 'paused' : null);
      },
    ],
  ])('is sent to the others at once where one %s, and pending for it', async (_, arrange) => {
    for (const name of ['a', 'b']) await createWebhook(app.http, `${receiver.url}/${name}`);
    const { id: waiting } = await createWebhook(app.http, `${receiver.url}/waits`);
    await settleIn();
    const letClaimsGo = claimNothing();
    arrange(waiting);
    const id = await publish(app.http);
    await receiver.received(2);
    expect(await wasHandedOff(id)).toBe(true);
    await eventually(async () => expect(await deliveryRows()).toHaveLength(3));
    const pending = (await deliveryRows()).filter(({ state }) => state === 'pending');
    expect(pending).toMatchObject([{ attempts_begun: 0, claim_count: 0, lease_token: null }]);
    expect(pending[0]?.id).toBe(deriveDeliveryId(id, waiting));
    expect(receiver.requests.map(({ path }) => path).toSorted()).toEqual(['/a', '/b']);

    app.get(WorkFinder).hasWaitingFor = () => false;
    app.get(SendGate).findRefusal = () => null;
    letClaimsGo();
    app.get(DeliveryWorker).notify();
    await receiver.received(3);
    await eventually(async () => {
      const ended = (await deliveries(app.http)).filter(
        ({ state, attemptCount }) => state === 'succeeded' && attemptCount === 1,
      );
      expect(ended).toHaveLength(3);
    });
  });

  it('is sent at once again as soon as what waited for room is claimed', async () => {
    await createWebhook(app.http, `${receiver.url}/a`);
    const { id: waiting } = await createWebhook(app.http, `${receiver.url}/waits`);
    await settleIn();
    const { queues } = app.get(DeliveryWorker) as unknown as { queues: LocalQueues };
    const take = queues.take.bind(queues);
    queues.take = (owner) => owner.id !== waiting && take(owner);
    let stillWaits: boolean | null = null;
    receiver.answer(({ path }) => {
      if (path === '/waits') stillWaits = app.get(WorkFinder).hasWaitingFor(waiting);
      return {};
    });
    await publish(app.http);
    await receiver.received(2);
    expect(stillWaits).toBe(false);
  });

  it('is sent at once though older events wait for their fan-out', async () => {
    await createWebhook(app.http, receiver.url);
    await settleIn();
    let batches = 0;
    const { answer: goOn, give } = heldAnswer();
    app.get(FanOut).batch = async (_, __, { most }) => {
      batches += 1;
      if (batches > 1) await goOn;
      return { events: batches > 1 ? 0 : most, claims: [], leftToClaim: false };
    };
    await sqlOf(app).transaction((manager) => record(manager));
    await eventually(async () => expect(batches).toBeGreaterThan(1));
    expect(await wasHandedOff(await publish(app.http))).toBe(true);
    await receiver.received(1);
    give({});
  });

  it('takes the durable way while older deliveries of its webhook are due, and not any more when they are gone', async () => {
    const { id: webhookId } = await createWebhook(app.http, receiver.url);
    await settleIn();
    receiver.answer([500, 200]);
    await publish(app.http, { n: 1 });
    await eventually(async () => expect(await deliveryRows()).toMatchObject([{ state: 'pending' }]));
    const letClaimsGo = claimNothing();
    await sqlOf(app).query('UPDATE webhook_deliveries SET due_at = 1');
    app.get(DeliveryWorker).notify();
    await eventually(async () => expect(app.get(WorkFinder).hasWaitingFor(webhookId)).toBe(true));
    expect(await wasHandedOff(await publish(app.http, { n: 2 }))).toBe(false);
    letClaimsGo();
    app.get(DeliveryWorker).notify();
    await receiver.received(3);
    await eventually(async () => expect(await deliveries(app.http, '?state=succeeded')).toHaveLength(2));
    await app.get(DeliveryWorker).runOnce();
    expect(await wasHandedOff(await publish(app.http, { n: 3 }))).toBe(true);
  });

  it('takes the durable way where the settings say so, or the process has no worker', async () => {
    await createWebhook(app.http, receiver.url);
    await app.restart({ delivery: { handOff: 'off' } });
    const withoutHandOff = await publish(app.http);
    await receiver.received(1);
    expect(await wasHandedOff(withoutHandOff)).toBe(false);
    await app.restart({ delivery: { worker: false } });
    expect(await wasHandedOff(await publish(app.http))).toBe(false);
  });

  it('takes the durable way where the process has no room, and arrives once', async () => {
    await app.restart({ delivery: { concurrency: 1 } });
    await createWebhook(app.http, receiver.url);
    await eventually(async () => expect(app.get(WorkFinder).isUpToDate).toBe(true));
    const { answer, give } = heldAnswer();
    receiver.answer(() => answer);
    const ids: string[] = [];
    for (let n = 0; n < 30; n += 1) ids.push(await publish(app.http, { n }));
    const handedOff = await Promise.all(ids.map(wasHandedOff));
    expect(handedOff).toContain(true);
    expect(handedOff).toContain(false);
    give({});
    await receiver.received(30);
    await eventually(async () => {
      const seen = await deliveries(app.http, '?limit=100');
      expect(
        seen.filter(({ state, attemptCount }) => state === 'succeeded' && attemptCount === 1),
      ).toHaveLength(30);
    });
    expect(receiver.requests.map(({ headers }) => headers['webhook-id']).toSorted()).toEqual(ids.toSorted());
  });

  it('that is refused after its commit is pending at once, and no attempt counts', async () => {
    await createWebhook(app.http, receiver.url);
    await settleIn();
    const letClaimsGo = claimNothing();
    const gate = app.get(SendGate);
    const findRefusal = gate.findRefusal.bind(gate);
    let asked = 0;
    gate.findRefusal = (claim) => ((asked += 1) === 1 ? null : 'paused') ?? findRefusal(claim);
    const id = await publish(app.http);
    expect(await wasHandedOff(id)).toBe(true);
    await eventually(async () => expect(await deliveryRows()).toHaveLength(1));
    expect(await deliveryRows()).toMatchObject([
      { state: 'pending', attempts_begun: 0, claim_count: 0, lease_token: null },
    ]);
    expect(receiver.requests).toEqual([]);

    gate.findRefusal = findRefusal;
    letClaimsGo();
    app.get(DeliveryWorker).notify();
    await receiver.received(1);
    await eventually(async () => {
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded', attemptCount: 1 });
    });
  });

  it('is written when the process stops, so that nobody waits for a lease', async () => {
    await createWebhook(app.http, receiver.url);
    await settleIn();
    receiver.answer(() => ({ hang: true }));
    const id = await publish(app.http);
    await receiver.received(1);
    expect(await deliveryRows()).toEqual([]);
    receiver.answer(200);
    await app.restart({ delivery: { worker: false } });
    expect(await deliveryRows()).toMatchObject([
      { state: 'pending', attempts_begun: 0, claim_count: 0, lease_token: null },
    ]);
    expect(await eventRow(id)).toMatchObject({ fan_out_due_at: null, lease_token: null });
  });

  it('is not taken over by its own process, though its lease has ended', async () => {
    await createWebhook(app.http, receiver.url);
    await settleIn();
    const { answer, give } = heldAnswer();
    receiver.answer(() => answer);
    const id = await publish(app.http);
    await receiver.received(1);
    await sqlOf(app).query('UPDATE webhook_events SET fan_out_due_at = -1 WHERE id = ?', [id]);
    app.get(DeliveryWorker).notify();
    await app.http.get('/admin/sending').expect(200);
    const polled = noteStatements(app);
    app.get(DeliveryWorker).notify();
    await eventually(async () =>
      expect(polled.some(({ sql }) => sql.includes('fan_out_due_at >='))).toBe(true),
    );
    give({});
    await eventually(async () => {
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded', attemptCount: 1 });
    });
    expect(receiver.requests).toHaveLength(1);
  });
});
