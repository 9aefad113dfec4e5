import { Controller, HttpCode, type LoggerService, Param, Post } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AuditRetention } from '../../src/admin/audit/audit-retention.js';
import { Audited } from '../../src/auth/audit.js';
import { RequiresScope } from '../../src/auth/scopes.js';
import { SystemClock } from '../../src/host/clock.js';
import { TimeOrderedIds } from '../../src/host/time-ordered-ids.js';
import { describeOnAnyDatabase, describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { analyse, planOf, statementsOf } from '../support/explain.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

/** A line of the log as the API tells it. */
interface Line {
  id: string;
  at: string;
  tokenId: string | null;
  tokenName: string;
  tenant: string | null;
  action: string;
  targetKind: string;
  targetId: string | null;
  fields: string[];
  details: object;
  status: number | null;
}

const CANARY = 'canary-5a1f';
const HOOK = { name: 'hook', url: 'https://127.0.0.1:9/hook', headers: {}, events: ['*'] };

async function lines(http: HttpAgent, query = ''): Promise<Line[]> {
  const { body } = await http.get(`/admin/audit${query}`).expect(200);
  return (body as { data: Line[] }).data;
}

/** What was done with what and how it ended, oldest first. */
async function told(http: HttpAgent, query = ''): Promise<[string, string | null, number | null][]> {
  const all = await lines(http, query);
  return all
    .map(({ action, targetId, status }): [string, string | null, number | null] => [action, targetId, status])
    .toReversed();
}

async function tokenOf(app: RunningApp, body: object): Promise<{ id: string; http: HttpAgent }> {
  const { body: made } = await app.http
    .post('/admin/tokens')
    .send({ name: 'one', scopes: ['*'], ...body })
    .expect(201);
  return { id: made.data.id, http: app.httpAs(made.data.token) };
}

describeOnAnyDatabase('The audit log', (kind) => {
  const { app, receiver } = useStage(kind, {
    settings: { delivery: { worker: true } },
    clock: 'system',
    isRestarted: true,
  });

  it('says who did what, with what, when, and how it ended', async () => {
    const before = Date.now();
    const { id: tokenId, http } = await tokenOf(app, { name: 'ci' });
    const body = { ...HOOK, url: `${receiver.url}/secret/path?key=${CANARY}`, headers: { 'X-Key': CANARY } };
    const { id } = await createWebhook(http, body.url, body);

    const [line] = await lines(app.http, `?targetId=${id}`);
    expect(Object.entries(line ?? {})).toEqual([
      ['id', expect.stringMatching(/^[0-9a-f-]{36}$/)],
      ['at', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)],
      ['tokenId', tokenId],
      ['tokenName', 'ci'],
      ['tenant', null],
      ['action', 'webhook.create'],
      ['targetKind', 'webhook'],
      ['targetId', id],
      ['fields', ['name', 'url', 'headers', 'events']],
      ['details', { url: receiver.url, headers: ['X-Key'] }],
      ['status', 201],
    ]);
    expect(Date.parse(line?.at ?? '')).toBeGreaterThanOrEqual(before - 1000);
  });

  it('has every call that changes something, each once', async () => {
    const { id: tokenId } = await tokenOf(app, {});
    const { id } = await createWebhook(app.http, receiver.url);
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ ...HOOK, url: receiver.url })
      .expect(200);
    await app.http.post(`/admin/webhooks/${id}/disable`).expect(200);
    await app.http.post(`/admin/webhooks/${id}/enable`).expect(200);
    await app.http.post(`/admin/webhooks/${id}/trigger`).expect(200);
    await app.http.get(`/admin/webhooks/${id}/secret`).expect(200).expect('Cache-Control', 'no-store');
    const eventId = await publish(app.http);
    await app.http.post('/admin/sending/pause').expect(200);
    await app.http.post('/admin/sending/resume').expect(200);
    const recovery = await app.http.post(`/admin/webhooks/${id}/recover`).send({ since: '2020-01-01' });
    expect(recovery.status).toBe(202);
    const many = await app.http.post('/admin/deliveries/redeliver').send({ filter: { webhookId: id } });
    expect(many.status).toBe(202);
    await app.http
      .post('/admin/deliveries/cancel')
      .send({ filter: { webhookId: id } })
      .expect(200);
    await eventually(async () => expect(await deliveries(app.http, '?state=pending')).toEqual([]));
    const [delivery] = await deliveries(app.http);
    await app.http.post(`/admin/deliveries/${delivery?.id}/redeliver`).expect(202);
    await app.http.post(`/admin/deliveries/${delivery?.id}/cancel`).expect(409);
    await app.http.delete(`/admin/webhooks/${id}`).expect(200);
    await app.http.delete(`/admin/tokens/${tokenId}`).expect(200);

    expect(await told(app.http)).toEqual([
      ['token.create', tokenId, 201],
      ['webhook.create', id, 201],
      ['webhook.update', id, 200],
      ['webhook.disable', id, 200],
      ['webhook.enable', id, 200],
      ['webhook.trigger', id, 200],
      ['webhook.read-secret', id, 200],
      ['event.publish', eventId, 202],
      ['sending.pause', null, 200],
      ['sending.resume', null, 200],
      ['webhook.recover', id, 202],
      ['deliveries.redeliver', many.body.data.id, 202],
      ['deliveries.cancel', null, 200],
      ['delivery.redeliver', delivery?.id, 202],
      ['delivery.cancel', delivery?.id, 409],
      ['webhook.delete', id, 200],
      ['token.revoke', tokenId, 200],
    ]);
    const all = await lines(app.http);
    expect(
      all.every(({ tokenId: by, tokenName }) => by === 'environment' && tokenName === 'ADMIN_TOKEN'),
    ).toBe(true);
  });

  it('names the fields that really changed', async () => {
    const body = { ...HOOK, url: receiver.url, headers: { 'X-Key': 'a' }, timeoutMs: 5_000 };
    const { id } = await createWebhook(app.http, body.url, body);
    const replace = async (more: object) => {
      await app.http
        .put(`/admin/webhooks/${id}`)
        .send({ ...body, ...more })
        .expect(200);
      const [line] = await lines(app.http, '?action=webhook.update&limit=1');
      return line?.fields;
    };
    expect(await replace({})).toEqual([]);
    expect(await replace({ name: 'other', timeoutMs: 5_000 })).toEqual(['name']);
    expect(await replace({ name: 'other', headers: { 'X-Key': 'b' }, events: [] })).toEqual([
      'headers',
      'events',
    ]);
    expect(await replace({ name: 'other', headers: { 'X-Key': 'b' }, events: [], isEnabled: false })).toEqual(
      ['isEnabled'],
    );
  });

  it('has what was refused, with what was tried', async () => {
    const little = await tokenOf(app, { name: 'little', scopes: ['webhooks:read', 'tokens:write'] });
    const acme = await tokenOf(app, { name: 'acme', tenant: 'acme' });
    const { id } = await createWebhook(app.http, receiver.url);
    await app.http
      .post('/admin/webhooks')
      .send({ ...HOOK, url: 'no url' })
      .expect(400);
    await app.http.put('/admin/webhooks/unknown').send(HOOK).expect(404);
    await little.http.put(`/admin/webhooks/${id}`).send(HOOK).expect(403);
    await little.http
      .post('/admin/tokens')
      .send({ name: 'more', scopes: ['audit:read', '*'] })
      .expect(403);
    await acme.http.delete(`/admin/webhooks/${id}`).expect(404);
    await acme.http.post('/admin/sending/pause').expect(403);
    await little.http.get(`/admin/webhooks/${id}/secret`).expect(403);
    await app.http.delete(`/admin/tokens/${'x'.repeat(200)}`).expect(404);

    const refused = (await lines(app.http)).filter(({ status }) => (status ?? 0) >= 400).toReversed();
    expect(
      refused.map(({ tokenName, action, targetId, status }) => [tokenName, action, targetId, status]),
    ).toEqual([
      ['ADMIN_TOKEN', 'webhook.create', null, 400],
      ['ADMIN_TOKEN', 'webhook.update', 'unknown', 404],
      ['little', 'webhook.update', id, 403],
      ['little', 'token.create', null, 403],
      ['acme', 'webhook.delete', id, 404],
      ['acme', 'sending.pause', null, 403],
      ['little', 'webhook.read-secret', id, 403],
      ['ADMIN_TOKEN', 'token.revoke', 'x'.repeat(64), 404],
    ]);
    expect(refused[2]).toMatchObject({
      fields: ['name', 'url', 'headers', 'events'],
      details: { url: 'https://127.0.0.1:9', headers: [] },
    });
    expect(refused[3]).toMatchObject({
      fields: ['name', 'scopes'],
      details: { scopes: ['audit:read', '*'] },
    });
  });

  it('does not have those whom nobody knows', async () => {
    await app.httpAs('pht_wrong').post('/admin/webhooks').send(HOOK).expect(401);
    await app.httpAs(null).delete('/admin/tokens/1').expect(401);
    expect(await lines(app.http)).toEqual([]);
  });

  it('has nothing of what only reads', async () => {
    for (const path of ['webhooks', 'tokens', 'deliveries', 'events', 'sending', 'audit', 'event-types']) {
      await app.http.get(`/admin/${path}`).expect(200);
    }
    expect(await lines(app.http)).toEqual([]);
  });

  it('has a line for each webhook of those that were deleted together', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push((await createWebhook(app.http, receiver.url)).id);
    await app.http
      .post('/admin/webhooks/batch-delete')
      .send({ ids: [...ids, 'unknown'] })
      .expect(200);
    await app.http.post('/admin/webhooks/batch-delete').send({ ids: [] }).expect(400);

    const deleted = await told(app.http, '?action=webhook.delete');
    expect(deleted.map(([, id]) => id).toSorted()).toEqual([...ids, null].toSorted());
    for (const id of ids) {
      expect(await told(app.http, `?action=webhook.delete&targetId=${id}`)).toEqual([
        ['webhook.delete', id, 200],
      ]);
    }
  });

  it('has no value: no secret, no header, no token, no body, no path of a URL', async () => {
    const body = {
      ...HOOK,
      name: CANARY,
      url: `http://127.0.0.1:${receiver.port}/${CANARY}?${CANARY}=${CANARY}`,
      headers: { 'X-Key': CANARY, Authorization: `Bearer ${CANARY}` },
    };
    const { id, secret } = await createWebhook(app.http, body.url, body);
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ ...body, events: [] })
      .expect(200);
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ ...body, [CANARY]: CANARY })
      .expect(400);
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ ...body, url: `ftp://${CANARY}` })
      .expect(400);
    await app.http.put(`/admin/webhooks/${id}`).send({ ...body, url: `https://u:${CANARY}@a.example` });
    await publish(app.http, { secret: CANARY }, { key: CANARY, model: CANARY });
    const made = await app.http
      .post('/admin/tokens')
      .send({ name: CANARY, scopes: ['*'] })
      .expect(201);
    await app.http
      .post('/admin/tokens')
      .send({ name: 'a', scopes: [CANARY] })
      .expect(400);

    const dataSource = app.get<DataSource>(getDataSourceToken());
    const rows = [
      ...(await dataSource.query<object[]>('SELECT * FROM admin_audit')),
      ...(await dataSource.query<object[]>('SELECT published_at, published_by FROM webhook_events')),
    ];
    expect(rows.length).toBeGreaterThanOrEqual(8);
    const everything = JSON.stringify([rows, await lines(app.http)]);
    for (const value of [CANARY, secret, made.body.data.token, app.token]) {
      expect(everything).not.toContain(value);
    }
  });

  it('shows a tenant’s token what that tenant’s tokens did', async () => {
    const acme = await tokenOf(app, { name: 'acme', tenant: 'acme' });
    const beta = await tokenOf(app, { name: 'beta', tenant: 'beta' });
    const { id } = await createWebhook(acme.http, receiver.url);
    await beta.http.delete(`/admin/webhooks/${id}`).expect(404);

    expect(await told(acme.http)).toEqual([['webhook.create', id, 201]]);
    expect(await told(beta.http)).toEqual([['webhook.delete', id, 404]]);
    expect(await told(beta.http, `?tokenId=${acme.id}`)).toEqual([]);
    expect(await told(app.http, `?targetId=${id}`)).toHaveLength(2);
  });

  it('is narrowed and read page by page, newest first', async () => {
    const { id: tokenId, http } = await tokenOf(app, {});
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await createWebhook(http, receiver.url)).id);

    const seen: (string | null)[] = [];
    let cursor = '';
    do {
      const query = `?action=webhook.create&tokenId=${tokenId}&limit=2${cursor && `&cursor=${cursor}`}`;
      const { body } = await app.http.get(`/admin/audit${query}`).expect(200);
      seen.push(...(body.data as Line[]).map(({ targetId }) => targetId));
      cursor = body.meta.nextCursor ?? '';
    } while (cursor);
    expect(seen).toEqual(ids.toReversed());

    const [newest, , oldest] = await lines(app.http, '?action=webhook.create&limit=3');
    const within = await lines(app.http, `?from=${oldest?.at}&to=${newest?.at}`);
    expect(within.every(({ at }) => at >= (oldest?.at ?? '') && at < (newest?.at ?? ''))).toBe(true);
    expect(await lines(app.http, '?to=2020-01-01')).toEqual([]);
    for (const query of ['cursor=x', 'limit=0', 'from=yesterday', 'who=me', 'action=a&action=b']) {
      await app.http.get(`/admin/audit?${query}`).expect(400);
    }
  });

  it('has what the backend did by itself', async () => {
    receiver.answer(410);
    const { id } = await createWebhook(app.http, receiver.url, { tenant: 'acme' });
    await publish(app.http, {}, { tenant: 'acme' });
    const line = await eventually(async () => {
      const [found] = await lines(app.http, '?action=webhook.disable');
      expect(found).toBeDefined();
      return found;
    });
    expect(line).toMatchObject({
      tokenId: null,
      tokenName: 'Posthorn',
      tenant: 'acme',
      targetId: id,
      fields: ['isEnabled'],
      details: { reason: 'gone' },
      status: 200,
    });
  });

  it('is written first: what cannot be written down is not done', async () => {
    const dataSource = app.get<DataSource>(getDataSourceToken());
    await dataSource.query('ALTER TABLE admin_audit RENAME TO admin_audit_away');
    const { body } = await app.http
      .post('/admin/webhooks')
      .send({ ...HOOK, url: receiver.url })
      .expect(500);
    expect(body.error.message).toContain('could not be written into the audit log, so nothing was changed');
    const listed = await app.http.get('/admin/webhooks').expect(200);
    expect(listed.body.data).toEqual([]);
    await dataSource.query('ALTER TABLE admin_audit_away RENAME TO admin_audit');
    await createWebhook(app.http, receiver.url);
  });
});

