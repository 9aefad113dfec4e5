import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ConsentScheduler } from '../../src/delivery/handshake/consent-scheduler.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type ReceivedRequest } from '../../src/testing/receiver.js';
import { startApp, type StartAppOptions } from '../support/start-app.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const CLOUDEVENTS = { format: 'cloudevents', cloudEventsHandshake: true };

describeOnEveryDatabase('The handshake of CloudEvents', (kind) => {
  const { app, database, receiver, clock } = useStage(kind, {
    settings: { webhooks: { handshakeOrigin: 'posthorn.example.com' } },
  });
  let options: StartAppOptions;

  beforeEach(async () => {
    options = {
      databaseUrl: database.url,
      clock,
      settings: { delivery: { worker: false }, webhooks: { handshakeOrigin: 'posthorn.example.com' } },
    };
  });

  const of = (method: string): ReceivedRequest[] => receiver.requests.filter((one) => one.method === method);
  const allow = (headers: Record<string, string>, status = 200) =>
    receiver.answer(({ method }) => (method === 'OPTIONS' ? { status, headers } : { status: 200 }));
  const ask = () => app.get(ConsentScheduler).runOnce();
  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const handshakeOf = async (id: string): Promise<unknown> =>
    ((await app.http.get(`/admin/webhooks/${id}`).expect(200)).body as { data: { handshake: unknown } }).data
      .handshake;

  it('asks first, and sends when the receiver consents, though its status is no success', async () => {
    allow({ 'WebHook-Allowed-Origin': 'posthorn.example.com' }, 405);
    const { id } = await createWebhook(app.http, receiver.url, {
      ...CLOUDEVENTS,
      headers: { 'X-Key': 'mine' },
    });
    expect(await handshakeOf(id)).toEqual({
      state: 'pending',
      allowedRate: null,
      askedAt: null,
      problem: null,
    });
    await publish(app.http);
    await deliverDue();
    expect(receiver.requests).toHaveLength(0);

    await ask();
    expect(of('OPTIONS')).toHaveLength(1);
    expect(of('OPTIONS')[0]?.headers).toMatchObject({
      'webhook-request-origin': 'posthorn.example.com',
      'x-key': 'mine',
    });
    expect(await handshakeOf(id)).toEqual({
      state: 'allowed',
      allowedRate: null,
      askedAt: new Date(clock.now()).toISOString(),
      problem: null,
    });
    await deliverDue();
    expect(of('POST')).toHaveLength(1);
    await ask();
    expect(of('OPTIONS')).toHaveLength(1);
  });

  it('asks nobody while sending is paused', async () => {
    allow({ 'WebHook-Allowed-Origin': '*' });
    await app.http.post('/admin/sending/pause').expect(200);
    await createWebhook(app.http, receiver.url, CLOUDEVENTS);
    await ask();
    expect(receiver.requests).toHaveLength(0);
    await app.http.post('/admin/sending/resume').expect(200);
    await ask();
    expect(of('OPTIONS')).toHaveLength(1);
  });

  it('waits without consent, counts no attempt, and asks again later and later', async () => {
    allow({ Allow: 'POST' });
    const { id } = await createWebhook(app.http, receiver.url, CLOUDEVENTS);
    await publish(app.http);
    await ask();
    await deliverDue();
    expect(await handshakeOf(id)).toMatchObject({
      state: 'refused',
      problem: expect.stringMatching(/Allowed-Origin/),
    });
    expect(await deliveries(app.http)).toMatchObject([{ state: 'pending', attemptCount: 0 }]);
    for (const [seconds, asked] of [
      [4, 1],
      [2, 2],
      [29, 2],
      [2, 3],
    ] as const) {
      clock.advance(seconds * 1_000);
      await ask();
      expect(of('OPTIONS')).toHaveLength(asked);
    }
    allow({ 'WebHook-Allowed-Origin': '*' });
    clock.advance(121_000);
    await ask();
    await deliverDue();
    expect(of('POST')).toHaveLength(1);
    expect(await deliveries(app.http)).toMatchObject([{ state: 'succeeded', attemptCount: 1 }]);
  });

  it('masks what the receiver echoes, in the answer and in what is kept', async () => {
    const [key, secret] = ['canary-of-the-header', 'canary-of-the-secret-0123456789'];
    allow({ 'WebHook-Allowed-Origin': `${'a'.repeat(190)} ${key} whsec_${secret}`, 'X-Echo': key });
    const { id } = await createWebhook(app.http, receiver.url, {
      ...CLOUDEVENTS,
      headers: { 'X-Key': key },
    });
    const logged: string[] = [];
    const logger = { log: (line: string) => void logged.push(line), error: () => {}, warn: () => {} };
    Logger.overrideLogger(logger);
    await ask();
    Logger.overrideLogger(false);
    const { problem } = (await handshakeOf(id)) as { problem: string };
    expect(problem).toMatch(/^It allows a+ /);
    const stored = await app.get(DataSource).query<unknown[]>('SELECT * FROM webhook_handshakes');
    expect(logged.join()).toContain('has no consent yet');
    for (const text of [problem, logged.join(), JSON.stringify(stored)]) expect(text).not.toMatch(/cana/);
  });

  it('takes what the receiver allows a minute for the bound of the webhook’s rate', async () => {
    allow({ 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '30' });
    const { id } = await createWebhook(app.http, receiver.url, { ...CLOUDEVENTS, rateLimit: 10 });
    await ask();
    expect(of('OPTIONS')[0]?.headers['webhook-request-rate']).toBe('600');
    for (let n = 0; n < 3; n += 1) await publish(app.http);
    for (const [seconds, sent] of [
      [0, 1],
      [1, 1],
      [1, 2],
      [1, 2],
      [1, 3],
    ] as const) {
      clock.advance(seconds * 1_000);
      await deliverDue();
      expect(of('POST')).toHaveLength(sent);
    }
    expect(await handshakeOf(id)).toMatchObject({ state: 'allowed', allowedRate: 30 });
    const view = await app.http.get(`/admin/webhooks/${id}`);
    expect(view.body.data).toMatchObject({ rateLimit: 10 });
  });

  it('asks anew when the URL changes, and for no other change', async () => {
    allow({ 'WebHook-Allowed-Origin': '*' });
    const { id } = await createWebhook(app.http, receiver.url, CLOUDEVENTS);
    await ask();
    const put = (url: string) =>
      app.http
        .put(`/admin/webhooks/${id}`)
        .send({ name: 'renamed', url, headers: {}, events: ['*'] })
        .expect(200);
    await put(receiver.url);
    await ask();
    expect(of('OPTIONS')).toHaveLength(1);
    await put(`${receiver.url}/moved`);
    expect(await handshakeOf(id)).toMatchObject({ state: 'pending' });
    await publish(app.http);
    await deliverDue();
    expect(of('POST')).toHaveLength(0);
    await ask();
    await deliverDue();
    expect(of('OPTIONS').map(({ path }) => path)).toEqual(['/', '/moved']);
    expect(of('POST').map(({ path }) => path)).toEqual(['/moved']);
  });

  it('asks once though two instances look at once', async () => {
    allow({ 'WebHook-Allowed-Origin': '*' });
    const other = await startApp(options);
    try {
      await createWebhook(app.http, receiver.url, CLOUDEVENTS);
      await Promise.all([ask(), other.get(ConsentScheduler).runOnce()]);
      expect(of('OPTIONS')).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  it('reaches no address that a delivery may not reach', async () => {
    const { id } = await createWebhook(app.http, receiver.url, CLOUDEVENTS);
    const closed = await startApp({
      ...options,
      settings: { ...options.settings, webhooks: { allowedNetworks: '' } },
    });
    try {
      await closed.get(ConsentScheduler).runOnce();
      expect(receiver.requests).toHaveLength(0);
      expect(await handshakeOf(id)).toMatchObject({
        state: 'refused',
        problem: expect.stringMatching(/may not reach/),
      });
    } finally {
      await closed.close();
    }
  });

  it('is asked for with the format cloudevents alone', async () => {
    const body = { name: 'a', url: receiver.url, headers: {}, events: ['*'], cloudEventsHandshake: true };
    const refused = await app.http.post('/admin/webhooks').send(body).expect(400);
    expect(refused.body.error.message).toMatch(/goes with the format cloudevents alone/);
    const { id } = await createWebhook(app.http, receiver.url, { format: 'standard' });
    expect(await handshakeOf(id)).toBeNull();
    await app.http.put(`/admin/webhooks/${id}`).send(body).expect(400);
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ ...body, format: 'cloudevents' })
      .expect(200);
    expect(await handshakeOf(id)).toMatchObject({ state: 'pending' });
  });

  it('goes by itself where the worker runs, as soon as the webhook is made', async () => {
    allow({ 'WebHook-Allowed-Origin': '*' });
    const working = await startApp({ databaseUrl: database.url });
    try {
      await createWebhook(working.http, receiver.url, CLOUDEVENTS);
      await publish(working.http);
      await eventually(() => expect(of('POST')).toHaveLength(1));
      expect(receiver.requests[0]?.method).toBe('OPTIONS');
    } finally {
      await working.close();
    }
  });

  it('holds no stop while a receiver hangs, and is as it was before', async () => {
    receiver.answer(() => ({ hang: true }));
    const working = await startApp({ databaseUrl: database.url });
    const { id } = await createWebhook(working.http, receiver.url, { ...CLOUDEVENTS, timeoutMs: 30_000 });
    await eventually(() => expect(of('OPTIONS')).toHaveLength(1));
    // The time of this test is shorter than the webhook's.
    await working.close();
    expect(await handshakeOf(id)).toMatchObject({ state: 'pending', problem: null });
  });
});
