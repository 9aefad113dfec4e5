import type { LoggerService } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { LookupAddress } from 'node:dns';
import { NAME_RESOLVER } from '../../src/delivery/sending/names/name-resolver.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { startReceiver } from '../../src/testing/receiver.js';
import { databasesFor, describeOnAnyDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { useStage } from '../support/stage.js';
import { SILENT, startApp } from '../support/start-app.js';
import { createWebhook, deliveries, delivery, onlyDelivery, publish } from '../support/webhooks.js';

const OTHER_KEY = Buffer.alloc(32, 9).toString('base64');
/** More than MOST_CLAIMS. */
const ROUNDS = 8;
/** The longest hold, milliseconds. */
const LONGEST_MS = 60_000;

describeOnAnyDatabase('A fault of this side', (kind) => {
  let fault: string | null = null;
  const logged: string[] = [];
  const resolve = async (name: string): Promise<LookupAddress[]> => {
    if (fault !== null) throw Object.assign(new Error(`${fault} ${name}`), { code: fault });
    return [{ address: '127.0.0.1', family: 4 }];
  };
  const logger: LoggerService = {
    ...SILENT,
    error: (...said: unknown[]) => void logged.push(said.join(' ')),
  };
  const { app, receiver, clock } = useStage(kind, {
    settings: { webhooks: { retrySchedule: [10, 10] } },
    providers: [{ provide: NAME_RESOLVER, useValue: resolve }],
    logger,
    isRestarted: true,
  });

  beforeEach(() => {
    fault = null;
    logged.length = 0;
  });

  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const counted = async () => {
    const rows = await app
      .get<DataSource>(getDataSourceToken())
      .query<Record<string, unknown>[]>(
        'SELECT state, lease_token, claim_count, attempts_begun, attempt_count, schedule_position FROM webhook_deliveries',
      );
    return rows;
  };
  const UNTOUCHED = {
    state: 'pending',
    lease_token: null,
    claim_count: 0,
    attempts_begun: 0,
    attempt_count: 0,
    schedule_position: 0,
  };
  const hook = () => createWebhook(app.http, `http://receiver.test:${receiver.port}/`);
  const ready = async () => (await app.httpAs(null).get('/health/ready').expect(200)).body as object;

  it.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'EAI_AGAIN', 'ENOBUFS', 'ENETDOWN', 'EPERM'])(
    '(%s) uses no attempt and no claim, and its delivery is tried again until it is mended',
    async (code) => {
      const { id } = await hook();
      await publish(app.http);
      fault = code;
      for (let round = 0; round < ROUNDS; round += 1) {
        await deliverDue();
        clock.advance(LONGEST_MS);
      }
      expect(await counted()).toEqual([UNTOUCHED]);
      const { body } = await app.http.get(`/admin/webhooks/${id}`).expect(200);
      expect(body.data.health).toMatchObject({ consecutiveFailures: 0, pausedUntil: null });
      const { text } = await app.http.get('/metrics').expect(200);
      expect(text).toContain(`posthorn_own_faults_total{code="${code}"} ${ROUNDS}`);
      expect(logged.filter((line) => line.includes(code))).toHaveLength(ROUNDS);
      expect(await ready()).toMatchObject({
        status: 'degraded',
        problems: [expect.stringContaining(code)],
      });

      fault = null;
      await deliverDue();
      expect(receiver.requests[0]?.headers['x-posthorn-attempt']).toBe('1');
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded', attemptCount: 1 });
      expect(await ready()).toMatchObject({ status: 'ok' });
    },
  );

  it.each(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED', 'ETIMEOUT'])('is none: %s', async (code) => {
    await hook();
    await publish(app.http);
    fault = code;
    await deliverDue();
    expect(await counted()).toMatchObject([{ attempt_count: 1, schedule_position: 1 }]);
    expect(await ready()).toMatchObject({ status: 'ok' });
  });

  it('holds its webhook a second, then longer and longer, and no other', async () => {
    const other = await startReceiver();
    await hook();
    fault = 'EMFILE';
    await publish(app.http);
    await deliverDue();
    await createWebhook(app.http, other.url);
    await publish(app.http);
    await deliverDue();
    expect(other.requests).toHaveLength(1);

    fault = null;
    clock.advance(999);
    await deliverDue();
    expect(receiver.requests).toHaveLength(0);
    clock.advance(1);
    fault = 'EMFILE';
    await deliverDue();
    fault = null;
    clock.advance(1_999);
    await deliverDue();
    expect(receiver.requests).toHaveLength(0);
    clock.advance(1);
    await deliverDue();
    expect(receiver.requests).toHaveLength(2);
    await other.close();
  });

  it('opens no breaker, though everything fails with it', async () => {
    await hook();
    fault = 'EMFILE';
    for (let n = 0; n < 30; n += 1) await publish(app.http, { n });
    await deliverDue();
    expect(await counted()).toEqual(Array.from({ length: 30 }, () => UNTOUCHED));
    expect(logged.filter((line) => line.includes('EMFILE'))).toHaveLength(1);
    fault = null;
    clock.advance(1_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(30);
  });

  it("leaves a person's redelivery to be made", async () => {
    await createWebhook(app.http, `http://receiver.test:${receiver.port}/`, { retrySchedule: [] });
    receiver.answer([500, 200]);
    await publish(app.http);
    await deliverDue();
    const { id } = await onlyDelivery(app.http);
    await app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202);
    fault = 'EMFILE';
    for (let round = 0; round < ROUNDS; round += 1) {
      await deliverDue();
      clock.advance(LONGEST_MS);
    }
    fault = null;
    await deliverDue();
    const sent = await delivery(app.http, id);
    expect(sent.attempts.map(({ number, statusCode }) => [number, statusCode])).toEqual([
      [1, 500],
      [2, 200],
    ]);
  });

  it('is a key that opens no secret: the start says so, and nothing of that webhook is claimed', async () => {
    const { id } = await hook();
    await app.restart({ secretsKey: OTHER_KEY });
    expect(logged).toEqual([
      expect.stringMatching(/^No key of SECRETS_KEY opens the secrets of 1 of 1 webhooks/),
    ]);
    expect(logged[0]).toContain(id);
    const healthy = await startReceiver();
    await createWebhook(app.http, healthy.url);
    await publish(app.http);
    for (let round = 0; round < ROUNDS; round += 1) {
      await deliverDue();
      clock.advance(LONGEST_MS);
    }
    expect(healthy.requests).toHaveLength(1);
    expect(receiver.requests).toHaveLength(0);
    const [waiting] = await deliveries(app.http, `?webhookId=${id}`);
    expect(waiting).toMatchObject({ state: 'pending', attemptCount: 0 });
    expect(await counted()).toContainEqual(UNTOUCHED);
    expect(await ready()).toMatchObject({ status: 'degraded', problems: [expect.stringContaining(id)] });
    await healthy.close();

    await app.restart();
    await deliverDue();
    expect(receiver.requests[0]?.headers['x-posthorn-attempt']).toBe('1');
    expect(await deliveries(app.http, `?webhookId=${id}`)).toMatchObject([{ state: 'succeeded' }]);
  });

  it('is a key that opens no secret: readiness and the overview are right from the start and after each change', async () => {
    const first = await hook();
    const second = await hook();
    const overview = async (http = app.http) => (await http.get('/admin/overview').expect(200)).body.data;
    expect([await ready(), await overview()]).toMatchObject([{ status: 'ok' }, { problems: [] }]);
    await app.restart({ secretsKey: OTHER_KEY });
    const lost = (text: string) => [expect.stringContaining(`opens the secrets of ${text} webhooks`)];
    expect(await ready()).toMatchObject({ status: 'degraded', problems: lost('2 of 2') });
    await app.http.delete(`/admin/webhooks/${first.id}`).expect(200);
    expect(await ready()).toMatchObject({ problems: lost('1 of 1') });
    await hook();
    expect(await ready()).toMatchObject({ problems: lost('1 of 2') });
    expect(await overview()).toMatchObject({ problems: lost('1 of 2') });
    // The sentence counts and names webhooks of every tenant.
    const { body } = await app.http.post('/admin/tokens').send({ name: 'a', scopes: ['*'], tenant: 'a' });
    expect(await overview(app.httpAs(body.data.token))).toMatchObject({ problems: [] });
    await app.http.delete(`/admin/webhooks/${second.id}`).expect(200);
    expect([await ready(), await overview()]).toMatchObject([{ status: 'ok' }, { problems: [] }]);
  });
});

