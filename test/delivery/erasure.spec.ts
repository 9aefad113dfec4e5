import { readFile } from 'node:fs/promises';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ARCHIVED_OBJECTS, type ArchivedObjects } from '../../src/delivery/erasure/archived-objects.js';
import { ErasureRunner } from '../../src/delivery/erasure/erasure-runner.js';
import { DeliveryClaimer } from '../../src/delivery/claiming/delivery-claimer.js';
import { FanOut } from '../../src/delivery/fan-out/fan-out.js';
import type { Claim } from '../../src/delivery/model/claim.js';
import { OutcomeRecorder } from '../../src/delivery/outcomes/outcome-recorder.js';
import { RecoveryRunner } from '../../src/delivery/recovery/recovery-runner.js';
import { WebhookCache } from '../../src/delivery/webhook-cache/webhook-cache.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { databasesFor, describeOnEveryDatabase } from '../support/databases.js';
import { analyse, statementsOf, wholeScans } from '../support/explain.js';
import { recover, redeliver } from '../support/recoveries.js';
import { seedHistory } from '../support/seed-history.js';
import { useStage } from '../support/stage.js';
import { type HttpAgent, type RunningApp, startApp, stopIntervals } from '../support/start-app.js';
import { UnlockedReads } from '../support/unlocked-reads.js';
import { createWebhook, deliveries, delivery, type MadeWebhook, publish } from '../support/webhooks.js';

/** What stands for a person's data, with characters that JSON escapes. */
const MARK = 'ada.lovelace+"marked"@example.com';
/** The part of it that is the same in every spelling. */
const PLAIN = 'ada.lovelace+';

const LEASE_MS = 30_000;
const HOUR_MS = 3_600_000;

interface Erasure {
  id: string;
  state: string;
  phase: string | null;
  criteria: Record<string, string>;
  events: number;
  deliveries: number;
  attempts: number;
  archive: { rewritten: number; held: string[] };
  finishedAt: string | null;
}

async function erase(http: HttpAgent, criteria: object): Promise<string> {
  const { body } = await http.post('/admin/erase').send(criteria).expect(202);
  return (body as { data: { id: string } }).data.id;
}

async function progressOf(http: HttpAgent, id: string): Promise<Erasure> {
  const { body } = await http.get(`/admin/erasures/${id}`).expect(200);
  return (body as { data: Erasure }).data;
}

async function eventOf(http: HttpAgent, id: string): Promise<Record<string, unknown>> {
  const { body } = await http.get(`/admin/events/${id}`).expect(200);
  return (body as { data: Record<string, unknown> }).data;
}

const messageOf = ({ body }: { body: unknown }) => (body as { error: { message: string } }).error.message;

/** Makes every step that is due. */
async function stepAll(app: RunningApp): Promise<void> {
  while (await app.get(ErasureRunner).runOnce());
}

