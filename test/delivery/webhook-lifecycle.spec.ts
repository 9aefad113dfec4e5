import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { createWebhook, deliveries, delivery, onlyDelivery, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

describeOnAnyDatabase('The life of a webhook', (kind) => {
  const { app, receiver, clock } = useStage(kind);
  const deliverDue = () => app.get(DeliveryWorker).runOnce();

  it('begins with its creation: earlier events are none of its', async () => {
    await publish(app.http, { n: 'before' });
    await createWebhook(app.http, receiver.url);
    await publish(app.http, { n: 'after' });
    await deliverDue();
    expect(receiver.requests.map((request) => request.json()['data'])).toEqual([{ n: 'after' }]);
  });

  it('sends nothing while it is disabled, and again once it is enabled', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    await app.http.post(`/admin/webhooks/${id}/disable`).expect(200);
    await publish(app.http, { n: 'disabled' });
    await deliverDue();
    await app.http.post(`/admin/webhooks/${id}/enable`).expect(200);
    await publish(app.http, { n: 'enabled' });
    await deliverDue();
    expect(receiver.requests.map((request) => request.json()['data'])).toEqual([{ n: 'enabled' }]);
  });

  it('ends what is pending when it is disabled, and says why', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer(500);
    await publish(app.http);
    await deliverDue();
    expect(await onlyDelivery(app.http)).toMatchObject({ state: 'pending' });
    await app.http.post(`/admin/webhooks/${id}/disable`).expect(200);
    expect(await onlyDelivery(app.http)).toMatchObject({
      state: 'failed',
      reason: 'webhook-disabled',
      nextAttemptAt: null,
    });
    clock.advance(1_000_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
  });

  it('ends what is pending when it is deleted, and keeps the history', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer(500);
    await publish(app.http);
    await deliverDue();
    await app.http.delete(`/admin/webhooks/${id}`).expect(200);
    const seen = await onlyDelivery(app.http);
    expect(seen).toMatchObject({ state: 'failed', reason: 'webhook-deleted', webhookId: id });
    expect(seen.attempts).toHaveLength(1);
    expect(await deliveries(app.http, `?webhookId=${id}`)).toHaveLength(1);
    await app.http.get(`/admin/webhooks/${id}/deliveries`).expect(200);
    const refused = await app.http.post(`/admin/deliveries/${seen.id}/redeliver`).expect(409);
    expect(refused.body).toMatchObject({ data: null, error: { name: 'ConflictError' } });
  });

  it('ends what is pending though the signal of the disabling was lost', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer(500);
    await publish(app.http);
    await deliverDue();
    const dataSource = app.get<DataSource>(getDataSourceToken());
    await dataSource.query('UPDATE webhooks SET is_enabled = 0 WHERE id = ?', [id]);
    await dataSource.query('UPDATE webhook_registry SET version = version + 1');
    await deliverDue();
    expect(await onlyDelivery(app.http)).toMatchObject({ state: 'failed', reason: 'webhook-disabled' });
    await dataSource.query('DELETE FROM webhooks');
  });

  it('takes a person’s redelivery while it is disabled', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer([500, 200]);
    await publish(app.http);
    await deliverDue();
    await app.http.post(`/admin/webhooks/${id}/disable`).expect(200);
    const { id: deliveryId } = await onlyDelivery(app.http);
    await app.http.post(`/admin/deliveries/${deliveryId}/redeliver`).expect(202);
    await deliverDue();
    const seen = await onlyDelivery(app.http);
    expect(seen).toMatchObject({ state: 'succeeded', reason: null, attemptCount: 2 });
    expect(seen.attempts.map(({ trigger }) => trigger)).toEqual(['event', 'manual']);
  });

  it('sends a test though it is disabled, shows it in the history and never tries it again', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    await app.http.post(`/admin/webhooks/${id}/disable`).expect(200);
    const answer = await app.http.post(`/admin/webhooks/${id}/trigger`).expect(200);
    expect(answer.body).toEqual({ data: { statusCode: 200, deliveryId: expect.any(String) } });
    const [request] = await receiver.received(1);
    expect(Object.keys(request?.json() ?? {})).toEqual(['event', 'createdAt']);
    expect(request?.json()['event']).toBe('trigger-test');
    expect(request?.headers['x-strapi-event']).toBe('trigger-test');

    receiver.answer(() => ({ status: 404, body: 'no such thing' }));
    const failed = await app.http.post(`/admin/webhooks/${id}/trigger`).expect(200);
    expect(failed.body).toEqual({
      data: { statusCode: 404, message: 'no such thing', deliveryId: expect.any(String) },
    });
    await deliverDue();
    clock.advance(1_000_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(2);
    const seen = await Promise.all((await deliveries(app.http)).map((one) => delivery(app.http, one.id)));
    expect(seen.map(({ state, attempts }) => [state, attempts[0]?.trigger])).toEqual([
      ['failed', 'test'],
      ['succeeded', 'test'],
    ]);
  });

  it('sends a type’s example as a test, and tells an unreachable receiver as Strapi does', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    await app.http.post(`/admin/webhooks/${id}/trigger`).send({ event: 'media.create' }).expect(200);
    expect((await receiver.received(1))[0]?.json()).toMatchObject({
      event: 'media.create',
      media: { id: 1 },
    });
    await app.http.post(`/admin/webhooks/${id}/trigger`).send({ event: 'no.such' }).expect(400);
    await app.http.post('/admin/webhooks/unknown/trigger').expect(404);
    await receiver.close();
    const answer = await app.http.post(`/admin/webhooks/${id}/trigger`).expect(200);
    expect(answer.body).toEqual({
      data: {
        statusCode: 500,
        message: expect.stringContaining('ECONNREFUSED'),
        deliveryId: expect.any(String),
      },
    });
  });
});
