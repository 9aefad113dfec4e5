import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnAnyDatabase, describeOnEveryDatabase } from '../support/databases.js';
import { startReceiver } from '../../src/testing/receiver.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

describeOnEveryDatabase('Manners', (kind) => {
  const { app, receiver, clock } = useStage(kind, {
    settings: {
      delivery: { disable: { afterDays: 5, afterExhausted: 3 } },
      webhooks: { retrySchedule: [60] },
    },
  });
  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const publishMany = async (count: number) => {
    for (let n = 0; n < count; n += 1) await publish(app.http, { n });
  };
  const webhookOf = async (id: string) => {
    const answer = await app.http.get(`/admin/webhooks/${id}`).expect(200);
    return (
      answer.body as {
        data: {
          isEnabled: boolean;
          disabledReason: string | null;
          health: { lastSuccessAt: string | null; consecutiveFailures: number; pausedUntil: string | null };
        };
      }
    ).data;
  };

  it.each([429, 502, 503, 504])('%d pauses the whole webhook; what waits uses no attempt', async (status) => {
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer(() => ({ status, headers: { 'retry-after': '30' } }));
    await publish(app.http);
    await deliverDue();
    await publishMany(3);
    clock.advance(29_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
    expect((await webhookOf(id)).health.pausedUntil).not.toBeNull();

    receiver.answer(200);
    clock.advance(2_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(4);
    const waited = await deliveries(app.http, '?state=succeeded');
    expect(waited.map(({ attemptCount }) => attemptCount)).toEqual([1, 1, 1]);
  });

  it('410 disables the webhook, and says so to whoever asked', async () => {
    const watcher = await startReceiver();
    await createWebhook(app.http, watcher.url, { events: ['webhook.disabled'] });
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer(410);
    await publish(app.http);
    await deliverDue();
    expect(await webhookOf(id)).toMatchObject({ isEnabled: false, disabledReason: 'gone' });
    await deliverDue();
    expect((await watcher.received(1))[0]?.json()).toMatchObject({
      event: 'webhook.disabled',
      data: { webhookId: id, reason: 'gone' },
    });
    await watcher.close();
  });

  it('counts what fails in a row, and forgets it with a success', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer([500, 500, 200]);
    await publishMany(2);
    await deliverDue();
    expect((await webhookOf(id)).health).toMatchObject({ consecutiveFailures: 2, lastSuccessAt: null });
    clock.advance(61_000);
    await deliverDue();
    const { health } = await webhookOf(id);
    expect(health.consecutiveFailures).toBe(0);
    expect(health.lastSuccessAt).not.toBeNull();
  });

  it('opens the breaker when most of twenty failed, sends one probe, and closes it when that succeeds', async () => {
    const { id } = await createWebhook(app.http, receiver.url, { retrySchedule: [1, 1, 1, 1, 1, 1] });
    receiver.answer(500);
    await publishMany(30);
    await deliverDue();
    const atOpening = receiver.requests.length;
    expect(atOpening).toBe(30);
    expect((await webhookOf(id)).health.pausedUntil).not.toBeNull();
    clock.advance(29_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(atOpening);

    clock.advance(2_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(atOpening + 1);
    clock.advance(59_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(atOpening + 1);

    receiver.answer(200);
    clock.advance(2_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(atOpening + 1 + 30);
    expect(await deliveries(app.http, '?state=pending')).toEqual([]);
    expect((await webhookOf(id)).health).toMatchObject({ pausedUntil: null, consecutiveFailures: 0 });
  });

  it('tells of a delivery that is exhausted and of one that recovered, and makes none of those of its own', async () => {
    const watcher = await startReceiver();
    await createWebhook(app.http, watcher.url, { events: ['delivery.*'], retrySchedule: [] });
    const { id } = await createWebhook(app.http, receiver.url, { retrySchedule: [] });
    receiver.answer([500, 200]);
    watcher.answer(500);
    await publish(app.http);
    await deliverDue();
    const [failed] = await deliveries(app.http, `?webhookId=${id}`);
    await app.http.post(`/admin/deliveries/${failed?.id}/redeliver`).expect(202);
    await deliverDue();
    await deliverDue();
    expect(watcher.requests.map((request) => request.json()['event'])).toEqual([
      'delivery.exhausted',
      'delivery.recovered',
    ]);
    expect(watcher.requests[0]?.json()['data']).toMatchObject({
      deliveryId: failed?.id,
      webhookId: id,
      event: 'order.shipped',
      lastStatusCode: 500,
    });
    await watcher.close();
  });

  it('disables a webhook that has had no success for days and many exhausted', async () => {
    const { id } = await createWebhook(app.http, receiver.url, { retrySchedule: [] });
    receiver.answer(500);
    await publishMany(2);
    await deliverDue();
    clock.advance(5 * 24 * 60 * 60 * 1000 + 60_000);
    expect((await webhookOf(id)).isEnabled).toBe(true);
    await publish(app.http);
    await deliverDue();
    expect(await webhookOf(id)).toMatchObject({ isEnabled: false, disabledReason: 'failing' });
    await app.http.post(`/admin/webhooks/${id}/enable`).expect(200);
    expect(await webhookOf(id)).toMatchObject({ isEnabled: true, disabledReason: null });
  });

  it('sends nothing while sending is paused, records on, and sends it all when it is resumed', async () => {
    await createWebhook(app.http, receiver.url);
    await app.http.post('/admin/sending/pause').expect(200, { data: { paused: true } });
    await publishMany(3);
    await deliverDue();
    expect(receiver.requests).toHaveLength(0);
    await app.http.get('/admin/sending').expect(200, { data: { paused: true } });
    await app.http.post('/admin/sending/resume').expect(200, { data: { paused: false } });
    await deliverDue();
    expect(receiver.requests).toHaveLength(3);
  });

  it('keeps to the rate of a webhook; what waits uses no attempt', async () => {
    await createWebhook(app.http, receiver.url, { rateLimit: 5 });
    await publishMany(12);
    await deliverDue();
    expect(receiver.requests).toHaveLength(5);
    clock.advance(400);
    await deliverDue();
    expect(receiver.requests).toHaveLength(7);
    clock.advance(10_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(12);
    const seen = await deliveries(app.http);
    expect(seen.every(({ attemptCount, state }) => attemptCount === 1 && state === 'succeeded')).toBe(true);
  });

  it('has no more out at a time than the webhook’s concurrency', async () => {
    await createWebhook(app.http, receiver.url, { concurrency: 2 });
    let out = 0;
    let most = 0;
    receiver.answer(async () => {
      out += 1;
      most = Math.max(most, out);
      await new Promise((resolve) => setImmediate(resolve));
      out -= 1;
      return { status: 200 };
    });
    await publishMany(9);
    await deliverDue();
    expect(receiver.requests).toHaveLength(9);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('stops sending to all webhooks of a host that takes no connections, until one request connects', async () => {
    const gone = await startReceiver();
    await gone.close();
    await createWebhook(app.http, `${gone.url}/first`);
    await publishMany(20);
    await deliverDue();

    const { id } = await createWebhook(app.http, `${gone.url}/second`);
    await createWebhook(app.http, receiver.url);
    await publishMany(3);
    await deliverDue();
    expect(receiver.requests).toHaveLength(3);
    const ofSecond = await deliveries(app.http, `?webhookId=${id}`);
    expect(ofSecond.map(({ attemptCount, state }) => [attemptCount, state])).toEqual(
      Array.from({ length: 3 }, () => [0, 'pending']),
    );

    const back = await startReceiver(gone.port);
    clock.advance(31_000);
    await deliverDue();
    expect(back.requests.filter(({ path }) => path === '/second')).toHaveLength(3);
    await back.close();
  });

  it('answers 429 to a tenant beyond its quotas, and shows how it stands', async () => {
    await app.restart({ quotas: { webhooksPerTenant: 2, eventsPerSecondPerTenant: 3 } });
    const made = await app.http
      .post('/admin/tokens')
      .send({ name: 'a', scopes: ['*'], tenant: 'a' })
      .expect(201);
    const http = app.httpAs((made.body as { data: { token: string } }).data.token);
    for (let n = 0; n < 2; n += 1) await createWebhook(http, receiver.url);
    const { id } = await createWebhook(app.http, receiver.url, { tenant: 'b' });
    const input = { name: 'third', url: receiver.url, headers: {}, events: ['*'] };
    const refused = await http.post('/admin/webhooks').send(input).expect(429);
    expect(refused.headers['retry-after']).toBe('60');
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ ...input, tenant: 'a' })
      .expect(429);

    for (let n = 0; n < 3; n += 1) await publish(http);
    const event = { type: 'order.shipped', data: {} };
    const late = await http.post('/admin/events').send(event).expect(429);
    expect(late.headers['retry-after']).toBe('1');
    expect((late.body as { error: { name: string } }).error.name).toBe('RateLimitError');
    await publish(app.http, {}, { tenant: 'b' });

    const overview = await http.get('/admin/overview').expect(200);
    expect((overview.body as { data: { quotas: unknown } }).data.quotas).toEqual({
      webhooks: { most: 2, used: 2 },
      eventsPerSecond: { most: 3, used: 3 },
    });
    clock.advance(1_000);
    await publish(http);
  });
});

describeOnAnyDatabase('A webhook that hangs', (kind) => {
  const { app, receiver } = useStage(kind, { clock: 'system' });

  it('delays no other, though there is one place and it has taken it', async () => {
    await app.restart({ delivery: { worker: true, concurrency: 1, graceMs: 0 } });
    const hanging = await startReceiver();
    hanging.answer(() => ({ hang: true }));
    await createWebhook(app.http, hanging.url, { timeoutMs: 30_000 });
    await publish(app.http);
    await hanging.received(1);
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    // Without the place it would have to wait for the timeout of the first.
    expect(await receiver.received(1)).toHaveLength(1);
    await hanging.close();
  });
});
