import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnAnyDatabase, describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { analyse, statementsOf, wholeScans } from '../support/explain.js';
import { readPlan } from '../support/plans.js';
import { seedHistory } from '../support/seed-history.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries, delivery, onlyDelivery, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const MANY = 6_000;

describeOnEveryDatabase('What a person looks for in the history', (kind) => {
  let database: TestDatabase;
  let app: RunningApp;
  let webhookId: string;
  let failed: string[];
  let failedEvents: string[];
  let pending: string[];

  beforeAll(async () => {
    database = await kind.create();
    app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
    webhookId = (await createWebhook(app.http, 'http://127.0.0.1:9')).id;
    const at = Date.now() - 3_600_000;
    // What is rare lies before so much else that no page reaches it in one step.
    const old = await seedHistory(app, { webhookId, count: 3, at });
    failed = old.deliveryIds.toReversed();
    failedEvents = old.eventIds.toReversed();
    pending = (
      await seedHistory(app, { webhookId, count: 2, at: at + 10, state: 'pending' })
    ).deliveryIds.toReversed();
    await seedHistory(app, { webhookId: 'another', count: MANY, at: at + 100, state: 'succeeded' });
    await analyse(app, ['webhook_deliveries', 'webhook_events']);
  }, 60_000);

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const idsOf = async (query: string) => (await deliveries(app.http, query)).map(({ id }) => id);

  it.each<[string, () => string[]]>([
    ['?state=failed', () => failed],
    ['?statusClass=5xx', () => failed.concat(pending).toSorted().toReversed()],
    ['?statusClass=5xx&state=failed', () => failed],
    ['?state=pending', () => pending],
    ['?statusClass=4xx', () => []],
    ['?statusClass=none', () => []],
    ['?state=failed&event=order.shipped', () => failed],
    ['?state=failed&event=entry.create', () => []],
    ['?state=failed&statusCode=500', () => failed],
  ])('%s', async (query, expected) => {
    expect(await idsOf(query)).toEqual(expected());
  });

  it('by a delivery’s id, and by an event’s', async () => {
    expect(await idsOf(`?id=${failed[1]}`)).toEqual([failed[1]]);
    expect(await idsOf(`?id=${failedEvents[1]}`)).toEqual([failed[1]]);
    expect(await idsOf(`?id=${failed[1]}&state=succeeded`)).toEqual([]);
    expect(await idsOf('?id=nobody')).toEqual([]);
  });

  it('page by page, to the end, each delivery once', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await app.http
        .get(`/admin/deliveries?statusClass=2xx&limit=200${cursor && `&cursor=${cursor}`}`)
        .expect(200);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.meta.nextCursor ?? '';
    } while (cursor !== '');
    expect(seen).toHaveLength(MANY);
    expect(seen).toEqual([...new Set(seen)].toSorted().toReversed());
  });

  it('and refuses what is none', async () => {
    const { body } = await app.http.get('/admin/deliveries?statusClass=6xx').expect(400);
    expect(body.error.message).toBe('statusClass must be one of: 2xx, 3xx, 4xx, 5xx, none');
  });

  it.each<[object, number]>([
    [{ state: 'failed' }, 3],
    [{ state: 'pending' }, 2],
    [{ statusClass: '5xx' }, 5],
    [{ statusClass: '2xx' }, MANY],
    [{ webhookId: 'another' }, MANY],
    [{ webhookId: 'another', state: 'failed' }, 0],
    [{ from: '2020-01-01', event: 'order.shipped' }, MANY + 5],
    [{ to: '2020-01-01' }, 0],
  ])('counts %j', async (filter, matched) => {
    const { body } = await app.http.post('/admin/deliveries/count').send({ filter }).expect(200);
    expect(body).toEqual({ data: { matched, capped: false } });
  });

  it('counts by an event’s id, and refuses to count everything', async () => {
    const of = (filter: object) => app.http.post('/admin/deliveries/count').send({ filter });
    expect((await of({ id: failedEvents[0] }).expect(200)).body.data).toEqual({ matched: 1, capped: false });
    expect((await of({}).expect(400)).body.error.message).toMatch(/^filter is empty/);
  });

  it('means the same for a redelivery of many', async () => {
    const redeliver = async (filter: object) =>
      (await app.http.post('/admin/deliveries/redeliver').send({ filter }).expect(202)).body.data.matched;
    expect(await redeliver({ id: failedEvents[0], statusClass: '5xx' })).toBe(1);
    expect(await redeliver({ id: failedEvents[0], statusClass: '2xx' })).toBe(0);
  });

  it.each([
    '?state=failed',
    '?statusClass=5xx',
    '?state=pending',
    '?id=x',
    '?event=none',
    '?state=failed&statusClass=2xx',
  ])('%s reads nothing from beginning to end', async (query) => {
    const list = await statementsOf(app, () => app.http.get(`/admin/deliveries${query}`).expect(200));
    const filter = Object.fromEntries(new URLSearchParams(query));
    const count = await statementsOf(app, () =>
      app.http.post('/admin/deliveries/count').send({ filter }).expect(200),
    );
    // The whole history by its ids is walked in steps.
    const bounded = [...list, ...count].filter(
      ({ sql }) => !/\bid > \?/.test(sql) || /waiting|asked/.test(sql),
    );
    expect(await wholeScans(app, bounded, ['webhook_deliveries'])).toEqual([]);
    for (const { sql } of [...list, ...count]) {
      if (sql.includes('webhook_deliveries')) expect(sql).toMatch(/LIMIT|IN \(|= \?/);
    }
  });

  it.each([
    '',
    '?event=none',
    '?statusClass=4xx',
    '?webhookId=another',
    '?state=failed',
    '?state=failed&statusCode=404',
  ])('the list%s is read in the order of its index, and sorted by nobody', async (query) => {
    const statements = await statementsOf(app, () => app.http.get(`/admin/deliveries${query}`).expect(200));
    const ordered = statements.filter(({ sql }) => sql.includes('ORDER BY id DESC'));
    expect(ordered.length).toBeGreaterThan(0);
    const dataSource = app.get<DataSource>(getDataSourceToken());
    for (const statement of ordered) {
      const { sorts } = await readPlan(dataSource, statement);
      expect([statement.sql, sorts]).toEqual([statement.sql, false]);
    }
  });
});

