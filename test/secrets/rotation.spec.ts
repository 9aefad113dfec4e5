import { createHmac } from 'node:crypto';
import { DataSource } from 'typeorm';
import { inReadCommitted } from '../../src/database/transactions.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { verifyWebhook } from '../../src/index.js';
import { WebhookTransactions } from '../../src/webhooks/registrations/webhook-transactions.js';
import { WebhookService } from '../../src/webhooks/registrations/webhook.service.js';
import { WebhookSource } from '../../src/webhooks/webhook-source.js';
import { databasesFor, describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type ReceivedRequest, type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, publish } from '../support/webhooks.js';

interface SecretAnswer {
  secret: string;
  publicKey?: string;
}

const own = (bytes: number, fill = 1) => `whsec_${Buffer.alloc(bytes, fill).toString('base64')}`;
const ownKey = (bytes: number) => `whsk_${Buffer.alloc(bytes, 1).toString('base64')}`;

describeOnAnyDatabase('Rotating a secret', (kind) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let app: RunningApp;
  const clock = new ManualClock();

  beforeAll(async () => {
    database = await kind.create();
    receiver = await startReceiver();
    app = await startApp({ databaseUrl: database.url, clock, settings: { delivery: { worker: false } } });
  });

  afterAll(async () => {
    await app.close();
    await receiver.close();
    await database.drop();
  });

  /** A webhook that alone gets what is sent. */
  async function webhook(more: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
    const { body } = await app.http.get('/admin/webhooks').expect(200);
    const ids = body.data.map(({ id }: { id: string }) => id);
    if (ids.length > 0) await app.http.post('/admin/webhooks/batch-delete').send({ ids }).expect(200);
    return createWebhook(app.http, receiver.url, more);
  }

  async function rotate(id: string, body: object = {}): Promise<SecretAnswer> {
    const answer = await app.http.post(`/admin/webhooks/${id}/secret/rotate`).send(body).expect(200);
    return answer.body.data;
  }

  async function refused(id: string, body: object, status = 400): Promise<string> {
    const answer = await app.http.post(`/admin/webhooks/${id}/secret/rotate`).send(body).expect(status);
    return answer.body.error.message;
  }

  const shown = async (id: string) =>
    (await app.http.get(`/admin/webhooks/${id}/secret`).expect(200)).body.data;

  async function nextRequest(): Promise<ReceivedRequest> {
    const before = receiver.requests.length;
    await publish(app.http);
    await app.get(DeliveryWorker).runOnce();
    const request = receiver.requests[before];
    if (!request) throw new Error('Nothing arrived.');
    return request;
  }

  const isSignedBy = ({ headers, body }: ReceivedRequest, secret: string | undefined) => {
    try {
      verifyWebhook({ headers, body, secrets: secret ?? '', now: clock.now() });
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === 'signature-mismatch') return false;
      throw error;
    }
  };

  it('signs with both, newest first, until the grace time is over', async () => {
    const { id, secret: first } = await webhook();
    const { secret: second } = await rotate(id, { graceSeconds: 60 });
    expect(second).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await shown(id)).toEqual({
      secret: second,
      previous: [{ expiresAt: new Date(clock.now() + 60_000).toISOString() }],
    });
    clock.advance(1_000);
    const { secret: third } = await rotate(id, { graceSeconds: 60 });

    const during = await nextRequest();
    expect([first, second, third].map((secret) => isSignedBy(during, secret))).toEqual([true, true, true]);
    const [newest] = String(during.headers['webhook-signature']).split(' ');
    expect(
      isSignedBy({ ...during, headers: { ...during.headers, 'webhook-signature': newest } }, third),
    ).toBe(true);

    clock.advance(59_000);
    const later = await nextRequest();
    expect([first, second, third].map((secret) => isSignedBy(later, secret))).toEqual([false, true, true]);
    clock.advance(1_000);
    const after = await nextRequest();
    expect([first, second, third].map((secret) => isSignedBy(after, secret))).toEqual([false, false, true]);
    expect((await shown(id)).previous).toEqual([]);
  });

  it('keeps the replaced one for a day unless told, and not at all with 0', async () => {
    const { id, secret: first } = await webhook();
    const { secret: second } = await rotate(id, { graceSeconds: 0 });
    const request = await nextRequest();
    expect([first, second].map((secret) => isSignedBy(request, secret))).toEqual([false, true]);
    await app.http.post(`/admin/webhooks/${id}/secret/rotate`).expect(200);
    expect((await shown(id)).previous).toEqual([
      { expiresAt: new Date(clock.now() + 86_400_000).toISOString() },
    ]);
  });

  it('changes to ed25519 and back, with both kinds of signature in the grace time', async () => {
    const { id, secret: shared } = await webhook();
    const { secret, publicKey } = await rotate(id, { type: 'v1a' });
    expect([secret, publicKey]).toEqual([
      expect.stringMatching(/^whsk_/),
      expect.stringMatching(/^whpk_.{44}$/),
    ]);
    expect(await shown(id)).toMatchObject({ secret, publicKey });
    const request = await nextRequest();
    expect(request.headers['webhook-signature']).toMatch(/^v1a,\S{88} v1,\S{44}$/);
    expect([shared, publicKey].map((one) => isSignedBy(request, one))).toEqual([true, true]);

    const stays = await rotate(id);
    expect(stays.secret).toMatch(/^whsk_/);
    const back = await rotate(id, { type: 'v1' });
    expect(back).toEqual({ secret: expect.stringMatching(/^whsec_/) });
    const third = await nextRequest();
    expect([shared, publicKey, stays.publicKey, back.secret].map((one) => isSignedBy(third, one))).toEqual(
      Array(4).fill(true),
    );
  });

  it.each([own(24), own(64), ownKey(32)])('takes a secret that somebody brings (%s)', async (secret) => {
    const { id } = await webhook();
    const answer = await rotate(id, { secret });
    expect(answer.secret).toBe(secret);
    expect(isSignedBy(await nextRequest(), answer.publicKey ?? secret)).toBe(true);
  });

  it.each<[string, object, string | RegExp]>([
    ['23 bytes', { secret: own(23) }, /24 to 64 bytes.*has 23/],
    ['65 bytes', { secret: own(65) }, /24 to 64 bytes.*has 65/],
    ['no text', { secret: 1 }, /`string`/],
    ['a half of an ed25519 key', { secret: ownKey(16) }, /32 bytes behind whsk_/],
    [
      'a secret of another type',
      { secret: own(32), type: 'v1a' },
      'type is v1a, and the secret is one of v1',
    ],
    ['an unknown type', { type: 'v2' }, 'type must be one of: v1, v1a'],
    [
      'a grace of more than a week',
      { graceSeconds: 604_801 },
      'graceSeconds must be between 0 and 604800 seconds',
    ],
    ['half a second', { graceSeconds: 0.5 }, 'graceSeconds must be an integer'],
    ['unknown keys', { grace: 1 }, 'this field has unspecified keys: grace'],
  ])('refuses %s with a sentence', async (_, body, message) => {
    const { id, secret } = await webhook();
    const answer = await app.http.post(`/admin/webhooks/${id}/secret/rotate`).send(body).expect(400);
    if (typeof message === 'string') expect(answer.body.error.message).toBe(message);
    else expect(answer.body.error.message).toMatch(message);
    const text = 'secret' in body ? String(body.secret).slice(6) : 'none';
    if (text.length > 1) expect(JSON.stringify(answer.body)).not.toContain(text);
    expect(await shown(id)).toEqual({ secret, previous: [] });
  });

  it('refuses the secret that signs already', async () => {
    const { id, secret } = await webhook();
    expect(await refused(id, { secret })).toBe('secret is the one that signs already');
  });

  it('keeps ten old ones at the most: an eleventh is refused until one is over, unless none is to be kept', async () => {
    const { id, secret: first } = await webhook();
    for (let n = 0; n < 10; n += 1) await rotate(id, { graceSeconds: n === 0 ? 60 : 3_600 });
    expect(await refused(id, {}, 409)).toMatch(/10 old secrets sign .* rotate then, or with graceSeconds 0/);
    const request = await nextRequest();
    expect(String(request.headers['webhook-signature']).split(' ')).toHaveLength(11);
    expect(isSignedBy(request, first)).toBe(true);

    await rotate(id, { graceSeconds: 0 });
    expect((await shown(id)).previous).toHaveLength(10);
    clock.advance(60_000);
    await rotate(id);
    expect((await shown(id)).previous).toHaveLength(10);
  });

  it('is nothing for a webhook that is not there, or is another tenant’s', async () => {
    const { id } = await webhook({ tenant: 'acme' });
    await app.http.post('/admin/webhooks/x/secret/rotate').expect(404);
    const scopes = ['webhooks:update', 'secrets:read'];
    const { body } = await app.http
      .post('/admin/tokens')
      .send({ name: 'b', scopes, tenant: 'beta' })
      .expect(201);
    await app.httpAs(body.data.token).post(`/admin/webhooks/${id}/secret/rotate`).expect(404);
  });

  it('needs webhooks:update, and showing a secret secrets:read', async () => {
    const { id } = await webhook();
    const as = async (scopes: string[]) => {
      const { body } = await app.http.post('/admin/tokens').send({ name: 'scoped', scopes }).expect(201);
      return app.httpAs(body.data.token);
    };
    await (await as(['secrets:read'])).post(`/admin/webhooks/${id}/secret/rotate`).expect(403);
    const updater = await as(['webhooks:update']);
    await updater.post(`/admin/webhooks/${id}/secret/rotate`).expect(200);
    await updater.get(`/admin/webhooks/${id}/secret`).expect(403);
  });

  describe('X-Hub-Signature-256', () => {
    const hubOf = (secret: string, body: Buffer) =>
      `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

    it('comes when it is asked for, made with the newest secret’s text, and is not in the history', async () => {
      const { id, secret } = await webhook({ hubSignature: true });
      const first = await nextRequest();
      expect(first.headers['x-hub-signature-256']).toBe(hubOf(secret, first.body));
      const { secret: next } = await rotate(id);
      const second = await nextRequest();
      expect(second.headers['x-hub-signature-256']).toBe(hubOf(next, second.body));

      const { body } = await app.http.get(`/admin/webhooks/${id}/deliveries`).expect(200);
      const detail = await app.http.get(`/admin/deliveries/${body.data[0].id}`).expect(200);
      expect(JSON.stringify(detail.body)).not.toMatch(/sha256=/);
    });

    it('does not come unless asked for, is kept when left out of a PUT, and can be turned off', async () => {
      const { id } = await webhook();
      expect((await nextRequest()).headers).not.toHaveProperty('x-hub-signature-256');
      const whole = { name: 'a', url: receiver.url, headers: {}, events: ['*'] };
      const put = async (more: object) =>
        (
          await app.http
            .put(`/admin/webhooks/${id}`)
            .send({ ...whole, ...more })
            .expect(200)
        ).body.data.hubSignature;
      expect([await put({ hubSignature: true }), await put({}), await put({ hubSignature: false })]).toEqual([
        true,
        true,
        false,
      ]);
    });

    it('is refused beside ed25519, from either side', async () => {
      const { id } = await webhook({ hubSignature: true });
      expect(await refused(id, { type: 'v1a' })).toMatch(/^type v1a cannot be used while hubSignature is on/);
      const other = await webhook();
      await rotate(other.id, { type: 'v1a' });
      const whole = { name: 'a', url: receiver.url, headers: {}, events: ['*'], hubSignature: true };
      const { body } = await app.http.put(`/admin/webhooks/${other.id}`).send(whole).expect(400);
      expect(body.error.message).toMatch(/^hubSignature needs a shared secret/);
    });
  });

  it('is not undone by a receiver that disables the webhook at the same moment', async () => {
    const { id } = await webhook();
    const changes = app.get<WebhookTransactions>(WebhookTransactions);
    const bump = changes.bumpVersion.bind(changes);
    let rotated: SecretAnswer | null = null;
    // SQLite lets nobody in between; on MySQL the rotation comes after the row was read and before it is written.
    if (kind.dialect === 'sqlite') rotated = await rotate(id);
    changes.bumpVersion = async (manager) => {
      rotated ??= await rotate(id);
      await bump(manager);
    };
    const registrations = app.get<WebhookService>(WebhookService);
    await inReadCommitted(app.get(DataSource), (manager) => registrations.disableFor(manager, id, 'gone'));
    changes.bumpVersion = bump;
    expect(await shown(id)).toMatchObject({ secret: (rotated as SecretAnswer | null)?.secret });
    const { body } = await app.http.get(`/admin/webhooks/${id}`).expect(200);
    expect(body.data.disabledReason).toBe('gone');
  });

  it('brings a webhook back whose secret no key opens any more', async () => {
    const { id } = await webhook({ headers: { 'X-Key': 'a value that is lost' } });
    await app
      .get(DataSource)
      .query("UPDATE webhooks SET secret = 'v1.AAAA', headers = 'v1.AAAA' WHERE id = ?", [id]);
    await app.get(WebhookSource).bumpVersion(app.get(DataSource).manager);
    const { body } = await app.http.get(`/admin/webhooks/${id}/secret`).expect(409);
    expect(body.error.message).toMatch(
      /^No key of SECRETS_KEY opens what is sealed as "webhooks\/.*\/secret"/,
    );

    const { secret } = await rotate(id);
    expect(await shown(id)).toEqual({ secret, previous: [] });
    const whole = { name: 'a', url: receiver.url, events: ['*'] };
    // Headers that cannot be opened are shown as none, and not lost by coming back as none.
    expect((await app.http.get(`/admin/webhooks/${id}`).expect(200)).body.data.headers).toEqual({});
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ ...whole, headers: {} })
      .expect(409);
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ ...whole, headers: { 'X-Key': 'b' } })
      .expect(200);
    const request = await nextRequest();
    expect(request.headers['x-key']).toBe('b');
    expect(isSignedBy(request, secret)).toBe(true);
  });
});

for (const kind of databasesFor('server')) {
  it('Another instance signs with both at its next look (mysql)', async () => {
    const database = await kind.create();
    const receiver = await startReceiver();
    const settings = { delivery: { worker: false } };
    const [one, other] = await Promise.all(
      [1, 2].map(() => startApp({ databaseUrl: database.url, settings })),
    );
    if (!one || !other) throw new Error('Two instances were to be started.');
    const { id, secret } = await createWebhook(one.http, receiver.url);
    const worker = other.get<DeliveryWorker>(DeliveryWorker);
    await publish(one.http);
    await worker.runOnce();
    const { body } = await one.http.post(`/admin/webhooks/${id}/secret/rotate`).expect(200);
    await publish(one.http);
    await worker.runOnce();
    const [, second] = receiver.requests;
    for (const secrets of [secret, body.data.secret]) {
      expect(
        verifyWebhook({ headers: second?.headers ?? {}, body: second?.body ?? '', secrets }),
      ).toBeDefined();
    }
    await one.close();
    await other.close();
    await receiver.close();
    await database.drop();
  });
}