const EVENTS = 60;

// SQLite belongs to one process; several instances share MySQL.
for (const kind of databasesFor('server')) {
  it('An instance with a wrong key uses up no attempt of a webhook that another one sends to (mysql)', async () => {
    const database = await kind.create();
    const receiver = await startReceiver();
    const right = await startApp({ databaseUrl: database.url });
    const { id } = await createWebhook(right.http, receiver.url, { retrySchedule: [60] });
    const wrong = await startApp({ databaseUrl: database.url, settings: { secretsKey: OTHER_KEY } });
    try {
      for (let n = 0; n < EVENTS; n += 1) await publish((n % 2 === 0 ? right : wrong).http, { n });
      await receiver.received(EVENTS, 20_000);
      const sent = await eventually(async () => {
        const all = await deliveries(right.http, '?state=succeeded&limit=200');
        expect(all).toHaveLength(EVENTS);
        return all;
      });
      expect(sent.every(({ attemptCount }) => attemptCount === 1)).toBe(true);
      const { body } = await right.http.get(`/admin/webhooks/${id}`).expect(200);
      expect(body.data.health).toMatchObject({ consecutiveFailures: 0, pausedUntil: null });

      // What a person asks for is left to the one that has the key.
      await wrong.http.post(`/admin/deliveries/${sent[0]?.id}/redeliver`).expect(202);
      await receiver.received(EVENTS + 1, 20_000);
    } finally {
      await wrong.close();
      await right.close();
      await receiver.close();
      await database.drop();
    }
  }, 60_000);
}