describeOnEveryDatabase('Erasing a person’s data', (kind) => {
  const { app, receiver, clock, database } = useStage(kind, {
    settings: { webhooks: { retrySchedule: [60] }, delivery: { leaseMs: LEASE_MS } },
  });
  let webhook: MadeWebhook;

  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const sql = () => app.get<DataSource>(getDataSourceToken());
  const query = <T>(text: string, values: unknown[] = []) => sql().query<T>(text, values);

  /** Erases, and lets the clock pass every lease. */
  async function eraseAll(criteria: object): Promise<Erasure> {
    const id = await erase(app.http, criteria);
    await stepAll(app);
    clock.advance(LEASE_MS);
    await stepAll(app);
    const erasure = await progressOf(app.http, id);
    expect(erasure.state).toBe('finished');
    return erasure;
  }

  async function claimAll(): Promise<Claim[]> {
    const { byId } = await app.get(WebhookCache).current(sql().manager);
    const wanted = [...byId.values()].map((one) => ({ webhook: one, count: 10, isProbe: false }));
    return (await app.get(DeliveryClaimer).claim(wanted, LEASE_MS)).claims;
  }

  /** Fans out and sends, but leaves what failed pending. */
  async function failOnce(): Promise<void> {
    receiver.answer(500);
    await deliverDue();
    receiver.answer(200);
  }

  /** The tables and columns in which a text stands. */
  async function placesOf(text: string): Promise<string[]> {
    const names =
      kind.dialect === 'mysql'
        ? 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()'
        : "SELECT name FROM sqlite_master WHERE type = 'table'";
    const places: string[] = [];
    for (const { name } of await query<{ name: string }[]>(names)) {
      for (const row of await query<Record<string, unknown>[]>(`SELECT * FROM \`${name}\``)) {
        for (const [column, value] of Object.entries(row)) {
          if (String(value).includes(text)) places.push(`${name}.${column}`);
        }
      }
    }
    return [...new Set(places)].toSorted();
  }

  beforeEach(async () => {
    webhook = await createWebhook(app.http, receiver.url);
  });

  it('leaves no word of it in the database, whichever way it came in', async () => {
    for (const format of ['strapi-v5', 'standard', 'cloudevents']) {
      await createWebhook(app.http, receiver.url, { format, include: ['previous', 'actor'] });
    }
    await createWebhook(app.http, receiver.url, { ordering: 'entry' });
    const entry = await app.http
      .post('/api/addresses')
      .send({ data: { city: MARK } })
      .expect(201);
    const { id } = (entry.body as { data: { id: number } }).data;
    await app.http
      .put(`/api/addresses/${id}`)
      .send({ data: { city: `still ${MARK}` } })
      .expect(200);
    await app.http.delete(`/api/addresses/${id}`).expect(200);
    const file = await app.http
      .post('/api/upload')
      .attach('files', Buffer.from('text'), `${PLAIN}.txt`)
      .expect(201);
    await app.http.delete(`/api/upload/files/${(file.body as { id: number }[])[0]?.id}`).expect(200);
    await publish(app.http, { mail: MARK }, { model: 'customer', key: MARK });
    await app.http
      .post('/admin/events')
      .set('Idempotency-Key', 'once')
      .send({ type: 'order.shipped', data: { mail: [{ deep: MARK }] } })
      .expect(202);
    await publish(app.http, { mail: 'of another' });
    // A receiver that says again what it got, or knows more.
    receiver.answer(() => ({
      status: 500,
      headers: { 'x-person': PLAIN },
      body: JSON.stringify({ said: MARK }),
    }));
    await deliverDue();
    receiver.answer(200);
    expect(await placesOf(PLAIN)).toEqual(
      expect.arrayContaining([
        'webhook_attempts.response_body',
        'webhook_attempts.response_headers',
        'webhook_bodies.body',
        'webhook_events.key',
        'webhook_events.snapshot',
      ]),
    );

    await eraseAll({ contains: MARK });
    await eraseAll({ contains: PLAIN });
    expect(await placesOf(PLAIN)).toEqual([]);
    if (kind.dialect === 'sqlite') {
      await query('VACUUM');
      await query('PRAGMA wal_checkpoint(TRUNCATE)');
      const bytes = await readFile(database.url.replace(/^sqlite:/, ''));
      expect(bytes.includes(PLAIN)).toBe(false);
      expect(bytes.includes('of another')).toBe(true);
    }
  });

  it('by key ends what is pending, keeps tombstones, and touches no other event', async () => {
    const mine = await publish(app.http, { n: 1 }, { model: 'customer', key: 'ada' });
    const theirs = await publish(app.http, { n: 2 }, { model: 'customer', key: 'bob' });
    await failOnce();
    const waiting = await publish(app.http, { n: 3 }, { model: 'customer', key: 'ada' });
    const erasure = await eraseAll({ key: 'ada', model: 'customer' });
    expect(erasure).toMatchObject({
      phase: null,
      criteria: { key: '[erased]', model: 'customer' },
      events: 2,
      deliveries: 1,
      attempts: 1,
      archive: { rewritten: 0, held: [] },
    });
    for (const id of [mine, waiting]) {
      expect(await eventOf(app.http, id)).toMatchObject({
        data: {},
        key: null,
        model: 'customer',
        erased: { by: erasure.id },
      });
    }
    expect(await eventOf(app.http, theirs)).toMatchObject({ data: { n: 2 }, key: 'bob', erased: null });
    const all = await deliveries(app.http);
    expect(all.map(({ eventId, state, reason }) => [eventId, state, reason]).toSorted()).toEqual(
      [
        [mine, 'failed', 'erased'],
        [theirs, 'pending', null],
      ].toSorted(),
    );
    const [ended] = all.filter(({ eventId }) => eventId === mine);
    expect(await delivery(app.http, ended?.id ?? '')).toMatchObject({
      attempts: [{ statusCode: 500, error: null, responseHeaders: null, responseBody: null }],
      request: { body: null },
    });
    receiver.requests.length = 0;
    clock.advance(61_000);
    await deliverDue();
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([theirs]);
  });

  it('refuses to send it again, and a repeat of its request', async () => {
    const request = () =>
      app.http
        .post('/admin/events')
        .set('Idempotency-Key', 'once')
        .send({ type: 'order.shipped', data: { n: 1 }, key: 'ada' });
    const many = () =>
      app.http
        .post('/admin/events')
        .set('Idempotency-Key', 'many')
        .send([{ type: 'order.shipped', data: { n: 2 }, key: 'ada' }]);
    await request().expect(202);
    await many().expect(202);
    await failOnce();
    const { id } = await eraseAll({ key: 'ada' });
    const [first] = await deliveries(app.http);
    const refused = await app.http.post(`/admin/deliveries/${first?.id}/redeliver`).expect(409);
    expect(messageOf(refused)).toMatch(
      new RegExp(`^What this delivery sent was erased at 20\\S+ by the erasure ${id}, so it cannot be sent`),
    );
    expect(messageOf(await request().expect(409))).toBe(
      'This Idempotency-Key was used for an event that was erased since. Nothing was recorded.',
    );
    expect(messageOf(await many().expect(409))).toMatch(/an event that was erased since/);
    receiver.requests.length = 0;
    const since = clock.now() - HOUR_MS;
    expect((await redeliver(app.http, { state: 'failed' })).matched).toBe(2);
    await recover(app.http, webhook.id, { since, missed: true });
    do await deliverDue();
    while (await app.get(RecoveryRunner).runOnce());
    const late = await createWebhook(app.http, receiver.url);
    await query('UPDATE webhooks SET created_at = 0');
    await query('UPDATE webhook_registry SET version = version + 1');
    expect((await recover(app.http, late.id, { since, missed: true })).matched).toBe(0);
    expect(receiver.requests).toEqual([]);
  });

  it('leaves an event alone that is recorded with the same key afterwards', async () => {
    await publish(app.http, { n: 1 }, { key: 'ada' });
    const id = await erase(app.http, { key: 'ada' });
    clock.advance(1);
    const later = await publish(app.http, { n: 2 }, { key: 'ada' });
    await stepAll(app);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'finished', events: 1 });
    expect(await eventOf(app.http, later)).toMatchObject({ data: { n: 2 }, key: 'ada', erased: null });
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
  });

  it('ends only when no worker may send what it holds, and keeps nothing of what comes back late', async () => {
    await publish(app.http, { mail: MARK }, { key: 'ada' });
    await failOnce();
    clock.advance(61_000);
    const [claim] = (await claimAll()) as [Claim];
    const id = await erase(app.http, { key: 'ada' });
    await stepAll(app);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'running', phase: 'settle', events: 1 });
    clock.advance(LEASE_MS - 1);
    await stepAll(app);
    expect((await progressOf(app.http, id)).state).toBe('running');
    clock.advance(1);
    await stepAll(app);
    expect((await progressOf(app.http, id)).state).toBe('finished');
    expect(claim.leaseUntil).toBeLessThanOrEqual(clock.now());

    await app.get(OutcomeRecorder).record([
      {
        claim,
        attempt: {
          startedAt: clock.now(),
          durationMs: 5,
          url: receiver.url,
          statusCode: 200,
          error: null,
          errorCode: null,
          requestHeaders: { 'x-who': PLAIN },
          responseHeaders: { 'x-who': PLAIN },
          responseBody: MARK,
          responseTruncated: false,
        },
        result: { state: 'succeeded', finishedAt: clock.now() },
      },
    ]);
    const [row] = await deliveries(app.http);
    expect(row).toMatchObject({ state: 'failed', reason: 'erased', attemptCount: 2 });
    const places = await placesOf(PLAIN);
    // What all requests of a webhook share is the webhook's, not the event's.
    expect(places.filter((place) => !place.startsWith('webhook_requests.'))).toEqual([]);
  });

  it('waits for an event that a process holds, and takes it when the lease has ended', async () => {
    await publish(app.http, { mail: MARK }, { key: 'ada' });
    const until = clock.now() + LEASE_MS;
    await query("UPDATE webhook_events SET fan_out_due_at = ?, lease_token = 'held', bodies = '{}'", [
      -until,
    ]);
    const id = await erase(app.http, { key: 'ada' });
    await stepAll(app);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'running', phase: 'events', events: 0 });
    clock.advance(LEASE_MS);
    await stepAll(app);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'finished', events: 1 });
    await deliverDue();
    expect(receiver.requests).toEqual([]);
    expect(await placesOf(PLAIN)).toEqual([]);
  });

  it('goes through any number in bounded steps, goes on after a restart, and erases each once', async () => {
    await seedHistory(app, { webhookId: webhook.id, count: 350, at: clock.now() - HOUR_MS });
    await query("UPDATE webhook_events SET `key` = 'ada'");
    const id = await erase(app.http, { key: 'ada' });
    expect(await app.get(ErasureRunner).runOnce()).toBe(true);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'running', events: 100 });
    await app.restart();
    await stepAll(app);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'finished', events: 350 });
  });

  it('makes a step that was killed again when its claim has ended', async () => {
    await publish(app.http, { n: 1 }, { key: 'ada' });
    const id = await erase(app.http, { key: 'ada' });
    // What a killed instance leaves: the claim, and nothing of the step.
    await query('UPDATE webhook_erasures SET due_at = ?', [clock.now() + 30_000]);
    expect(await app.get(ErasureRunner).runOnce()).toBe(false);
    clock.advance(30_000);
    await stepAll(app);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'finished', events: 1 });
  });

  it('keeps nothing of a step that breaks off, and makes it again', async () => {
    const event = await publish(app.http, { n: 1 }, { key: 'ada' });
    await failOnce();
    const id = await erase(app.http, { key: 'ada' });
    const source = sql();
    const createQueryRunner = source.createQueryRunner.bind(source);
    let isBroken = false;
    // The last write of a step but for that of its place.
    source.createQueryRunner = (mode) => {
      const runner = createQueryRunner(mode);
      const send = runner.query.bind(runner) as (...given: unknown[]) => Promise<unknown>;
      const query = (...given: unknown[]): Promise<unknown> => {
        if (isBroken || !/^DELETE.*webhook_bodies/s.test(String(given[0]))) return send(...given);
        isBroken = true;
        return Promise.reject(new Error('It breaks off.'));
      };
      return Object.assign(runner, { query });
    };
    try {
      await stepAll(app);
    } finally {
      source.createQueryRunner = createQueryRunner;
    }
    expect(isBroken).toBe(true);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'running', events: 0 });
    expect(await eventOf(app.http, event)).toMatchObject({ data: { n: 1 }, key: 'ada', erased: null });
    expect((await deliveries(app.http)).map(({ state }) => state)).toEqual(['pending']);
    clock.advance(30_000);
    await stepAll(app);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'finished', events: 1, deliveries: 1 });
  });

  it('is made by one of two instances, step by step', async () => {
    await seedHistory(app, { webhookId: webhook.id, count: 350, at: clock.now() - HOUR_MS });
    await query("UPDATE webhook_events SET `key` = 'ada'");
    const other = await startApp({
      databaseUrl: database.url,
      clock,
      settings: { delivery: { worker: false } },
    });
    try {
      stopIntervals(other);
      const id = await erase(app.http, { key: 'ada' });
      await Promise.all([stepAll(app), stepAll(other)]);
      await stepAll(app);
      expect(await progressOf(app.http, id)).toMatchObject({ state: 'finished', events: 350 });
      const rows = await query<unknown[]>('SELECT id FROM webhook_events WHERE erasure_id = ?', [id]);
      expect(rows).toHaveLength(350);
    } finally {
      await other.close();
    }
  });

  it('looks for a text inside, also in answers to events that do not have it', async () => {
    const mine = await publish(app.http, { mail: MARK });
    const theirs = await publish(app.http, { mail: 'bob@example.com' });
    receiver.answer(() => ({ status: 200, body: `last customer: ${MARK}` }));
    await deliverDue();
    const erasure = await eraseAll({ contains: MARK });
    expect(erasure).toMatchObject({ criteria: { contains: '[erased]' }, events: 1, attempts: 2 });
    expect(await eventOf(app.http, mine)).toMatchObject({ data: {} });
    expect(await eventOf(app.http, theirs)).toMatchObject({
      data: { mail: 'bob@example.com' },
      erased: null,
    });
    expect(await placesOf(PLAIN)).toEqual([]);
  });

  it('takes criteria together, and compares them exactly', async () => {
    const ids = [
      await publish(app.http, { n: 'needle' }, { model: 'a', key: 'k', tenant: 'acme' }),
      await publish(app.http, { n: 'Needle' }, { model: 'a', key: 'k', tenant: 'acme' }),
      await publish(app.http, { n: 'needle' }, { model: 'b', key: 'k', tenant: 'acme' }),
      await publish(app.http, { n: 'needle' }, { model: 'a', key: 'K', tenant: 'acme' }),
      await publish(app.http, { n: 'needle' }, { model: 'a', key: 'k', tenant: 'other' }),
    ];
    await eraseAll({ model: 'a', key: 'k', tenant: 'acme', contains: 'needle' });
    const erased = await Promise.all(ids.map(async (id) => (await eventOf(app.http, id))['erased'] !== null));
    expect(erased).toEqual([true, false, false, false, false]);
  });

  it('of a tenant’s token is of that tenant’s data alone, and seen by it alone', async () => {
    const { body } = await app.http
      .post('/admin/tokens')
      .send({ name: 'acme', scopes: ['*'], tenant: 'acme' })
      .expect(201);
    const acme = app.httpAs((body as { data: { token: string } }).data.token);
    const mine = await publish(acme, { n: 1 }, { key: 'ada' });
    const theirs = await publish(app.http, { n: 2 }, { key: 'ada', tenant: 'other' });
    const nobodys = await publish(app.http, { n: 3 }, { key: 'ada' });
    expect(messageOf(await acme.post('/admin/erase').send({ tenant: 'other' }).expect(403))).toMatch(
      /^This token works for the tenant "acme" alone/,
    );
    const id = await erase(acme, { key: 'ada' });
    await stepAll(app);
    expect(await progressOf(acme, id)).toMatchObject({
      state: 'finished',
      events: 1,
      criteria: { tenant: 'acme' },
    });
    expect((await eventOf(app.http, mine))['erased']).not.toBeNull();
    for (const other of [theirs, nobodys]) expect((await eventOf(app.http, other))['erased']).toBeNull();
    const all = await erase(app.http, { key: 'ada' });
    await acme.get(`/admin/erasures/${all}`).expect(404);
    const listed = async (http: HttpAgent) =>
      ((await http.get('/admin/erasures').expect(200)).body as { data: Erasure[] }).data.map((one) => one.id);
    expect(await listed(acme)).toEqual([id]);
    expect(await listed(app.http)).toEqual([all, id]);
  });

  it('is refused without a criterion and for values that make no sense', async () => {
    const refused = async (criteria: object) =>
      messageOf(await app.http.post('/admin/erase').send(criteria).expect(400));
    expect(await refused({})).toBe('Name what is to be erased: at least one of key, model, tenant, contains');
    expect(await refused({ key: '' })).toBe('key is a required field');
    expect(await refused({ key: 7 })).toMatch(/^key must be a `string` type/);
    expect(await refused({ key: 'k'.repeat(256) })).toBe('key must be at most 255 characters');
    expect(await refused({ model: ' a' })).toBe('model must not begin or end with a blank');
    expect(await refused({ tenant: '' })).toBe('tenant must have 1 to 255 characters');
    expect(await refused({ contains: 'abc' })).toBe('contains must have 4 to 512 characters');
    expect(await refused({ contains: 'x'.repeat(513) })).toBe('contains must have 4 to 512 characters');
    expect(await refused({ contains: null })).toMatch(/^contains must be a `string` type/);
    await app.http.post('/admin/erase').send({ all: true }).expect(400);
    await app.http.get('/admin/erasures/unknown').expect(404);
    expect(await query<unknown[]>('SELECT id FROM webhook_erasures')).toEqual([]);
  });

  it('stands in the audit log, without what was erased', async () => {
    const id = await erase(app.http, { key: MARK, contains: PLAIN });
    const { body } = await app.http.get('/admin/audit?action=erasure.start').expect(200);
    expect((body as { data: object[] }).data).toMatchObject([
      { targetKind: 'erasure', targetId: id, fields: ['key', 'contains'], status: 202 },
    ]);
    expect(JSON.stringify(body)).not.toContain(PLAIN);
  });

  it('reads no table from its beginning to its end in one statement', async () => {
    await seedHistory(app, { webhookId: webhook.id, count: 3_000, at: clock.now() - HOUR_MS });
    await query("UPDATE webhook_events SET `key` = 'ada', tenant = 'acme'");
    await app.http
      .post('/admin/events')
      .set('Idempotency-Key', 'once')
      .send({ type: 'order.shipped', data: { n: 1 }, key: 'ada' })
      .expect(202);
    const tables = ['webhook_events', 'webhook_deliveries', 'webhook_attempts', 'webhook_bodies'];
    await analyse(app, tables);
    const statements = [
      ...(await statementsOf(app, () => eraseAll({ key: 'ada', tenant: 'acme' }))),
      ...(await statementsOf(app, () => eraseAll({ contains: 'nothing of it' }))),
      ...(await statementsOf(app, () => eraseAll({ key: 'ada' }))),
    ];
    expect(statements.length).toBeGreaterThan(15);
    expect(await wholeScans(app, statements, tables)).toEqual([]);
  });
});