describeOnEveryDatabase('A count', (kind) => {
  it('ends at ten thousand', async () => {
    const database = await kind.create();
    const app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
    try {
      await seedHistory(app, { webhookId: 'one', count: 10_001, at: Date.now() - 60_000, state: 'pending' });
      for (const filter of [{ webhookId: 'one' }, { state: 'pending' }, { statusClass: '5xx' }]) {
        const { body } = await app.http.post('/admin/deliveries/count').send({ filter }).expect(200);
        expect(body).toEqual({ data: { matched: 10_000, capped: true } });
      }
      const { body } = await app.http.get('/admin/overview').expect(200);
      expect(body.data.backlog).toMatchObject({ pending: 10_000, capped: true });
    } finally {
      await app.close();
      await database.drop();
    }
  }, 60_000);
});

describeOnAnyDatabase('Why the next attempt is when it is', (kind) => {
  const { app, receiver, clock } = useStage(kind, {
    settings: { webhooks: { retrySchedule: [5, 300], retryJitter: 0.1 } },
  });
  let webhookId: string;

  beforeEach(async () => {
    webhookId = (await createWebhook(app.http, receiver.url, { ordering: 'entry' })).id;
  });

  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const whyOf = async (http: HttpAgent, id: string) =>
    ((await delivery(http, id)) as unknown as { why: string | null }).why;

  it('is told of a retry, and of nothing that has ended', async () => {
    receiver.answer([500, 200]);
    await publish(app.http);
    await deliverDue();
    const { id } = await onlyDelivery(app.http);
    expect(await whyOf(app.http, id)).toBe('retry 1 of 2, 5 s after the failure, up to 10 % later');
    await app.http.post('/admin/sending/pause').expect(200);
    expect(await whyOf(app.http, id)).toBe('sending is paused as a whole');
    await app.http.post('/admin/sending/resume').expect(200);
    clock.advance(6_000);
    await deliverDue();
    expect(await whyOf(app.http, id)).toBeNull();
  });

  it('is told of a receiver that asked to wait', async () => {
    receiver.answer(() => ({ status: 503, headers: { 'Retry-After': '120' } }));
    await publish(app.http);
    await deliverDue();
    const { id } = await onlyDelivery(app.http);
    expect(await whyOf(app.http, id)).toMatch(/^paused until .* because the receiver asked \(Retry-After\)$/);
  });

  it('is told of one that waits in line', async () => {
    receiver.answer(500);
    const of = { model: 'order', key: '1' };
    await publish(app.http, { n: 1 }, of);
    await publish(app.http, { n: 2 }, of);
    await deliverDue();
    const [second] = await deliveries(app.http);
    expect(await whyOf(app.http, second!.id)).toBe('waits for an earlier event of the same thing');
  });

  it('a test says where it is in the history', async () => {
    const { body } = await app.http.post(`/admin/webhooks/${webhookId}/trigger`).expect(200);
    expect(body.data.statusCode).toBe(200);
    const made = await delivery(app.http, body.data.deliveryId);
    expect(made.attempts).toMatchObject([{ trigger: 'test', statusCode: 200 }]);
  });
});
