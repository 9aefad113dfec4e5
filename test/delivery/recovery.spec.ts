import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { RecoveryRunner } from '../../src/delivery/recovery/recovery-runner.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { databasesFor, describeOnEveryDatabase, exceptOnOceanBase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { analyse, planOf, statementsOf, wholeScans } from '../support/explain.js';
import { startReceiver } from '../../src/testing/receiver.js';
import { seedHistory } from '../support/seed-history.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import {
  createWebhook,
  deliveries,
  delivery,
  type MadeWebhook,
  onlyDelivery,
  publish,
} from '../support/webhooks.js';
import { useStage } from '../support/stage.js';
import { progressOf, recover, redeliver } from '../support/recoveries.js';

const HOUR_MS = 3_600_000;

/** Makes the batches and the attempts that they lead to, until there is no more to do. */
async function runAll(app: RunningApp): Promise<void> {
  do {
    await app.get(DeliveryWorker).runOnce();
  } while (await app.get(RecoveryRunner).runOnce());
}

describeOnEveryDatabase('Sending many again', (kind) => {
  const { app, receiver, clock } = useStage(kind, { settings: { webhooks: { retrySchedule: [] } } });
  let webhook: MadeWebhook;

  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const query = <T>(sql: string, values: unknown[] = []) =>
    app.get<DataSource>(getDataSourceToken()).query<T>(sql, values);

  /** A change of a webhook that the API does not make, such as of its age. */
  async function change(assignments: string): Promise<void> {
    await query(`UPDATE webhooks SET ${assignments}`);
    await query('UPDATE webhook_registry SET version = version + 1');
  }

  /** Publishes events whose deliveries end `failed` at once: there is no retry. */
  async function failOnce(count: number, more: Record<string, unknown> = {}): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) ids.push(await publish(app.http, { n }, more));
    receiver.answer(500);
    await deliverDue();
    receiver.answer(200);
    return ids;
  }

  beforeEach(async () => {
    webhook = await createWebhook(app.http, receiver.url);
  });

  describe('by filter', () => {
    it('makes one attempt of each, marked manual, and tells how far it has come', async () => {
      await failOnce(3);
      await publish(app.http, { n: 'succeeds' });
      await deliverDue();
      const asked = await redeliver(app.http, { state: 'failed', statusCode: 500 });
      expect(asked.matched).toBe(3);
      expect(await progressOf(app.http, asked.id)).toEqual({
        id: asked.id,
        kind: 'redeliver',
        state: 'running',
        matched: 3,
        done: 0,
        createdAt: new Date(clock.now()).toISOString(),
        finishedAt: null,
      });
      await runAll(app);
      expect(await progressOf(app.http, asked.id)).toMatchObject({
        state: 'finished',
        matched: 3,
        done: 3,
        finishedAt: new Date(clock.now()).toISOString(),
      });
      expect(receiver.requests).toHaveLength(7);
      const all = await Promise.all((await deliveries(app.http)).map(({ id }) => delivery(app.http, id)));
      expect(all.map(({ state, attempts }) => [state, attempts.map(({ trigger }) => trigger)])).toEqual([
        ['succeeded', ['event']],
        ...Array.from({ length: 3 }, () => ['succeeded', ['event', 'manual']]),
      ]);
    });

    it('changes neither state nor schedule when the attempt fails', async () => {
      await change("retry_schedule = '[10]'");
      receiver.answer(500);
      await publish(app.http);
      await deliverDue();
      const before = await onlyDelivery(app.http);
      await redeliver(app.http, { webhookId: webhook.id });
      await runAll(app);
      expect(await onlyDelivery(app.http)).toMatchObject({
        state: 'pending',
        nextAttemptAt: before.nextAttemptAt,
        attemptCount: 2,
      });
    });

    it('asked for twice sends nothing twice that still waits', async () => {
      await failOnce(2);
      const first = await redeliver(app.http, { state: 'failed' });
      const second = await redeliver(app.http, { state: 'failed' });
      expect(second.matched).toBe(2);
      while (await app.get(RecoveryRunner).runOnce());
      await runAll(app);
      expect(receiver.requests).toHaveLength(4);
      expect(await progressOf(app.http, first.id)).toMatchObject({ state: 'finished', done: 2 });
      expect(await progressOf(app.http, second.id)).toMatchObject({ state: 'finished', done: 2 });
    });

    it('goes through any number, a few at a time, and goes on after a restart', async () => {
      await seedHistory(app, { webhookId: webhook.id, count: 130, at: clock.now() - HOUR_MS });
      const asked = await redeliver(app.http, { webhookId: webhook.id, state: 'failed' });
      expect(asked.matched).toBe(130);
      expect(await app.get(RecoveryRunner).runOnce()).toBe(true);
      expect(await app.get(RecoveryRunner).runOnce()).toBe(false);
      const [row] = await query<{ n: string | number }[]>('SELECT COUNT(*) AS n FROM webhook_redeliveries');
      expect(Number(row?.n)).toBe(32);
      expect(await progressOf(app.http, asked.id)).toMatchObject({ state: 'running', done: 32 });

      await app.restart();
      await runAll(app);
      expect(await progressOf(app.http, asked.id)).toMatchObject({ state: 'finished', done: 130 });
      expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(130);
      expect(receiver.requests).toHaveLength(130);
    });

    it('passes over what has no webhook any more, and counts it', async () => {
      await failOnce(2);
      await app.http.delete(`/admin/webhooks/${webhook.id}`).expect(200);
      const asked = await redeliver(app.http, { state: 'failed' });
      await runAll(app);
      expect(await progressOf(app.http, asked.id)).toMatchObject({ state: 'finished', matched: 2, done: 2 });
      expect(receiver.requests).toHaveLength(2);
    });

    it('means what was made within a time', async () => {
      await failOnce(1);
      clock.advance(1_000);
      const from = clock.now();
      await failOnce(2);
      clock.advance(1_000);
      const to = new Date(clock.now()).toISOString();
      await failOnce(4);
      expect((await redeliver(app.http, { from })).matched).toBe(6);
      expect((await redeliver(app.http, { from, to })).matched).toBe(2);
      expect((await redeliver(app.http, { to })).matched).toBe(3);
      expect((await redeliver(app.http, { to, event: 'entry.create' })).matched).toBe(0);
    });

    it.each([
      [{ filter: {} }, 'filter is empty and would mean every delivery there is: say which you mean'],
      [{}, 'filter is a required field'],
      [{ filter: [] }, 'filter must be a `object` type'],
      [{ filter: { colour: 'red' } }, 'this field has unspecified keys: colour'],
      [{ filter: { state: 'lost' } }, 'state must be one of: pending, succeeded, failed'],
      [{ filter: { statusCode: '500' } }, 'statusCode must be a `number` type'],
      [{ filter: { from: 'yesterday' } }, 'from must be a time such as 2020-01-10T08:47:36Z'],
      [{ filter: { webhookId: null } }, 'webhookId must be a `string` type'],
    ])('is refused for %j', async (body, message) => {
      for (const path of ['/admin/deliveries/redeliver', '/admin/deliveries/cancel']) {
        const refused = await app.http.post(path).send(body).expect(400);
        expect((refused.body as { error: { message: string } }).error.message).toContain(message);
      }
    });
  });

  describe('by recovering a webhook', () => {
    it('brings failed deliveries of events since a time back on a fresh schedule', async () => {
      const [early] = await failOnce(1);
      clock.advance(1_000);
      const [late] = await failOnce(1);
      const listed = await app.http.get(`/admin/events/${late}`).expect(200);
      const { createdAt } = (listed.body as { data: { createdAt: string } }).data;
      clock.advance(HOUR_MS);
      await change("retry_schedule = '[10]'");

      const asked = await recover(app.http, webhook.id, { since: createdAt });
      expect(asked.matched).toBe(1);
      receiver.answer([500, 200]);
      await runAll(app);
      const [recovered] = (await deliveries(app.http)).filter(({ eventId }) => eventId === late);
      expect(recovered).toMatchObject({ state: 'pending', reason: null, finishedAt: null });
      clock.advance(11_000);
      await deliverDue();
      const seen = await delivery(app.http, recovered?.id ?? '');
      expect(seen.state).toBe('succeeded');
      expect(seen.attempts.map(({ number, trigger }) => [number, trigger])).toEqual([
        [1, 'event'],
        [2, 'recovery'],
        [3, 'recovery'],
      ]);
      expect(await progressOf(app.http, asked.id)).toMatchObject({
        kind: 'recover',
        state: 'finished',
        matched: 1,
        done: 1,
      });
      const untouched = (await deliveries(app.http)).find(({ eventId }) => eventId === early);
      expect(untouched).toMatchObject({ state: 'failed', attemptCount: 1 });
      const sent = receiver.requests.filter(({ headers }) => headers['webhook-id'] === late);
      expect(new Set(sent.map(({ body }) => body.toString())).size).toBe(1);
    });

    it('gives a delivery all of its retries again, however many it had used', async () => {
      await change("retry_schedule = '[10]'");
      await publish(app.http);
      receiver.answer([500, 500, 500, 200]);
      await deliverDue();
      clock.advance(11_000);
      await deliverDue();
      expect((await onlyDelivery(app.http)).state).toBe('failed');

      await recover(app.http, webhook.id, { since: '2020-01-01' });
      await runAll(app);
      clock.advance(11_000);
      await deliverDue();
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded', attemptCount: 4 });
    });

    it('takes a delivery for when its event was, however late it was made, and until a time', async () => {
      const at = clock.now() - 5 * HOUR_MS;
      const { deliveryIds } = await seedHistory(app, { webhookId: webhook.id, count: 10, at });
      const matched = async (body: object) => (await recover(app.http, webhook.id, body)).matched;
      expect(await matched({ since: at + 4 })).toBe(6);
      expect(await matched({ since: at + 4, until: at + 7 })).toBe(3);
      expect(await matched({ since: at + 10 })).toBe(0);
      expect(deliveryIds).toHaveLength(10);
    });

    it('takes neither what is pending, nor other webhooks’, nor what was sent as a test', async () => {
      const other = await createWebhook(app.http, receiver.url);
      await failOnce(1);
      await change("retry_schedule = '[10]'");
      receiver.answer(500);
      await publish(app.http);
      await deliverDue();
      await app.http.post(`/admin/webhooks/${webhook.id}/trigger`).expect(200);
      const asked = await recover(app.http, webhook.id, { since: clock.now() - 1_000, missed: true });
      expect(asked.matched).toBe(1);
      await runAll(app);
      const ofOther = await deliveries(app.http, `?webhookId=${other.id}&state=failed`);
      expect(ofOther).toHaveLength(1);
      const again = await recover(app.http, webhook.id, { since: clock.now() - 1_000, missed: true });
      expect(again.matched).toBe(0);
    });

    it('brings what happened while it was disabled, when that is asked for, and once', async () => {
      const since = clock.now();
      await app.http.post(`/admin/webhooks/${webhook.id}/disable`).expect(200);
      clock.advance(1_000);
      for (let n = 0; n < 3; n += 1) await publish(app.http, { n });
      await deliverDue();
      clock.advance(1_000);
      await app.http.post(`/admin/webhooks/${webhook.id}/enable`).expect(200);

      expect((await recover(app.http, webhook.id, { since })).matched).toBe(0);
      await runAll(app);
      expect(receiver.requests).toHaveLength(0);

      const asked = await recover(app.http, webhook.id, { since, missed: true });
      const twice = await recover(app.http, webhook.id, { since, missed: true });
      expect([asked.matched, twice.matched]).toEqual([3, 3]);
      await runAll(app);
      expect(
        receiver.requests.map((request) => (request.json()['data'] as { n: number }).n).toSorted(),
      ).toEqual([0, 1, 2]);
      expect(await progressOf(app.http, asked.id)).toMatchObject({ state: 'finished', done: 3 });
      expect(await progressOf(app.http, twice.id)).toMatchObject({ state: 'finished' });
      const all = await Promise.all((await deliveries(app.http)).map(({ id }) => delivery(app.http, id)));
      expect(all.map(({ state, attempts }) => [state, attempts[0]?.trigger])).toEqual(
        Array.from({ length: 3 }, () => ['succeeded', 'recovery']),
      );
      expect((await recover(app.http, webhook.id, { since, missed: true })).matched).toBe(0);
    });

    it('brings nothing that it would not have got: other types, other tenants, tests, and what was before it', async () => {
      const since = clock.now() - HOUR_MS;
      await publish(app.http, { n: 'before the webhook' });
      clock.advance(1_000);
      const picky = await createWebhook(app.http, receiver.url, { events: ['entry.*'], tenant: 'a' });
      await app.http.post(`/admin/webhooks/${picky.id}/disable`).expect(200);
      await app.http.post(`/admin/webhooks/${webhook.id}/disable`).expect(200);
      clock.advance(1_000);
      await publish(app.http, { n: 'other tenant' }, { tenant: 'b' });
      await publish(app.http, { n: 'other type' }, { tenant: 'a' });
      const wanted = await publish(app.http, { n: 'wanted' }, { tenant: 'a' });
      await query("UPDATE webhook_events SET type = 'entry.archived' WHERE id = ?", [wanted]);
      await deliverDue();
      await app.http
        .post(`/admin/webhooks/${webhook.id}/trigger`)
        .send({ event: 'media.create' })
        .expect(200);
      receiver.requests.length = 0;
      for (const { id } of [picky, webhook]) await app.http.post(`/admin/webhooks/${id}/enable`).expect(200);

      await recover(app.http, picky.id, { since, missed: true });
      await runAll(app);
      expect(receiver.requests.map((request) => request.json()['data'])).toEqual([{ n: 'wanted' }]);
      // That of everyone, who was there before all of it: all but the test of a media event.
      expect((await recover(app.http, webhook.id, { since, missed: true })).matched).toBe(4);
    });

    it('leaves to the fan-out what is not fanned out yet', async () => {
      const since = clock.now();
      await publish(app.http);
      await recover(app.http, webhook.id, { since, missed: true });
      while (await app.get(RecoveryRunner).runOnce());
      expect(await deliveries(app.http)).toEqual([]);
      await runAll(app);
      expect((await onlyDelivery(app.http)).attempts.map(({ trigger }) => trigger)).toEqual(['event']);
    });

    it('goes through any number, goes on after a restart, and sends each once', async () => {
      const at = clock.now() - HOUR_MS;
      const { deliveryIds } = await seedHistory(app, { webhookId: webhook.id, count: 500, at });
      await query('DELETE FROM webhook_deliveries WHERE id >= ?', [deliveryIds[250]]);
      await change(`created_at = ${at - 1}`);
      const asked = await recover(app.http, webhook.id, { since: at, missed: true });
      expect(asked.matched).toBe(500);
      expect(await app.get(RecoveryRunner).runOnce()).toBe(true);
      expect(await progressOf(app.http, asked.id)).toMatchObject({ state: 'running', done: 200 });

      await app.restart();
      await runAll(app);
      expect(await progressOf(app.http, asked.id)).toMatchObject({ state: 'finished', done: 500 });
      expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(500);
      expect(receiver.requests).toHaveLength(500);
    });

    it('keeps the order of a webhook that wants one', async () => {
      await change("ordering = 'entry'");
      await app.restart();
      // Ids of two processes have an order only from one millisecond to the next.
      clock.advance(1_000);
      const thing = { model: 'order', key: '7' };
      await failOnce(3, thing);
      receiver.requests.length = 0;
      await recover(app.http, webhook.id, { since: clock.now() - 1_000 });
      while (await app.get(RecoveryRunner).runOnce());
      await publish(app.http, { n: 3 }, thing);
      await deliverDue();
      expect(receiver.requests.map((request) => (request.json()['data'] as { n: number }).n)).toEqual([
        0, 1, 2, 3,
      ]);
      expect(await deliveries(app.http, '?state=succeeded')).toHaveLength(4);
    });

    it('ends where it stands when the webhook is disabled meanwhile', async () => {
      await seedHistory(app, { webhookId: webhook.id, count: 300, at: clock.now() - HOUR_MS });
      const asked = await recover(app.http, webhook.id, { since: clock.now() - 2 * HOUR_MS });
      expect(await app.get(RecoveryRunner).runOnce()).toBe(true);
      await app.http.post(`/admin/webhooks/${webhook.id}/disable`).expect(200);
      await runAll(app);
      expect(await progressOf(app.http, asked.id)).toMatchObject({
        state: 'finished',
        matched: 300,
        done: 200,
      });
      expect(receiver.requests).toHaveLength(0);
      expect(await deliveries(app.http, '?state=pending')).toEqual([]);
    });

    it('keeps the batch and its place together: what fails is undone and made again later', async () => {
      await seedHistory(app, { webhookId: webhook.id, count: 3, at: clock.now() - HOUR_MS });
      const asked = await recover(app.http, webhook.id, { since: clock.now() - 2 * HOUR_MS });
      await query("UPDATE webhook_recoveries SET filter = '{}'");
      expect(await app.get(RecoveryRunner).runOnce()).toBe(true);
      expect(await app.get(RecoveryRunner).runOnce()).toBe(false);
      expect(await progressOf(app.http, asked.id)).toMatchObject({ state: 'running', done: 0 });
      // Others are not held up by it.
      const other = await recover(app.http, webhook.id, { since: clock.now() - 2 * HOUR_MS });
      await runAll(app);
      expect(await progressOf(app.http, other.id)).toMatchObject({ state: 'finished', done: 3 });
    });

    it('is refused for a webhook that is disabled or not there, and for times that make no sense', async () => {
      const path = `/admin/webhooks/${webhook.id}/recover`;
      const since = '2020-01-10T08:47:36Z';
      const messageOf = async (body: object, status: number) => {
        const refused = await app.http.post(path).send(body).expect(status);
        return (refused.body as { error: { message: string } }).error.message;
      };
      expect(await messageOf({}, 400)).toBe('since is a required field');
      expect(await messageOf({ since: 'long ago' }, 400)).toMatch(/^since must be a time such as/);
      expect(await messageOf({ since: true }, 400)).toMatch(/^since must be a time such as/);
      expect(await messageOf({ since, until: since }, 400)).toBe('until must be a time after since');
      expect(await messageOf({ since, missed: 'yes' }, 400)).toMatch(/^missed must be a `boolean` type/);
      await app.http.post(`/admin/webhooks/${webhook.id}/disable`).expect(200);
      expect(await messageOf({ since }, 409)).toBe(
        'The webhook is disabled: enable it first, then recover what it missed.',
      );
      await app.http.delete(`/admin/webhooks/${webhook.id}`).expect(200);
      expect(await messageOf({ since }, 404)).toBe('webhook.notFound');
    });
  });

  describe('or cancelling them', () => {
    it('ends what is pending and meant, and counts it', async () => {
      const other = await createWebhook(app.http, receiver.url);
      await change("retry_schedule = '[10]'");
      receiver.answer(500);
      for (let n = 0; n < 3; n += 1) await publish(app.http, { n });
      await deliverDue();
      await publish(app.http, { n: 3 });
      receiver.answer(200);
      await deliverDue();
      const cancel = async (filter: object) => {
        const response = await app.http.post('/admin/deliveries/cancel').send({ filter }).expect(200);
        return (response.body as { data: { cancelled: number } }).data.cancelled;
      };
      expect(await cancel({ event: 'entry.create' })).toBe(0);
      expect(await cancel({ webhookId: other.id, statusCode: 500 })).toBe(3);
      expect(await cancel({ webhookId: other.id, state: 'pending' })).toBe(0);
      const ended = await deliveries(app.http, `?webhookId=${other.id}&statusCode=500`);
      expect(ended.map(({ state, reason }) => [state, reason])).toEqual(
        Array.from({ length: 3 }, () => ['failed', 'cancelled']),
      );
      expect(await deliveries(app.http, '?state=pending')).toHaveLength(3);
      expect(await cancel({ event: 'order.shipped' })).toBe(3);
      const refused = await app.http
        .post('/admin/deliveries/cancel')
        .send({ filter: { state: 'failed' } })
        .expect(400);
      expect((refused.body as { error: { message: string } }).error.message).toBe(
        'state can only be pending here: what has ended cannot be cancelled',
      );
      clock.advance(100_000);
      const sent = receiver.requests.length;
      await deliverDue();
      expect(receiver.requests).toHaveLength(sent);
    });

    it('goes through any number', async () => {
      const at = clock.now();
      await seedHistory(app, { webhookId: webhook.id, count: 1_200, at, state: 'pending' });
      clock.advance(5_000);
      const response = await app.http
        .post('/admin/deliveries/cancel')
        .send({ filter: { from: at + 100 } })
        .expect(200);
      expect(response.body).toEqual({ data: { cancelled: 1_100 } });
      const [row] = await query<{ n: number | string }[]>(
        "SELECT COUNT(*) AS n FROM webhook_deliveries WHERE state = 'pending' AND lane IS NOT NULL",
      );
      expect(Number(row?.n)).toBe(100);
    });
  });

  it('a tenant reaches its own things alone, and a token its scopes alone', async () => {
    const tokenOf = async (body: object) => {
      const made = await app.http
        .post('/admin/tokens')
        .send({ name: 'x', ...body })
        .expect(201);
      return app.httpAs((made.body as { data: { token: string } }).data.token);
    };
    const a = await tokenOf({ scopes: ['*'], tenant: 'a' });
    const b = await tokenOf({ scopes: ['*'], tenant: 'b' });
    const reader = await tokenOf({ scopes: ['deliveries:read'] });
    const ofA = await createWebhook(a, receiver.url);
    const ofB = await createWebhook(b, receiver.url);
    await failOnce(2, { tenant: 'a' });
    await failOnce(3, { tenant: 'b' });
    receiver.requests.length = 0;

    const asked = await redeliver(a, { state: 'failed' });
    expect(asked.matched).toBe(2);
    expect((await redeliver(a, { tenant: 'b' })).matched).toBe(0);
    await runAll(app);
    expect(receiver.requests).toHaveLength(2);
    expect(await progressOf(a, asked.id)).toMatchObject({ done: 2 });
    expect(await progressOf(app.http, asked.id)).toMatchObject({ done: 2 });
    const hidden = await b.get(`/admin/recoveries/${asked.id}`).expect(404);
    expect((hidden.body as { error: { message: string } }).error.message).toBe('recovery.notFound');
    await app.http.get('/admin/recoveries/unknown').expect(404);

    await a.post(`/admin/webhooks/${ofB.id}/recover`).send({ since: 1_600_000_000_000 }).expect(404);
    const byOperator = await recover(app.http, ofA.id, { since: 1_600_000_000_000 });
    expect(await progressOf(a, byOperator.id)).toMatchObject({ kind: 'recover' });
    await b.get(`/admin/recoveries/${byOperator.id}`).expect(404);

    await reader.get(`/admin/recoveries/${asked.id}`).expect(200);
    await reader
      .post('/admin/deliveries/redeliver')
      .send({ filter: { state: 'failed' } })
      .expect(403);
    await reader
      .post('/admin/deliveries/cancel')
      .send({ filter: { state: 'pending' } })
      .expect(403);
    await reader.post(`/admin/webhooks/${ofA.id}/recover`).send({ since: 1_600_000_000_000 }).expect(403);
  });

  exceptOnOceanBase(it, 'It joins some thousand rows by reading them whole, whatever is hinted.')(
    'reads through indices, however long the history is',
    async () => {
      const tables = [
        'webhook_deliveries',
        'webhook_events',
        'webhook_bodies',
        'webhook_attempts',
        'webhook_redeliveries',
      ];
      const at = clock.now() - HOUR_MS;
      const other = await createWebhook(app.http, receiver.url);
      await seedHistory(app, { webhookId: other.id, count: 20_000, at: at - 100_000, state: 'succeeded' });
      await seedHistory(app, { webhookId: webhook.id, count: 300, at });
      await seedHistory(app, { webhookId: webhook.id, count: 300, at: at + 1_000, state: 'pending' });
      const { deliveryIds } = await seedHistory(app, { webhookId: webhook.id, count: 300, at: at + 2_000 });
      await query('DELETE FROM webhook_deliveries WHERE id >= ?', [deliveryIds[100]]);
      await change(`created_at = ${at - 1_000_000}`);
      await analyse(app, tables);
      const runner = app.get(RecoveryRunner);
      const statements = await statementsOf(app, async () => {
        await redeliver(app.http, { webhookId: webhook.id, state: 'failed' });
        await redeliver(app.http, { state: 'failed', from: at, tenant: 'a' });
        await recover(app.http, webhook.id, { since: at, missed: true });
        while (await runner.runOnce());
        await app.http
          .post('/admin/deliveries/cancel')
          .send({ filter: { webhookId: webhook.id } })
          .expect(200);
        await app.http
          .post('/admin/deliveries/cancel')
          .send({ filter: { event: 'order.shipped' } })
          .expect(200);
      });
      // What waits for a redelivery is a short table, and looked at with a limit.
      const looked = tables.filter((table) => table !== 'webhook_redeliveries');
      expect(statements.length).toBeGreaterThan(15);
      expect(await wholeScans(app, statements, looked)).toEqual([]);
      const ofPending = statements.filter(({ sql }) => /WHERE lane/.test(sql));
      expect(ofPending).toHaveLength(2);
      for (const statement of ofPending) {
        expect((await planOf(app, statement))[0]?.said).toContain('webhook_deliveries_due');
      }
      // The looking itself: what reads it all is found out.
      const bad = { sql: 'SELECT id FROM `webhook_deliveries` WHERE state = ?', parameters: ['failed'] };
      expect(await wholeScans(app, [bad], looked)).toHaveLength(1);
    },
    60_000,
  );
});

