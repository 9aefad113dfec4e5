import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { createWebhook, delivery, deliveries, onlyDelivery, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const SCHEDULE = [5, 300, 1800];

describeOnEveryDatabase('Retries', (kind) => {
  const { app, receiver, clock } = useStage(kind, { settings: { webhooks: { retrySchedule: SCHEDULE } } });

  /** Everything that is due at this moment of the clock is sent and recorded. */
  const deliverDue = () => app.get(DeliveryWorker).runOnce();

  it('sends a signed request that the reference verifiers accept', async () => {
    const { secret } = await createWebhook(app.http, `${receiver.url}/in?x=1`, { headers: { 'X-Key': 'k' } });
    const id = await publish(app.http, { text: 'grüße “🚀”' });
    await deliverDue();
    const [request] = await receiver.received(1);
    expect(request?.path).toBe('/in?x=1');
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-strapi-event': 'order.shipped',
      'webhook-id': id,
      'x-posthorn-attempt': '1',
      'x-key': 'k',
    });
    expect(request?.headers['user-agent']).toMatch(/^Posthorn\/\d/);
    const body = request?.body.toString() ?? '';
    const headers = request?.headers as Record<string, string>;
    // The verifiers look at the real time.
    clock.set(Date.now() + 5_000);
    await app.http.post(`/admin/deliveries/${(await onlyDelivery(app.http)).id}/redeliver`).expect(202);
    await deliverDue();
    const [, fresh] = await receiver.received(2);
    expect(fresh?.body.toString()).toBe(body);
    const signed = fresh?.headers as Record<string, string>;
    expect(() => new StandardWebhook(secret).verify(body, signed)).not.toThrow();
    expect(() => new SvixWebhook(secret).verify(body, signed)).not.toThrow();
    expect(() => new StandardWebhook(secret).verify(`${body} `, signed)).toThrow();
    expect(headers['webhook-signature']).not.toBe(signed['webhook-signature']);
  });

  it('tries again after 500 and 500, with the same id and bytes, until 200', async () => {
    await createWebhook(app.http, receiver.url);
    receiver.answer([500, 500, 200]);
    await publish(app.http);

    await deliverDue();
    clock.advance(4_999);
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
    clock.advance(1_001);
    await deliverDue();
    clock.advance(301_000);
    await deliverDue();

    const requests = await receiver.received(3);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(requests.map(({ body }) => body.toString('hex'))).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3);
    expect(requests.map(({ headers }) => headers['x-posthorn-attempt'])).toEqual(['1', '2', '3']);
    const seen = await onlyDelivery(app.http);
    expect(seen).toMatchObject({ state: 'succeeded', reason: null, attemptCount: 3, lastStatusCode: 200 });
    expect(seen.attempts.map(({ number, trigger, statusCode }) => [number, trigger, statusCode])).toEqual([
      [1, 'event', 500],
      [2, 'retry', 500],
      [3, 'retry', 200],
    ]);
    expect(seen.request.body).toBe(requests[0]?.body.toString());
  });

  it('ends exhausted after the first attempt and one for each number of the schedule', async () => {
    await createWebhook(app.http, receiver.url);
    receiver.answer(503);
    await publish(app.http);
    for (const seconds of [0, ...SCHEDULE, 1_000_000]) {
      clock.advance(seconds * 1000 + 1000);
      await deliverDue();
    }
    expect(receiver.requests).toHaveLength(1 + SCHEDULE.length);
    expect(await onlyDelivery(app.http)).toMatchObject({
      state: 'failed',
      reason: 'exhausted',
      attemptCount: 4,
      nextAttemptAt: null,
    });
  });

  it('follows a schedule of the webhook’s own', async () => {
    await createWebhook(app.http, receiver.url, { retrySchedule: [] });
    receiver.answer(500);
    await publish(app.http);
    await deliverDue();
    expect(await onlyDelivery(app.http)).toMatchObject({
      state: 'failed',
      reason: 'exhausted',
      attemptCount: 1,
    });
  });

  it.each([
    ['410', { status: 410 }, { state: 'failed', reason: 'rejected', lastStatusCode: 410 }],
    [
      'a redirect',
      { status: 302, headers: { location: '/elsewhere' } },
      { state: 'pending', lastStatusCode: 302 },
    ],
    [
      'a wait of more than a week',
      { status: 503, headers: { 'retry-after': '604801' } },
      { state: 'failed', reason: 'expired' },
    ],
  ])('answers %s as it should', async (_, answer, expected) => {
    await createWebhook(app.http, receiver.url);
    receiver.answer(() => answer);
    await publish(app.http);
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
    expect(await onlyDelivery(app.http)).toMatchObject(expected);
  });

  it('never tries again before the time that a receiver asked for', async () => {
    await createWebhook(app.http, receiver.url);
    receiver.answer(() => ({ status: 503, headers: { 'retry-after': '3600' } }));
    await publish(app.http);
    await deliverDue();
    clock.advance(3_599_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
    clock.advance(2_000);
    await deliverDue();
    expect(receiver.requests).toHaveLength(2);
  });

  it('keeps the beginning of a long answer and says that it was cut', async () => {
    await createWebhook(app.http, receiver.url);
    receiver.answer(() => ({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: 'ä'.repeat(50_000),
    }));
    await publish(app.http);
    await deliverDue();
    const [attempt] = (await onlyDelivery(app.http)).attempts;
    expect(attempt?.responseBody).toBe('ä'.repeat(8192));
    expect(attempt?.responseTruncated).toBe(true);
    expect(attempt?.responseHeaders).toMatchObject({ 'content-type': 'text/plain' });
  });

  it('tells of a receiver that hangs, and of one that is not there', async () => {
    await createWebhook(app.http, receiver.url, { timeoutMs: 100 });
    await createWebhook(app.http, 'http://127.0.0.1:1/', {});
    receiver.answer(() => ({ hang: true }));
    await publish(app.http);
    await deliverDue();
    const seen = await Promise.all((await deliveries(app.http)).map(({ id }) => delivery(app.http, id)));
    const errors = seen.map(({ attempts }) => attempts[0]?.error).toSorted();
    expect(errors).toEqual([
      'No whole answer came within 100 ms.',
      'The receiver refused the connection (connect ECONNREFUSED 127.0.0.1:1).',
    ]);
    expect(seen.map(({ state }) => state)).toEqual(['pending', 'pending']);
  });

  it('masks the webhook’s own header values and leaves the signature out of the history', async () => {
    await createWebhook(app.http, receiver.url, { headers: { Authorization: 'Bearer canary' } });
    await publish(app.http);
    await deliverDue();
    expect((await receiver.received(1))[0]?.headers.authorization).toBe('Bearer canary');
    const seen = await onlyDelivery(app.http);
    expect(JSON.stringify(seen)).not.toContain('canary');
    expect(seen.request.headers).toHaveProperty('Authorization');
    expect(Object.keys(seen.request.headers)).not.toContain('webhook-signature');
  });
});