// SQLite has one writer at a time.
for (const kind of databasesFor('server')) {
  describe(`Erasing what another instance arranges to send meanwhile (${kind.name})`, () => {
    const { app, receiver, clock } = useStage(kind, {
      settings: {
        webhooks: { retrySchedule: [] },
        events: { custom: [{ name: 'order.shipped', description: 'An order was shipped.' }] },
      },
      isRestarted: true,
    });
    const query = <T>(text: string) => app.get<DataSource>(getDataSourceToken()).query<T>(text);

    it.each<[string, { isSent: boolean }, (webhookId: string) => Promise<unknown>]>([
      [
        'fans it out',
        { isSent: false },
        () =>
          app
            .get(FanOut)
            .batch({ take: () => false, release: () => undefined }, LEASE_MS, { from: 'oldest', most: 10 }),
      ],
      [
        'is asked for a redelivery',
        { isSent: true },
        async () => {
          const [only] = await deliveries(app.http);
          await app.http.post(`/admin/deliveries/${only?.id}/redeliver`).expect(202);
        },
      ],
      [
        'recovers it',
        { isSent: true },
        async (webhookId) => {
          await recover(app.http, webhookId, { since: clock.now() - HOUR_MS });
          while (await app.get(RecoveryRunner).runOnce());
        },
      ],
    ])('leaves nothing to send: it %s', async (_, { isSent }, meanwhile) => {
      const webhook = await createWebhook(app.http, receiver.url, { events: ['order.shipped'] });
      await publish(app.http, { n: 1 }, { key: 'ada' });
      if (isSent) {
        receiver.answer(500);
        await app.get(DeliveryWorker).runOnce();
        receiver.answer(200);
      }
      await erase(app.http, { key: 'ada' });
      const reads = new UnlockedReads(app);
      reads.interruptOnce(/SELECT id, webhook_id, tenant, state, lease_token FROM/, async () => {
        await meanwhile(webhook.id);
      });
      await stepAll(app);
      expect(reads.isInterrupted).toBe(true);
      expect(await deliveries(app.http, '?state=pending')).toEqual([]);
      expect(await query<unknown[]>('SELECT id FROM webhook_redeliveries')).toEqual([]);
      expect(await query<unknown[]>('SELECT event_id FROM webhook_bodies')).toEqual([]);
      expect(await query<unknown[]>("SELECT id FROM webhook_events WHERE `key` = 'ada'")).toEqual([]);
      receiver.requests.length = 0;
      await app.get(DeliveryWorker).runOnce();
      expect(receiver.requests).toEqual([]);
    });
  });
}

describeOnEveryDatabase('Erasing from an archive', (kind) => {
  const calls: string[] = [];
  let held: string[] = [];
  const archive: ArchivedObjects = {
    eraseSome: (_, cursor) => {
      calls.push(cursor);
      return Promise.resolve(
        cursor === ''
          ? { rewritten: 1, held: [], next: 'second' }
          : { rewritten: 1, held: [...held], next: null },
      );
    },
  };
  const { app, clock } = useStage(kind, { providers: [{ provide: ARCHIVED_OBJECTS, useValue: archive }] });

  it('names the objects that it cannot rewrite, and ends when it has', async () => {
    held = ['2026/11/30/08.ndjson.gz'];
    const id = await erase(app.http, { key: 'ada' });
    await stepAll(app);
    expect(await progressOf(app.http, id)).toMatchObject({
      state: 'running',
      phase: 'archive',
      archive: { rewritten: 2, held },
    });
    expect(calls).toEqual(['', 'second']);
    held = [];
    clock.advance(600_000);
    await stepAll(app);
    expect(await progressOf(app.http, id)).toMatchObject({ state: 'finished', archive: { held: [] } });
  });
});