describeOnEveryDatabase('Recovering in the background', (kind) => {
  it('goes on by itself, and stops with the application', async () => {
    const database = await kind.create();
    const receiver = await startReceiver();
    const app = await startApp({ databaseUrl: database.url });
    try {
      const webhook = await createWebhook(app.http, receiver.url);
      await seedHistory(app, { webhookId: webhook.id, count: 600, at: Date.now() - HOUR_MS });
      const asked = await recover(app.http, webhook.id, { since: Date.now() - 2 * HOUR_MS });
      expect(asked.matched).toBe(600);
      await receiver.received(600, 60_000);
      await eventually(async () => {
        expect(await progressOf(app.http, asked.id)).toMatchObject({ state: 'finished', done: 600 });
        expect(await deliveries(app.http, '?state=pending')).toEqual([]);
      });
      const again = await redeliver(app.http, { webhookId: webhook.id });
      await receiver.received(1_200, 60_000);
      await eventually(async () => {
        expect(await progressOf(app.http, again.id)).toMatchObject({ state: 'finished', done: 600 });
      });
      expect(receiver.requests).toHaveLength(1_200);
      await redeliver(app.http, { webhookId: webhook.id });
      await app.close();
    } finally {
      await app.close().catch(() => undefined);
      await receiver.close();
      await database.drop();
    }
  }, 150_000);
});

