import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Retention } from '../../src/delivery/retention/retention.js';
import { MASK } from '../../src/auth/mask.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { createWebhook, deliveries, delivery, publish, type SeenAttempt } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const DAY_MS = 86_400_000;

interface RequestRow {
  id: string;
  webhook_id: string;
  url: string;
  headers: string;
}

interface AttemptRow {
  url: string;
  request_headers: string;
  request_id: string | null;
}

describeOnEveryDatabase('What the requests of a webhook have in common', (kind) => {
  const { app, receiver, clock } = useStage(kind, {
    settings: {
      webhooks: { retrySchedule: [60], defaultHeaders: { 'X-Shop': 'secret of the shop' } },
      retention: { deliveriesDays: 10, payloadsDays: 10, attemptsDays: 10 },
    },
  });

  const dataSource = () => app.get<DataSource>(getDataSourceToken());
  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const removeOld = () => app.get(Retention).runOnce();
  const requestRows = () => dataSource().query<RequestRow[]>('SELECT * FROM webhook_requests ORDER BY url');
  const attemptRows = () =>
    dataSource().query<AttemptRow[]>('SELECT url, request_headers, request_id FROM webhook_attempts');
  const attemptsOfAll = async (): Promise<(SeenAttempt & { eventId: string })[]> => {
    const list = await deliveries(app.http);
    const details = await Promise.all(list.map(({ id }) => delivery(app.http, id)));
    return details.flatMap(({ attempts, eventId }) => attempts.map((attempt) => ({ ...attempt, eventId })));
  };

  it('is stored once, and the history tells every request whole', async () => {
    const { id } = await createWebhook(app.http, receiver.url, { headers: { Authorization: 'Bearer x' } });
    for (let n = 0; n < 5; n += 1) await publish(app.http, { n });
    await deliverDue();
    clock.advance(1_000);
    await publish(app.http, { n: 5 });
    await deliverDue();

    const rows = await requestRows();
    expect(rows).toMatchObject([{ webhook_id: id, url: receiver.url }]);
    expect(rows[0]?.headers).not.toMatch(/Bearer x|secret of the shop/);
    expect(await attemptRows()).toEqual(
      Array.from({ length: 6 }, () => ({ url: '', request_headers: '{}', request_id: rows[0]?.id })),
    );
    const attempts = await attemptsOfAll();
    expect(attempts).toHaveLength(6);
    for (const { url, requestHeaders, startedAt, eventId } of attempts) {
      expect(url).toBe(receiver.url);
      expect(Object.entries(requestHeaders)).toEqual(
        Object.entries({
          Accept: '*/*',
          'X-Shop': MASK,
          Authorization: MASK,
          'X-Strapi-Event': 'order.shipped',
          'Content-Type': 'application/json',
          'User-Agent': requestHeaders['User-Agent'],
          'webhook-id': eventId,
          'webhook-timestamp': String(Math.floor(Date.parse(startedAt) / 1000)),
          'X-Posthorn-Attempt': '1',
        }),
      );
    }
  });

  it('is another one after the URL was changed, and each attempt keeps its own', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer(500);
    await publish(app.http);
    await deliverDue();
    const moved = `${receiver.url}/moved`;
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ name: 'receiver', url: moved, headers: {}, events: ['*'] })
      .expect(200);
    clock.advance(3_600_000);
    await deliverDue();
    expect(
      (await attemptsOfAll()).map(({ url, requestHeaders }) => [url, requestHeaders['X-Posthorn-Attempt']]),
    ).toEqual([
      [receiver.url, '1'],
      [moved, '2'],
    ]);
    expect((await requestRows()).map(({ url }) => url)).toEqual([receiver.url, moved]);
  });

  it('stands in every attempt while release 0.1 may read the history', async () => {
    await dataSource().query('UPDATE webhook_registry SET migration_finished = 0 WHERE id = 1');
    await app.restart();
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    await deliverDue();
    expect(await requestRows()).toEqual([]);
    expect(await attemptRows()).toEqual([
      { url: receiver.url, request_headers: expect.stringContaining('X-Strapi-Event'), request_id: null },
    ]);
    expect(await attemptsOfAll()).toMatchObject([{ url: receiver.url }]);
  });

  it('is stored by the next batch where the one that stored it was rolled back', async () => {
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    const refuse = kind.dialect === 'mysql' ? "SIGNAL SQLSTATE '45000'" : "SELECT RAISE(ABORT, 'refused');";
    const body = kind.dialect === 'mysql' ? refuse : `BEGIN ${refuse} END`;
    await dataSource().query(
      `CREATE TRIGGER refuse_attempts BEFORE INSERT ON webhook_attempts FOR EACH ROW ${body}`,
    );
    await deliverDue();
    expect(await requestRows()).toEqual([]);
    await dataSource().query('DROP TRIGGER refuse_attempts');
    clock.advance(60_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(2);
    expect(await requestRows()).toHaveLength(1);
    expect(await attemptsOfAll()).toMatchObject([{ url: receiver.url }]);
  });

  it('is removed once no delivery is left that may have it, and not before', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    await publish(app.http);
    await deliverDue();
    clock.advance(10 * DAY_MS + 1_000);
    await dataSource().query("UPDATE webhook_deliveries SET state = 'pending' WHERE webhook_id = ?", [id]);
    expect(await removeOld()).toEqual({});
    expect(await requestRows()).toHaveLength(1);
    await dataSource().query("UPDATE webhook_deliveries SET state = 'succeeded' WHERE webhook_id = ?", [id]);
    expect(await removeOld()).toMatchObject({ deliveries: 1, requests: 1 });
    expect(await requestRows()).toEqual([]);
  });
});
