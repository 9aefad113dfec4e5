import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { createWebhook, onlyDelivery, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

describeOnEveryDatabase('What a person does with a delivery', (kind) => {
  const { app, receiver, clock } = useStage(kind, {
    settings: {
      webhooks: { retrySchedule: [10, 10] },
      events: { custom: [{ name: 'invoice.paid', description: 'An invoice was paid.' }] },
    },
  });
  const deliverDue = () => app.get(DeliveryWorker).runOnce();

  beforeEach(async () => {
    await createWebhook(app.http, receiver.url);
  });

  it('a redelivery that fails changes neither state nor schedule', async () => {
    receiver.answer(500);
    await publish(app.http);
    await deliverDue();
    const before = await onlyDelivery(app.http);
    const accepted = await app.http.post(`/admin/deliveries/${before.id}/redeliver`).expect(202);
    expect(accepted.body).toMatchObject({ data: { id: before.id, state: 'pending' } });
    await deliverDue();
    const after = await onlyDelivery(app.http);
    expect(after).toMatchObject({ state: 'pending', nextAttemptAt: before.nextAttemptAt, attemptCount: 2 });
    for (let retry = 0; retry < 3; retry += 1) {
      clock.advance(11_000);
      await deliverDue();
    }
    const ended = await onlyDelivery(app.http);
    expect(ended).toMatchObject({ state: 'failed', reason: 'exhausted', attemptCount: 4 });
    expect(ended.attempts.map(({ number, trigger }) => [number, trigger])).toEqual([
      [1, 'event'],
      [2, 'manual'],
      [3, 'retry'],
      [4, 'retry'],
    ]);
  });

  it('a redelivery that succeeds ends the schedule', async () => {
    receiver.answer([500, 200]);
    await publish(app.http);
    await deliverDue();
    const { id } = await onlyDelivery(app.http);
    await app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202);
    await deliverDue();
    expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded', nextAttemptAt: null });
    clock.advance(100_000);
    await deliverDue();
    const requests = await receiver.received(2);
    expect(requests).toHaveLength(2);
    expect(requests[0]?.body.equals(requests[1]?.body ?? Buffer.alloc(0))).toBe(true);
    expect(requests[0]?.headers['webhook-id']).toBe(requests[1]?.headers['webhook-id']);
  });

  it('a redelivery asked for twice is made twice, each with a number of its own', async () => {
    await publish(app.http);
    await deliverDue();
    const { id, finishedAt } = await onlyDelivery(app.http);
    clock.advance(60_000);
    await app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202);
    await app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202);
    await deliverDue();
    const seen = await onlyDelivery(app.http);
    expect(seen.attempts.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(seen).toMatchObject({ state: 'succeeded', attemptCount: 3, finishedAt });
  });

  it('a pending delivery is cancelled once', async () => {
    receiver.answer(500);
    await publish(app.http);
    await deliverDue();
    const { id } = await onlyDelivery(app.http);
    const cancelled = await app.http.post(`/admin/deliveries/${id}/cancel`).expect(200);
    expect(cancelled.body).toMatchObject({ data: { id, state: 'failed', reason: 'cancelled' } });
    await app.http.post(`/admin/deliveries/${id}/cancel`).expect(409);
    clock.advance(100_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
  });

  it('the same Idempotency-Key records nothing twice, also when both come at once', async () => {
    const send = (data: object, key = 'k-1') =>
      app.http.post('/admin/events').set('Idempotency-Key', key).send({ type: 'order.shipped', data });
    const both = await Promise.all([send({ n: 1 }), send({ n: 1 })]);
    const again = await send({ n: 1 });
    expect(both.map(({ status }) => status)).toEqual([202, 202]);
    expect(new Set([...both, again].map(({ body }) => (body as { data: { id: string } }).data.id)).size).toBe(
      1,
    );
    const other = await send({ n: 2 });
    expect(other.status).toBe(409);
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
    const events = await app.http.get('/admin/events').expect(200);
    expect((events.body as { data: unknown[] }).data).toHaveLength(1);
  });

  it('the Idempotency-Key of one tenant is none of another’s', async () => {
    const send = (tenant: string) =>
      app.http
        .post('/admin/events')
        .set('Idempotency-Key', 'k-1')
        .send({ type: 'order.shipped', data: { n: 1 }, tenant })
        .expect(202);
    const ids = [await send('a'), await send('b'), await send('a')].map(
      ({ body }) => (body as { data: { id: string } }).data.id,
    );
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(ids[0]);
  });

  it.each([
    [{ type: 'entry.create', data: {} }, 'type must be a name of your own'],
    [{ type: 'no spaces', data: {} }, 'type must be a dotted name such as order.shipped'],
    [{ data: {} }, 'type is a required field'],
    [{ type: 'a.b' }, 'data is a required field'],
    [{ type: 'a.b', data: [] }, 'data must be a `object` type'],
    [{ type: 'a.b', data: {}, more: 1 }, 'this field has unspecified keys: more'],
  ])('a custom event that is wrong is refused: %j', async (body, message) => {
    const refused = await app.http.post('/admin/events').send(body).expect(400);
    const { error } = refused.body as { error: { name: string; message: string } };
    expect(error.name).toBe('ValidationError');
    expect(error.message).toContain(message);
  });

  it('a type that the configuration names can be subscribed to by name', async () => {
    await createWebhook(app.http, `${receiver.url}/named`, { events: ['invoice.paid'] });
    await createWebhook(app.http, `${receiver.url}/prefix`, { events: ['invoice.*'] });
    await publish(app.http, { n: 1 }, { type: 'invoice.paid' });
    await publish(app.http, { n: 2 });
    await deliverDue();
    const paths = receiver.requests.map(({ path }) => path).toSorted();
    expect(paths).toEqual(['/', '/', '/named', '/prefix']);
  });

  it('lists are read page by page, newest first, each row once', async () => {
    for (let n = 0; n < 7; n += 1) await publish(app.http, { n });
    await deliverDue();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await app.http
        .get(`/admin/deliveries?limit=3${cursor ? `&cursor=${cursor}` : ''}`)
        .expect(200);
      const body = page.body as { data: { id: string }[]; meta: { nextCursor: string | null } };
      seen.push(...body.data.map(({ id }) => id));
      cursor = body.meta.nextCursor;
    } while (cursor);
    expect(seen).toHaveLength(7);
    expect(seen).toEqual([...seen].toSorted().toReversed());
    await app.http.get('/admin/deliveries?limit=201').expect(400);
    await app.http.get('/admin/deliveries?cursor=x').expect(400);
    await app.http.get('/admin/deliveries?colour=red').expect(400);
    await app.http.get('/admin/deliveries/unknown').expect(404);
    await app.http.get('/admin/events/unknown').expect(404);
  });
});