// SQLite belongs to one process; several instances share MySQL.
for (const kind of databasesFor('server')) {
  describe('Two instances that recover the same', () => {
    it('make each delivery due once, and every attempt once', async () => {
      const database = await kind.create();
      const receiver = await startReceiver();
      const apps = await Promise.all([1, 2].map(() => startApp({ databaseUrl: database.url })));
      try {
        const [one, two] = apps;
        if (!one || !two) throw new Error('Two instances were to be started.');
        const webhook = await createWebhook(one.http, receiver.url);
        await seedHistory(one, { webhookId: webhook.id, count: 1_000, at: Date.now() - HOUR_MS });
        const since = Date.now() - 2 * HOUR_MS;
        const asked = await Promise.all([
          recover(one.http, webhook.id, { since, missed: true }),
          recover(two.http, webhook.id, { since, missed: true }),
        ]);
        await receiver.received(1_000, 90_000);
        await eventually(async () => {
          for (const { id } of asked)
            expect(await progressOf(one.http, id)).toMatchObject({ state: 'finished' });
          expect(await deliveries(one.http, '?state=pending')).toEqual([]);
        }, 30_000);
        const again = await redeliver(two.http, { webhookId: webhook.id });
        await receiver.received(2_000, 90_000);
        await eventually(async () => {
          expect(await progressOf(one.http, again.id)).toMatchObject({ state: 'finished', done: 1_000 });
        }, 30_000);
        expect(receiver.requests).toHaveLength(2_000);
      } finally {
        for (const app of apps) await app.close();
        await receiver.close();
        await database.drop();
      }
    }, 240_000);
  });
}