describeOnEveryDatabase('Published events in the audit log', (kind) => {
  const { app } = useStage(kind);
  const event = (n: number, more: object = {}) => ({ type: 'order.shipped', data: { n }, ...more });

  it('stand there by their own rows, without a statement of their own', async () => {
    const { id: tokenId, http } = await tokenOf(app, { name: 'shop' });
    const noted: string[] = [];
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const { logger } = dataSource;
    Object.assign(dataSource, { logger: { logQuery: (sql: string) => noted.push(sql) } });
    const eventId = await publish(http, { n: 1 }, { key: null, model: 'order' });
    Object.assign(dataSource, { logger });
    expect(noted.filter((sql) => sql.includes('admin_audit'))).toEqual([]);
    const [line] = await lines(app.http, '?action=event.publish');
    expect(line).toEqual({
      id: eventId,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      tokenId,
      tokenName: 'shop',
      tenant: null,
      action: 'event.publish',
      targetKind: 'event',
      targetId: eventId,
      fields: ['type', 'data', 'model', 'key'],
      details: {},
      status: 202,
    });
  });

  it('have a line for each event of an array, and none for what was recorded before', async () => {
    const items = [event(1, { idempotencyKey: 'a' }), event(2), event(1, { idempotencyKey: 'a' })];
    const { body } = await app.http.post('/admin/events').send(items).expect(202);
    const ids = (body as { data: { id: string }[] }).data.map(({ id }) => id);
    await app.http.post('/admin/events').set('Idempotency-Key', 'a').send(event(1)).expect(202);
    expect(await told(app.http)).toEqual([
      ['event.publish', ids[0], 202],
      ['event.publish', ids[1], 202],
    ]);
  });

  it('have a line for what was refused', async () => {
    const little = await tokenOf(app, { name: 'little', scopes: ['webhooks:read'] });
    await app.http.post('/admin/events').set('Idempotency-Key', 'a').send(event(1)).expect(202);
    await app.http
      .post('/admin/events')
      .send(event(1, { type: 'entry.create' }))
      .expect(400);
    await app.http.post('/admin/events').set('Idempotency-Key', 'a').send(event(2)).expect(409);
    await app.http
      .post('/admin/events')
      .send([event(1), { type: 'a.b' }])
      .expect(400);
    await little.http.post('/admin/events').send(event(1)).expect(403);
    const all = await lines(app.http, '?action=event.publish');
    expect(all.map(({ status, fields, tokenName }) => [status, tokenName, fields]).toReversed()).toEqual([
      [202, 'ADMIN_TOKEN', ['type', 'data']],
      [400, 'ADMIN_TOKEN', ['type', 'data']],
      [409, 'ADMIN_TOKEN', ['type', 'data']],
      [400, 'ADMIN_TOKEN', []],
      [403, 'little', ['type', 'data']],
    ]);
  });

  it('are read page by page among the other lines, and narrowed', async () => {
    const quoting = { name: '"tokenId":"environment",', scopes: ['*'] };
    const { id: tokenId, http } = await tokenOf(app, quoting);
    const made: (string | null)[] = [tokenId];
    for (let n = 0; n < 4; n += 1) {
      made.push(await publish(app.http), await publish(http));
      made.push((await createWebhook(app.http, 'http://127.0.0.1:9/')).id);
    }
    const seen: (string | null)[] = [];
    let cursor = '';
    do {
      const { body } = await app.http.get(`/admin/audit?limit=2${cursor && `&cursor=${cursor}`}`).expect(200);
      seen.push(...(body.data as Line[]).map(({ targetId }) => targetId));
      cursor = body.meta.nextCursor ?? '';
    } while (cursor);
    expect(seen).toEqual(made.toReversed());
    const targets = async (query: string) => (await told(app.http, query)).map(([, id]) => id);
    expect(await targets(`?tokenId=${tokenId}`)).toEqual(made.filter((_, n) => n > 0 && n % 3 === 2));
    expect(await targets('?tokenId=environment&action=event.publish')).toEqual(
      made.filter((_, n) => n > 0 && n % 3 === 1),
    );
    expect(await targets(`?targetId=${made[1]}`)).toEqual([made[1]]);
    expect(await targets('?action=webhook.create')).toEqual(made.filter((_, n) => n > 0 && n % 3 === 0));
    const [newest] = await lines(app.http, '?limit=1');
    expect(await targets(`?from=${newest?.at}`)).toContain(made.at(-1));
    expect(await targets('?to=2020-01-01')).toEqual([]);
  });

  it('are shown to the tenant of the token that published them', async () => {
    const acme = await tokenOf(app, { name: 'acme', tenant: 'acme' });
    await publish(app.http, {}, { tenant: 'acme' });
    const own = await publish(acme.http);
    expect(await told(acme.http)).toEqual([['event.publish', own, 202]]);
    expect(await told(app.http, '?action=event.publish')).toHaveLength(2);
  });

  it('are not read from all events', async () => {
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const rows = Array.from({ length: 2_000 }, (_, n) => [
      `0190163d-8694-739b-aea5-${n + 1e11}`,
      'a.b',
      '{}',
      1,
    ]);
    await dataSource.query(
      `INSERT INTO webhook_events (id, type, snapshot, created_at) VALUES ${rows.map(() => '(?,?,?,?)').join(',')}`,
      rows.flat(),
    );
    await publish(app.http);
    await analyse(app, ['webhook_events']);
    for (const query of [
      '?limit=10',
      '?tokenId=environment',
      `?cursor=${new TimeOrderedIds(new SystemClock()).next()}`,
    ]) {
      const [statement] = (await statementsOf(app, () => lines(app.http, query))).filter(({ sql }) =>
        sql.includes('webhook_events'),
      );
      const plan = statement && (await planOf(app, statement));
      expect(plan?.map(({ said }) => said).join()).toContain('webhook_events_published');
    }
  });
});

