import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource } from 'typeorm';
import { WebhookSource } from '../../src/webhooks/webhook-source.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type RunningApp, startApp } from '../support/start-app.js';

const START = Date.parse('2026-01-10T08:47:36.649Z');
const ADDRESS = 'api::address.address';
const UNKNOWN_ID = '0190163d-8694-739b-aea5-966c26f8ad91';

const HOOK = {
  name: 'crm',
  url: 'https://example.com/hook',
  headers: { 'X-Key': 'a' },
  events: ['entry.create', 'media.delete'],
};

const NOT_FOUND = {
  data: null,
  error: { status: 404, name: 'NotFoundError', message: 'webhook.notFound', details: {} },
};

describeOnAnyDatabase('the webhooks admin API', (kind) => {
  let database: TestDatabase;
  let running: RunningApp;
  const clock = new ManualClock(START);

  beforeAll(async () => {
    database = await kind.create();
    running = await startApp({
      databaseUrl: database.url,
      clock,
      // Nothing is sent, nobody is asked: the receivers of these webhooks are not ours.
      settings: { delivery: { worker: false } },
    });
  });

  afterAll(async () => {
    await running.close();
    await database.drop();
  });

  const post = (path: string, body?: object) => running.http.post(path).send(body);
  const put = (id: string, body: object) => running.http.put(`/admin/webhooks/${id}`).send(body);
  const get = (path: string) => running.http.get(path);

  async function created(body: object = {}): Promise<Record<string, unknown> & { id: string }> {
    const { body: answer } = await post('/admin/webhooks', { ...HOOK, ...body }).expect(201);
    return answer.data;
  }

  async function refused(body: object): Promise<{ message: string; details: { errors: object[] } }> {
    const { body: answer } = await post('/admin/webhooks', body).expect(400);
    expect(answer).toMatchObject({ data: null, error: { status: 400, name: 'ValidationError' } });
    return answer.error;
  }

  describe('creates', () => {
    it('a webhook that is enabled, and shows its secret this once', async () => {
      const { secret, ...webhook } = await created();

      expect(Object.entries(webhook)).toEqual([
        ['id', expect.any(String)],
        ...Object.entries(HOOK),
        ['isEnabled', true],
        ['contentTypeEvents', {}],
        ['format', 'strapi-v3'],
        ['timeoutMs', 10_000],
        ['retrySchedule', null],
        ['rateLimit', null],
        ['concurrency', null],
        ['ordering', 'none'],
        ['tenant', null],
        ['tls', null],
        ['filter', null],
        ['disabledReason', null],
        ['createdAt', '2026-01-10T08:47:36.649Z'],
        ['updatedAt', '2026-01-10T08:47:36.649Z'],
        [
          'health',
          {
            lastSuccessAt: null,
            consecutiveFailures: 0,
            pausedUntil: null,
            filteredCount: 0,
            lastFilteredAt: null,
            filterErrors: 0,
          },
        ],
        ['include', []],
        ['cloudEventsHandshake', false],
        ['handshake', null],
        ['hubSignature', false],
      ]);
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      await get(`/admin/webhooks/${webhook.id}`).expect(200, { data: webhook });
    });

    it('one with no headers and no events', async () => {
      await expect(created({ headers: {}, events: [] })).resolves.toMatchObject({ headers: {}, events: [] });
    });

    it('one with the further keys', async () => {
      const keys = {
        format: 'strapi-v3',
        timeoutMs: 30_000,
        retrySchedule: [0, 0.5, 604_800],
        rateLimit: 10,
        concurrency: 5,
        ordering: 'entry',
        tenant: 'acme',
      };
      await expect(created(keys)).resolves.toMatchObject(keys);
    });

    it('one for every event, and for all of a kind', async () => {
      await expect(created({ events: ['*'] })).resolves.toMatchObject({ events: ['*'] });
      await expect(created({ events: ['entry.*'] })).resolves.toMatchObject({ events: ['entry.*'] });
    });

    it.each(['https://EXAMPLE.com', 'http://[::1]:3000/', 'http://localhost:1'])('one at %s', async (url) => {
      await expect(created({ url })).resolves.toMatchObject({ url });
    });

    it('one with headers that are named like words of the language', async () => {
      const headers = { toString: 'a', then: 'b' };
      await expect(created({ headers })).resolves.toMatchObject({ headers });
    });

    it('one whose name is in any script', async () => {
      await expect(created({ name: 'Вебхук 📯' })).resolves.toMatchObject({ name: 'Вебхук 📯' });
    });
  });

  describe('refuses', () => {
    const { name: _name, ...withoutName } = HOOK;
    const { headers: _headers, ...withoutHeaders } = HOOK;
    const { events: _events, ...withoutEvents } = HOOK;

    it.each<[string, object, (string | number)[], string]>([
      ['no name', withoutName, ['name'], 'name is a required field'],
      ['an empty name', { ...HOOK, name: '' }, ['name'], 'name is a required field'],
      [
        'a number as name',
        { ...HOOK, name: 1 },
        ['name'],
        'name must be a `string` type, but the final value was: `1`.',
      ],
      [
        'a name beyond 255',
        { ...HOOK, name: 'a'.repeat(256) },
        ['name'],
        'name must be at most 255 characters',
      ],
      ['a URL that is none', { ...HOOK, url: 'example' }, ['url'], 'url must be a valid URL'],
      ['a URL of another scheme', { ...HOOK, url: 'ftp://example.com' }, ['url'], 'url must be a valid URL'],
      ['no headers', withoutHeaders, ['headers'], 'headers is a required field'],
      [
        'headers in an array',
        { ...HOOK, headers: [] },
        ['headers'],
        'headers must be a `object` type, but the final value was: `[]`.',
      ],
      [
        'a reserved header',
        { ...HOOK, headers: { 'Webhook-Id': 'a' } },
        ['headers', 'Webhook-Id'],
        'headers.Webhook-Id is set by this server and cannot be replaced',
      ],
      [
        'a header that is no text',
        { ...HOOK, headers: { 'X-Key': 1 } },
        ['headers', 'X-Key'],
        'headers.X-Key must be a `string` type, but the final value was: `1`.',
      ],
      ['no events', withoutEvents, ['events'], 'events is a required field'],
      [
        'events that are no list',
        { ...HOOK, events: 'entry.create' },
        ['events'],
        'events must be a `array` type, but the final value was: `"entry.create"`.',
      ],
      [
        'an unknown event',
        { ...HOOK, events: ['entry.create', 'x'] },
        ['events', '1'],
        'Webhook event x is not supported',
      ],
      [
        'a prefix of no event',
        { ...HOOK, events: ['order.*'] },
        ['events', '0'],
        'Webhook event order.* is not supported',
      ],
      ['isEnabled', { ...HOOK, isEnabled: true }, [], 'this field has unspecified keys: isEnabled'],
      ['an id', { ...HOOK, id: 'a' }, [], 'this field has unspecified keys: id'],
      ['several unknown keys at once', { ...HOOK, a: 1, b: 2 }, [], 'this field has unspecified keys: a, b'],
      [
        'an unknown content type',
        { ...HOOK, contentTypeEvents: { 'api::x.x': [] } },
        ['contentTypeEvents', 'api::x.x'],
        'contentTypeEvents: there is no content type "api::x.x"',
      ],
      [
        'an unknown event of a content type',
        { ...HOOK, contentTypeEvents: { [ADDRESS]: ['x'] } },
        ['contentTypeEvents', ADDRESS],
        'Webhook event x is not supported',
      ],
      [
        'malformed contentTypeEvents',
        { ...HOOK, contentTypeEvents: [] },
        ['contentTypeEvents'],
        'contentTypeEvents must be a `object` type, but the final value was: `[]`.',
      ],
      [
        'a format that there is not',
        { ...HOOK, format: 'xml' },
        ['format'],
        'format must be one of: strapi-v3, strapi-v5, standard, cloudevents',
      ],
      [
        'an include that there is not',
        { ...HOOK, include: ['previous', 'next'] },
        ['include'],
        'include[1] must be one of: previous, actor',
      ],
      [
        'a handshake of a format that knows none',
        { ...HOOK, format: 'standard', cloudEventsHandshake: true },
        ['cloudEventsHandshake'],
        "cloudEventsHandshake goes with the format cloudevents alone, and this webhook's is standard",
      ],
      [
        'a timeout beyond 30 s',
        { ...HOOK, timeoutMs: 30_001 },
        ['timeoutMs'],
        'timeoutMs must be between 1 and 30000 milliseconds',
      ],
      [
        'a fraction of a millisecond',
        { ...HOOK, timeoutMs: 1.5 },
        ['timeoutMs'],
        'timeoutMs must be an integer',
      ],
      [
        'a retry in the past',
        { ...HOOK, retrySchedule: [-1] },
        ['retrySchedule'],
        'retrySchedule[0] must be between 0 and 604800 seconds',
      ],
      [
        'a tenant that is no text',
        { ...HOOK, tenant: 1 },
        ['tenant'],
        'tenant must be a `string` type, but the final value was: `1`.',
      ],
    ])('%s', async (_, body, path, message) => {
      const error = await refused(body);
      expect(error.message).toBe(message);
      expect(error.details.errors).toEqual([
        expect.objectContaining({ path, message, name: 'ValidationError' }),
      ]);
    });

    it('everything that is wrong, at once', async () => {
      const error = await refused({});
      expect(error.message).toBe('4 errors occurred');
      expect(error.details.errors).toHaveLength(4);
    });

    it.each([[[]], [[HOOK]]])('the body %j, which is no object', async (body) => {
      await refused(body);
    });

    it('a body that is nested without end', async () => {
      const headers = `{"X":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
      const { body } = await running.http
        .post('/admin/webhooks')
        .set('Content-Type', 'application/json')
        .send(`{"name":"a","url":"http://example.com","events":[],"headers":${headers}}`)
        .expect(400);
      expect(body.error.message).toBe('The request body is nested deeper than 100 levels');
    });

    it('broken JSON', async () => {
      await running.http
        .post('/admin/webhooks')
        .set('Content-Type', 'application/json')
        .send('{"name":')
        .expect(400);
    });

    it('credentials in the URL, with a sentence', async () => {
      const { message } = await refused({ ...HOOK, url: 'https://user:pass@example.com' });
      expect(message).toMatch(/user name or password/);
    });
  });

  describe('lists and shows', () => {
    it('all webhooks, oldest first, also with a trailing slash', async () => {
      const { secret: _, ...webhook } = await created();
      const { body } = await get('/admin/webhooks').expect(200);
      expect(body.data.at(-1)).toEqual(webhook);
      await get('/admin/webhooks/').expect(200, body);
    });

    it.each([UNKNOWN_ID, 'x', '%C3%BC', 'a'.repeat(200)])('nothing for the id %s', async (id) => {
      await get(`/admin/webhooks/${id}`).expect(404, NOT_FOUND);
    });

    it('the secret, behind its own route', async () => {
      const { id, secret } = await created();
      await get(`/admin/webhooks/${id}/secret`).expect(200, { data: { secret, previous: [] } });
      await get(`/admin/webhooks/${UNKNOWN_ID}/secret`).expect(404, NOT_FOUND);
    });

    it('keeps the secret sealed', async () => {
      const { id, secret } = await created();
      const [row] = await running
        .get(DataSource)
        .query<{ secret: string }[]>('SELECT secret FROM webhooks WHERE id = ?', [id]);
      expect(row?.secret).toMatch(/^v1\./);
      expect(row?.secret).not.toContain(String(secret).slice(6));
    });

    it('the event types, with their schemas and examples', async () => {
      const { body } = await get('/admin/event-types').expect(200);
      expect(body.data.map(({ name }: { name: string }) => name)).toEqual(
        expect.arrayContaining([
          'entry.create',
          'entry.update',
          'entry.delete',
          'media.create',
          'media.delete',
        ]),
      );
      for (const type of body.data) {
        expect(Object.keys(type)).toEqual(['name', 'description', 'schema', 'example', 'contentTypes']);
      }
      const typesOf = (name: string) =>
        body.data.find((type: { name: string }) => type.name === name).contentTypes;
      expect(typesOf('entry.create')).toEqual(expect.arrayContaining([ADDRESS]));
      expect(typesOf('media.create')).toEqual([]);
    });
  });

  describe('replaces', () => {
    it('the whole, and keeps what is left out of the further keys', async () => {
      const kept = {
        timeoutMs: 5000,
        retrySchedule: [1],
        contentTypeEvents: { [ADDRESS]: ['entry.update'] },
        format: 'cloudevents',
        include: ['previous'],
      };
      const { id, secret, ...before } = await created(kept);
      clock.advance(1000);
      const change = { name: 'new', url: 'http://example.org', headers: {}, events: ['media.create'] };

      const { body } = await put(id, change).expect(200);

      expect(body.data).toEqual({
        ...before,
        id,
        ...change,
        ...kept,
        updatedAt: new Date(clock.now()).toISOString(),
      });
      await get(`/admin/webhooks/${id}`).expect(200, body);
      await get(`/admin/webhooks/${id}/secret`).expect(200, { data: { secret, previous: [] } });
    });

    it('the further keys too, when they are given', async () => {
      const { id } = await created({ retrySchedule: [1], tenant: 'acme' });
      const { body } = await put(id, { ...HOOK, retrySchedule: null, tenant: null, timeoutMs: 1 }).expect(
        200,
      );
      expect(body.data).toMatchObject({ retrySchedule: null, tenant: null, timeoutMs: 1 });
    });

    it('includes without repetition, in the order in which bodies have them', async () => {
      const { id } = await created({ include: ['actor', 'previous', 'actor'] });
      await expect(get(`/admin/webhooks/${id}`)).resolves.toMatchObject({
        body: { data: { include: ['previous', 'actor'] } },
      });
      const { body } = await put(id, { ...HOOK, include: [] }).expect(200);
      expect(body.data).toMatchObject({ include: [] });
    });

    it('contentTypeEvents without what events has', async () => {
      const { id } = await created();
      const lists = { [ADDRESS]: ['entry.create', 'entry.update'] };
      const { body } = await put(id, { ...HOOK, contentTypeEvents: lists }).expect(200);
      expect(body.data.contentTypeEvents).toEqual({ [ADDRESS]: ['entry.update'] });

      const { body: wider } = await put(id, { ...HOOK, events: ['entry.*'] }).expect(200);
      expect(wider.data.contentTypeEvents).toEqual({});
    });

    it('isEnabled, and says that a person did it', async () => {
      const { id } = await created();
      const { body: off } = await put(id, { ...HOOK, isEnabled: false }).expect(200);
      expect(off.data).toMatchObject({ isEnabled: false, disabledReason: 'manual' });
      const { body: kept } = await put(id, HOOK).expect(200);
      expect(kept.data).toMatchObject({ isEnabled: false, disabledReason: 'manual' });
      const { body: on } = await put(id, { ...HOOK, isEnabled: true }).expect(200);
      expect(on.data).toMatchObject({ isEnabled: true, disabledReason: null });
    });

    it('nothing with a body that is not whole, has another id, or casts', async () => {
      const { id } = await created();
      await put(id, { name: 'only' }).expect(400);
      const { body: other } = await put(id, { ...HOOK, id: UNKNOWN_ID }).expect(400);
      expect(other.error.message).toBe('id must be that of the path, or left out');
      const { body } = await put(id, { ...HOOK, isEnabled: 'true' }).expect(400);
      expect(body.error.message).toBe(
        'isEnabled must be a `boolean` type, but the final value was: `"true"`.',
      );
    });

    it('nothing that there is not: 404, but 400 when the body is bad too', async () => {
      await put(UNKNOWN_ID, HOOK).expect(404, NOT_FOUND);
      await put(UNKNOWN_ID, { ...HOOK, name: 1 }).expect(400);
      await put(UNKNOWN_ID, { ...HOOK, events: ['x'] }).expect(400);
    });
  });

  describe('takes back', () => {
    const ALL = {
      ...{ format: 'cloudevents', cloudEventsHandshake: true, include: ['actor'], filter: 'true' },
      ...{ timeoutMs: 500, retrySchedule: [1, 2], rateLimit: 5, concurrency: 2, ordering: 'entry' },
      ...{ hubSignature: true, contentTypeEvents: { [ADDRESS]: ['entry.update'] } },
    };

    it.each(['put', 'patch'] as const)('what it answered, by %s, and changes nothing', async (method) => {
      const { id } = await created(ALL);
      await post(`/admin/webhooks/${id}/disable`).expect(200);
      const { body: shown } = await get(`/admin/webhooks/${id}`).expect(200);
      expect(shown.data).toMatchObject({ disabledReason: 'manual', handshake: { state: 'pending' } });
      const { body } = await running.http[method](`/admin/webhooks/${id}`).send(shown.data).expect(200);
      expect(body).toEqual(shown);
    });

    it('what the list page of Strapi sends: the webhook with another isEnabled', async () => {
      const { id } = await created();
      const { body } = await get('/admin/webhooks').expect(200);
      const webhook = body.data.find((one: { id: string }) => one.id === id);
      const { body: off } = await put(id, { ...webhook, isEnabled: false }).expect(200);
      expect(off.data).toMatchObject({ isEnabled: false, disabledReason: 'manual' });
    });

    it('nothing of it in a POST, which has no webhook to show', async () => {
      await refused({ ...HOOK, createdAt: '2026-01-10T08:47:36.649Z' });
    });
  });

  describe('changes a part of', () => {
    const patch = (id: string, body: object) => running.http.patch(`/admin/webhooks/${id}`).send(body);

    it.each([
      { name: 'other' },
      { url: 'https://else.example.com/' },
      { headers: {} },
      { events: ['entry.delete'] },
      { isEnabled: false },
      { format: 'standard', timeoutMs: 7 },
      { filter: null },
      {},
    ])('a webhook: %j', async (changes) => {
      const { id, secret: _, ...before } = await created({ filter: 'true' });
      const { body } = await patch(id, changes).expect(200);
      const disabledReason = 'isEnabled' in changes ? 'manual' : null;
      expect(body.data).toEqual({ ...before, id, ...changes, disabledReason });
      await get(`/admin/webhooks/${id}`).expect(200, body);
    });

    it('nothing, with a value that is none', async () => {
      const { id } = await created();
      for (const [changes, message] of [
        [{ name: null }, 'name is a required field'],
        [{ url: 'no' }, 'url must be a valid URL'],
        [{ events: ['x'] }, 'Webhook event x is not supported'],
        [{ nmae: 'x' }, 'this field has unspecified keys: nmae'],
        [{ id: 'x' }, 'id must be that of the path, or left out'],
      ] as const) {
        const { body } = await patch(id, changes).expect(400);
        expect(body.error.message).toBe(message);
      }
      await patch(UNKNOWN_ID, { name: 'x' }).expect(404, NOT_FOUND);
    });
  });

  describe('enables and disables', () => {
    it('by hand, as often as one likes', async () => {
      const { id } = await created();
      for (const [action, isEnabled, disabledReason] of [
        ['disable', false, 'manual'],
        ['disable', false, 'manual'],
        ['enable', true, null],
        ['enable', true, null],
      ] as const) {
        const { body } = await post(`/admin/webhooks/${id}/${action}`).expect(200);
        expect(body.data).toMatchObject({ id, isEnabled, disabledReason });
        await get(`/admin/webhooks/${id}`).expect(200, body);
      }
    });

    it('nothing that there is not', async () => {
      await post(`/admin/webhooks/${UNKNOWN_ID}/enable`).expect(404, NOT_FOUND);
      await post(`/admin/webhooks/${UNKNOWN_ID}/disable`).expect(404, NOT_FOUND);
    });
  });

  describe('deletes', () => {
    it('one, and answers with it', async () => {
      const { secret: _, ...webhook } = await created();
      await running.http.delete(`/admin/webhooks/${webhook.id}`).expect(200, { data: webhook });
      await get(`/admin/webhooks/${webhook.id}`).expect(404, NOT_FOUND);
      await running.http.delete(`/admin/webhooks/${webhook.id}`).expect(404, NOT_FOUND);
    });

    it('many, and passes over what there is not', async () => {
      const [one, other] = [await created(), await created()];
      const ids = [one.id, UNKNOWN_ID, 7, other.id];
      await post('/admin/webhooks/batch-delete', { ids }).expect(200, { data: ids });
      await get(`/admin/webhooks/${one.id}`).expect(404);
      await get(`/admin/webhooks/${other.id}`).expect(404);
    });

    it.each([[undefined], [{}], [{ ids: [] }], [{ ids: 'a' }]])('none for the body %j', async (body) => {
      const { body: answer } = await post('/admin/webhooks/batch-delete', body).expect(400);
      expect(answer).toEqual({
        data: null,
        error: { status: 400, name: 'BadRequestError', message: 'ids must be an array of id', details: {} },
      });
    });
  });

  describe('tells the rest of the process', () => {
    const registry = () => running.get(WebhookSource);
    const manager = () => running.get(DataSource).manager;

    it('with a higher version after every change, and with none after a refusal', async () => {
      const versions = [await registry().version(manager())];
      const note = async () => versions.push(await registry().version(manager()));
      const { id } = await created();
      await note();
      await put(id, HOOK).expect(200);
      await note();
      await post(`/admin/webhooks/${id}/disable`).expect(200);
      await note();
      await running.http.delete(`/admin/webhooks/${id}`).expect(200);
      await note();
      expect(versions.map((version) => version - (versions[0] ?? 0))).toEqual([0, 1, 2, 3, 4]);

      await put(UNKNOWN_ID, HOOK).expect(404);
      expect(await registry().version(manager())).toBe(versions.at(-1));
    });

    it('with the webhook as it is delivered to', async () => {
      const { id, secret } = await created({ tenant: 'acme' });
      const webhook = await registry().find(manager(), id);
      expect(webhook).toMatchObject({
        ...HOOK,
        id,
        tenant: 'acme',
        createdAt: clock.now(),
        secrets: [{ secret, expiresAt: null }],
      });
      expect((await registry().all(manager())).map((one) => one.id)).toContain(id);
      expect(await registry().find(manager(), UNKNOWN_ID)).toBeNull();
    });

    it('with a signal once the change is committed, and waits for who listens', async () => {
      const heard: [string, boolean][] = [];
      const emitter = running.get(EventEmitter2);
      const listen = async (signal: { signal: string; webhookId: string }) => {
        const webhook = await registry().find(manager(), signal.webhookId);
        heard.push([signal.signal, webhook?.isEnabled ?? false]);
      };
      const names = ['enabled', 'disabled', 'changed', 'deleted'].map((name) => `posthorn.webhook.${name}`);
      for (const name of names) emitter.on(name, listen);
      const { id } = await created();

      await put(id, { ...HOOK, isEnabled: false }).expect(200);
      await post(`/admin/webhooks/${id}/enable`).expect(200);
      await post(`/admin/webhooks/${id}/disable`).expect(200);
      await post('/admin/webhooks/batch-delete', { ids: [id, UNKNOWN_ID] }).expect(200);
      for (const name of names) emitter.off(name, listen);

      expect(heard).toEqual([
        ['posthorn.webhook.changed', true],
        ['posthorn.webhook.changed', false],
        ['posthorn.webhook.disabled', false],
        ['posthorn.webhook.enabled', true],
        ['posthorn.webhook.disabled', false],
        ['posthorn.webhook.deleted', false],
      ]);
    });

    it('and stands by the change when a listener fails', async () => {
      const emitter = running.get(EventEmitter2);
      const fail = async () => {
        throw new Error('a listener that fails');
      };
      emitter.on('posthorn.webhook.disabled', fail);
      const { id } = await created();
      await post(`/admin/webhooks/${id}/disable`).expect(200);
      emitter.off('posthorn.webhook.disabled', fail);
    });
  });

  it('makes changes that come together one after the other', async () => {
    const { id } = await created();
    const names = Array.from({ length: 8 }, (_, index) => `name ${index}`);
    await Promise.all(names.map((name) => put(id, { ...HOOK, name }).expect(200)));
    const { body } = await get(`/admin/webhooks/${id}`).expect(200);
    expect(names).toContain(body.data.name);
  });

  describe('for a token with a tenant', () => {
    const as = async (tenant: string) => {
      const { body } = await post('/admin/tokens', { name: tenant, scopes: ['*'], tenant }).expect(201);
      return { Authorization: `Bearer ${body.data.token}` };
    };

    it('makes and shows its own alone', async () => {
      const [acme, beta] = [await as('acme-1'), await as('beta-1')];
      const own = await running.http.post('/admin/webhooks').set(acme).send(HOOK).expect(201);
      await created();
      const { id } = own.body.data;
      expect(own.body.data.tenant).toBe('acme-1');

      const mine = await get('/admin/webhooks').set(acme).expect(200);
      expect(mine.body.data.map((one: { id: string }) => one.id)).toEqual([id]);
      await get('/admin/webhooks').set(beta).expect(200, { data: [] });

      await get(`/admin/webhooks/${id}`).set(beta).expect(404, NOT_FOUND);
      await get(`/admin/webhooks/${id}/secret`).set(beta).expect(404, NOT_FOUND);
      await put(id, HOOK).set(beta).expect(404, NOT_FOUND);
      await post(`/admin/webhooks/${id}/disable`).set(beta).expect(404, NOT_FOUND);
      await running.http.delete(`/admin/webhooks/${id}`).set(beta).expect(404, NOT_FOUND);
      await post('/admin/webhooks/batch-delete', { ids: [id] })
        .set(beta)
        .expect(200, { data: [id] });
      await get(`/admin/webhooks/${id}`).set(acme).expect(200);
    });

    it('refuses another tenant than its own', async () => {
      const acme = await as('acme-2');
      const own = await post('/admin/webhooks', { ...HOOK, tenant: 'acme-2' })
        .set(acme)
        .expect(201);
      for (const tenant of ['beta-2', null]) {
        const { body } = await post('/admin/webhooks', { ...HOOK, tenant })
          .set(acme)
          .expect(403);
        expect(body.error).toMatchObject({
          name: 'ForbiddenError',
          message: expect.stringContaining('works for the tenant "acme-2" alone'),
        });
        await put(own.body.data.id, { ...HOOK, tenant })
          .set(acme)
          .expect(403);
      }
    });
  });

  describe('asks for the scope of each route', () => {
    it.each<[string, 'get' | 'post' | 'put' | 'delete', string]>([
      ['webhooks:read', 'get', ''],
      ['webhooks:read', 'get', '/x'],
      ['webhooks:create', 'post', ''],
      ['webhooks:update', 'put', '/x'],
      ['webhooks:update', 'post', '/x/enable'],
      ['webhooks:update', 'post', '/x/disable'],
      ['webhooks:delete', 'delete', '/x'],
      ['webhooks:delete', 'post', '/batch-delete'],
      ['secrets:read', 'get', '/x/secret'],
    ])('%s for %s %s', async (scope, method, path) => {
      const tokenWith = async (scopes: string[]) => {
        const { body } = await post('/admin/tokens', { name: 'one', scopes }).expect(201);
        return `Bearer ${body.data.token}`;
      };
      const others = [
        'webhooks:read',
        'webhooks:create',
        'webhooks:update',
        'webhooks:delete',
        'secrets:read',
      ];
      const without = await tokenWith(others.filter((one) => one !== scope));
      const url = `/admin/webhooks${path}`;

      const { body } = await running.http[method](url).set('Authorization', without).expect(403);
      expect(body.error).toEqual({ status: 403, name: 'ForbiddenError', message: 'Forbidden', details: {} });
      const allowed = await running.http[method](url).set('Authorization', await tokenWith([scope]));
      expect([200, 400, 404]).toContain(allowed.status);
      await running.http[method](url).set('Authorization', 'Bearer wrong').expect(401);
    });
  });
});

describeOnAnyDatabase('webhooks where https alone is allowed', (kind) => {
  it('refuses http with a sentence', async () => {
    const database = await kind.create();
    const running = await startApp({
      databaseUrl: database.url,
      settings: { webhooks: { httpsOnly: true } },
    });
    try {
      const { body } = await running.http
        .post('/admin/webhooks')
        .send({ ...HOOK, url: 'http://example.com' })
        .expect(400);
      expect(body.error.message).toMatch(/^url must begin with https:\/\//);
      await running.http.post('/admin/webhooks').send(HOOK).expect(201);
    } finally {
      await running.close();
      await database.drop();
    }
  });
});
