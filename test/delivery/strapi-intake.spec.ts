import { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import type { Receiver } from '../../src/testing/receiver.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import type { HttpAgent } from '../support/start-app.js';
import { useStage } from '../support/stage.js';
import { createWebhook } from '../support/webhooks.js';

const TIME = '2026-01-10T08:47:36.649Z';

/** As Strapi 3, 4 and 5 send them. */
const V3 = {
  event: 'entry.create',
  created_at: TIME,
  model: 'address',
  entry: { id: 1, city: 'Paris', created_at: TIME, updated_at: TIME, cover: null, images: [] },
};
const V4 = {
  event: 'entry.publish',
  createdAt: TIME,
  model: 'address',
  entry: { id: 2, city: 'Rome', createdAt: TIME, updatedAt: TIME, publishedAt: TIME, locale: 'it' },
};
const V5 = {
  event: 'entry.update',
  createdAt: TIME,
  model: 'article',
  uid: 'api::article.article',
  entry: {
    id: 7,
    documentId: 'z7v8zma53x01r6oceimv922b',
    title: 'é',
    createdAt: TIME,
    blocks: [{ __component: 'a.b' }],
  },
};
const MEDIA = {
  event: 'media.create',
  createdAt: TIME,
  media: { id: 3, documentId: 'x', name: 'a.png', formats: null, sizeInBytes: 10 },
};

interface Refusal {
  error: { message: string; details: { errors: { path: string[] }[] } };
}

interface Row {
  type: string;
  model: string | null;
  uid: string | null;
  key: string | null;
  tenant: string | null;
  snapshot: string;
}

describeOnAnyDatabase('POST /intake/strapi', (kind) => {
  const { app, receiver } = useStage(kind, {
    settings: { events: { custom: [{ name: 'review.done', description: 'A review was done.' }] } },
  });

  const take = (body: unknown, http: HttpAgent = app.http, source = 'shop') =>
    http.post(`/intake/strapi?source=${source}`).send(body as object);
  const idOf = async (body: unknown, ...more: [HttpAgent?, string?]): Promise<string | null> => {
    const { body: answer } = await take(body, ...more).expect(202);
    return (answer as { data: { id: string | null } }).data.id;
  };
  const recorded = () =>
    app
      .get(DataSource)
      .query<Row[]>('SELECT type, model, uid, `key`, tenant, snapshot FROM webhook_events ORDER BY id');
  const deliver = () => app.get(DeliveryWorker).runOnce();
  const bodiesOf = (one: Receiver) => one.requests.map((request) => request.json());
  const token = async (name: string, tenant: string | null = null) => {
    const { body } = await app.http
      .post('/admin/tokens')
      .send({ name, scopes: ['events:write'], tenant })
      .expect(201);
    return app.httpAs((body as { data: { token: string } }).data.token);
  };

  it.each([V3, V4, V5, MEDIA])(
    'sends %j on as it came, under the same names, in both formats',
    async (body) => {
      const { event, created_at: _, createdAt: __, ...rest } = body as Record<string, unknown>;
      const v3 = await createWebhook(app.http, receiver.url, { events: ['entry.*', 'media.*'] });
      const v5 = await createWebhook(app.http, receiver.url, { events: ['*'], format: 'strapi-v5' });
      await idOf(body);
      await deliver();
      const { uid, ...withoutUid } = rest;
      const isEntry = 'entry' in body;
      const told = isEntry
        ? (uid ?? (rest['model'] === 'address' ? 'api::address.address' : null))
        : undefined;
      const texts = receiver.requests.map((request) => request.body.toString());
      for (const text of texts) expect(text).toContain(JSON.stringify(rest[isEntry ? 'entry' : 'media']));
      expect(bodiesOf(receiver)).toEqual(
        expect.arrayContaining([
          { event, created_at: expect.any(String), ...withoutUid },
          { event, createdAt: expect.any(String), ...withoutUid, ...(isEntry ? { uid: told } : {}) },
        ]),
      );
      expect(v3.id).not.toBe(v5.id);
    },
  );

  it('keeps event, model, uid and what changed, with a key of source, document and locale', async () => {
    for (const body of [V3, V4, V5, MEDIA]) await idOf(body);
    await idOf({ ...V5, entry: { ...V5.entry, locale: 'fr' } });
    expect(await recorded()).toEqual([
      {
        type: 'entry.create',
        model: 'address',
        uid: 'api::address.address',
        key: 'shop/1',
        tenant: null,
        snapshot: JSON.stringify({ entry: V3.entry }),
      },
      {
        type: 'entry.publish',
        model: 'address',
        uid: 'api::address.address',
        key: 'shop/2/it',
        tenant: null,
        snapshot: JSON.stringify({ entry: V4.entry }),
      },
      {
        type: 'entry.update',
        model: 'article',
        uid: V5.uid,
        key: `shop/${V5.entry.documentId}`,
        tenant: null,
        snapshot: JSON.stringify({ entry: V5.entry }),
      },
      {
        type: 'media.create',
        model: null,
        uid: null,
        key: 'shop/x',
        tenant: null,
        snapshot: JSON.stringify({ media: MEDIA.media }),
      },
      expect.objectContaining({ key: `shop/${V5.entry.documentId}/fr` }),
    ]);
  });

  it('takes an array in one transaction: all or none', async () => {
    const { body } = await take([V3, { event: 'trigger-test', createdAt: TIME }, V5]).expect(202);
    const { data } = body as { data: { id: string | null }[] };
    expect(data.map(({ id }) => id !== null)).toEqual([true, false, true]);
    expect(await recorded()).toHaveLength(2);
    const { body: refused } = await take([MEDIA, { ...V4, model: 5 }]).expect(400);
    const { error } = refused as Refusal;
    expect(error.message).toBe('[1]: model must be a name of 1 to 255 characters');
    expect(error.details.errors[0]?.path).toEqual(['1', 'model']);
    expect(await recorded()).toHaveLength(2);
    await take([]).expect(400);
  });

  it('records nothing for the test of Strapi’s form, and answers 202', async () => {
    expect(await idOf({ event: 'trigger-test', createdAt: TIME })).toBeNull();
    expect(await recorded()).toEqual([]);
  });

  it('records a repeated body once, and one of another time or another Strapi again', async () => {
    const id = await idOf(V5);
    expect(await idOf(V5)).toBe(id);
    expect(await idOf({ ...V5, createdAt: '2026-01-10T08:47:36.650Z' })).not.toBe(id);
    expect(await idOf(V5, app.http, 'blog')).not.toBe(id);
    const { body } = await take([V5]).expect(202);
    expect((body as { data: object }).data).toEqual([{ id }]);
    expect(await recorded()).toHaveLength(3);
  });

  it('records every body without a time, which nothing tells from its repetition', async () => {
    const { createdAt: _, ...bare } = V5;
    expect(await idOf(bare)).not.toBe(await idOf(bare));
  });

  it('obeys Idempotency-Key, each Strapi with its own', async () => {
    const keyed = async (body: object, source?: string) =>
      take(body, app.http, source).set('Idempotency-Key', 'row-1');
    const first = await keyed(V3);
    expect((await keyed(V3)).body).toEqual(first.body);
    expect((await keyed(V4)).status).toBe(409);
    expect((await keyed(V4, 'blog')).status).toBe(202);
    await take(V3).set('Idempotency-Key', 'k'.repeat(256)).expect(400);
    expect(await recorded()).toHaveLength(2);
  });

  it('takes the source from the token’s name, and the tenant from the token', async () => {
    const http = await token('Shop (Strapi 5)', 'acme');
    await http.post('/intake/strapi').send(V3).expect(202);
    expect(await recorded()).toMatchObject([{ key: 'shop-strapi-5/1', tenant: 'acme' }]);
    await take(V3, app.http, 'A b').expect(400);
  });

  it('sends the events of one document in their order', async () => {
    await createWebhook(app.http, receiver.url, { events: ['*'], ordering: 'entry' });
    const titles = ['one', 'two', 'three'];
    for (const title of titles) await idOf({ ...V5, entry: { ...V5.entry, title } });
    await deliver();
    expect(bodiesOf(receiver).map(({ entry }) => (entry as { title: string }).title)).toEqual(titles);
  });

  it('takes a custom event that is declared, with all that it has', async () => {
    await idOf({ event: 'review.done', createdAt: TIME, review: { id: 1 }, by: 'ann' });
    expect(await recorded()).toMatchObject([
      { type: 'review.done', key: null, snapshot: JSON.stringify({ review: { id: 1 }, by: 'ann' }) },
    ]);
  });

  it('takes an entry that Strapi could not read any more', async () => {
    await idOf({ ...V5, entry: null });
    expect(await recorded()).toMatchObject([{ key: null, snapshot: '{"entry":null}' }]);
  });

  it.each<[string, unknown, string]>([
    ['no object', [5], '[0]: a body of a Strapi webhook is an object'],
    ['no event', { ...V5, event: undefined }, 'event is a required field'],
    [
      'an event that is not declared',
      { event: 'order.shipped' },
      'declare a custom event of Strapi in events.custom',
    ],
    ['an event of this server', { event: 'webhook.disabled' }, 'which is unknown here'],
    ['no model', { ...V5, model: undefined }, 'model is a required field'],
    ['an uid that is no text', { ...V5, uid: 5 }, 'uid must be a name'],
    ['no entry', { ...V5, entry: undefined }, 'entry must be an object or null'],
    ['a list of files', { ...MEDIA, media: [] }, 'media must be an object or null'],
    ['further keys', { ...V5, extra: 1 }, 'this field has unspecified keys: extra'],
  ])('refuses %s', async (_, body, message) => {
    const request = app.http.post('/intake/strapi').set('Content-Type', 'application/json');
    const { body: refused } = await request.send(JSON.stringify(body)).expect(400);
    expect((refused as Refusal).error.message).toContain(message);
    expect(await recorded()).toEqual([]);
  });

  it('needs the scope events:write', async () => {
    await app.httpAs(null).post('/intake/strapi').send(V5).expect(401);
    const { body } = await app.http.post('/admin/tokens').send({ name: 'r', scopes: ['webhooks:read'] });
    await take(V5, app.httpAs((body as { data: { token: string } }).data.token)).expect(403);
  });
});