describeOnAnyDatabase('A line of the audit log whose end cannot be written', (kind) => {
  let app: RunningApp;

  /** The database goes away between a change and its end in the log. */
  @Controller('admin/test')
  class TestController {
    @Post(':id')
    @HttpCode(200)
    @Audited('test.change')
    @RequiresScope('webhooks:update')
    async change(@Param('id') id: string): Promise<object> {
      await app.get<DataSource>(getDataSourceToken()).query('ALTER TABLE admin_audit RENAME TO away');
      return { data: { id } };
    }
  }

  it('stands without an end, and the process’s own log says what is missing', async () => {
    const errors: unknown[] = [];
    const ignore = (): void => undefined;
    const logger: LoggerService = { log: ignore, warn: ignore, error: (message) => errors.push(message) };
    const database = await kind.create();
    app = await startApp({
      databaseUrl: database.url,
      logger,
      imports: [{ module: class {}, controllers: [TestController] }],
    });
    try {
      await app.http.post('/admin/test/7').expect(200);
      await app.get<DataSource>(getDataSourceToken()).query('ALTER TABLE away RENAME TO admin_audit');
      expect(await told(app.http)).toEqual([['test.change', '7', null]]);
      expect(errors).toEqual([
        expect.stringMatching(
          /lacks the result of test\.change of 7 by "ADMIN_TOKEN" \(environment\), status 200: /,
        ),
      ]);
    } finally {
      await app.close();
      await database.drop();
    }
  });
});

describeOnAnyDatabase('Old lines of the audit log', (kind) => {
  it.each([
    [30, 0, 1],
    [0, 1_201, 1_202],
  ])('kept %i days', async (auditDays, kept, inAll) => {
    const database = await kind.create();
    const clock = new ManualClock();
    const app = await startApp({ databaseUrl: database.url, clock, settings: { retention: { auditDays } } });
    try {
      await app.http.post('/admin/webhooks/unknown/disable').expect(404);
      await copyLine(app, 1_200);
      clock.advance(30 * 86_400_000 - 1);
      expect(await app.get(AuditRetention).runOnce()).toBe(0);
      clock.advance(2);
      await app.http.post('/admin/webhooks/unknown/enable').expect(404);
      expect(await app.get(AuditRetention).runOnce()).toBe(1_201 - kept);
      const [row] = await app
        .get<DataSource>(getDataSourceToken())
        .query<{ n: number | string }[]>('SELECT COUNT(*) AS n FROM admin_audit');
      expect(Number(row?.n)).toBe(inAll);
    } finally {
      await app.close();
      await database.drop();
    }
  });
});

/** Puts the one line that there is into the log again and again, at the same time. */
async function copyLine(app: RunningApp, times: number): Promise<void> {
  const dataSource = app.get<DataSource>(getDataSourceToken());
  const [line] = await dataSource.query<Record<string, unknown>[]>('SELECT * FROM admin_audit');
  if (!line) throw new Error('There is no line to copy.');
  const columns = Object.keys(line);
  for (let start = 0; start < times; start += 300) {
    const rows = Array.from({ length: 300 }, (_, n) => ({
      ...line,
      id: `${String(line['id']).slice(0, 24)}${String(start + n).padStart(12, '0')}`,
    }));
    await dataSource.query(
      `INSERT INTO admin_audit (${columns.map((name) => `\`${name}\``).join(',')})
       VALUES ${rows.map(() => `(${columns.map(() => '?').join(',')})`).join(',')}`,
      rows.flatMap((row) => Object.values(row)),
    );
  }
}
