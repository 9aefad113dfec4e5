import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { type RunningApp, startApp } from '../support/start-app.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const PAGE = Buffer.from('<!doctype html><script>alert(1)</script>');

/** So many that whatever compares each with each would not come to its end. */
const MANY = 300_000;
const MANY_KEYS = Object.fromEntries(Array.from({ length: MANY }, (_, index) => [index, 0]));

const WEBHOOK = { name: 'a', url: 'http://127.0.0.1:9/', headers: {}, events: [] };

describeOnAnyDatabase('What a person can send', (database) => {
  let store: TestDatabase;
  let posthorn: RunningApp;

  beforeAll(async () => {
    store = await database.create();
    posthorn = await startApp({
      databaseUrl: store.url,
      settings: { http: { corsOrigins: ['https://admin.example.com'], maxBodyBytes: 64 * 1024 * 1024 } },
    });
  });

  afterAll(async () => {
    await posthorn?.close();
    await store?.drop();
  });

  describe('is bounded:', () => {
    it.each<[string, object, string]>([
      ['a name', { name: 'a'.repeat(256) }, 'name must be at most 255 characters'],
      ['a URL', { url: `http://a/${'a'.repeat(2_048)}` }, 'url must be at most 2048 characters'],
      [
        'events',
        { events: Array(101).fill('entry.create') },
        'events field must have less than or equal to 100 items',
      ],
      [
        'the number of headers',
        { headers: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`X-${index}`, 'a'])) },
        'headers may hold at most 50 headers',
      ],
      [
        'the size of headers',
        { headers: { X: 'a'.repeat(8_192) } },
        'headers may hold at most 8192 bytes together',
      ],
      [
        'content types',
        {
          contentTypeEvents: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`${index}`, []])),
        },
        'contentTypeEvents may hold at most 100 content types',
      ],
      [
        'events of a content type',
        { contentTypeEvents: { 'api::address.address': Array(101).fill('entry.create') } },
        'contentTypeEvents: "api::address.address" may hold at most 100 events',
      ],
    ])('%s', async (_, part, message) => {
      const { body } = await posthorn.http
        .post('/admin/webhooks')
        .send({ ...WEBHOOK, ...part })
        .expect(400);
      expect(body.error.message).toBe(message);
    });

    it('what is told of it', async () => {
      const events = Array.from({ length: 100 }, (_, index) => `unknown.${index}`);
      const lists = { 'api::address.address': events, 'api::category.category': events };
      const sent = JSON.stringify({ ...WEBHOOK, contentTypeEvents: lists });
      const answer = await posthorn.http.post('/admin/webhooks').type('json').send(sent).expect(400);
      expect(answer.body.error.message).toBe('200 errors occurred');
      expect(answer.body.error.details.errors).toHaveLength(100);
      expect(answer.text.length).toBeLessThan(10 * sent.length);
    });

    it.each<[string, string, (keys: object) => object]>([
      ['a body', '/admin/webhooks', (keys) => keys],
      ['a part of a body', '/admin/deliveries/cancel', (filter) => ({ filter })],
      ['what must be text', '/admin/tokens', (name) => ({ name, scopes: ['*'] })],
      ['an item of a list', '/admin/webhooks', (event) => ({ ...WEBHOOK, events: [event] })],
    ])('the number of keys of %s', async (_, path, bodyWith) => {
      const { body } = await posthorn.http.post(path).send(bodyWith(MANY_KEYS)).expect(400);
      expect(body.error.message).toBe('The request body has an object with more than 100 keys');
    });

    it('what is done for each key of an event’s data, of which there may be many', async () => {
      const { body } = await posthorn.http
        .post('/admin/events')
        .send({ type: 'order.shipped', data: MANY_KEYS })
        .expect(202);
      const { body: event } = await posthorn.http.get(`/admin/events/${body.data.id}`).expect(200);
      expect(Object.keys(event.data.data)).toHaveLength(MANY);
    });

    it('what is done for each key of headers and lists', async () => {
      const { body } = await posthorn.http
        .post('/admin/webhooks')
        .send({ ...WEBHOOK, headers: MANY_KEYS, contentTypeEvents: MANY_KEYS })
        .expect(400);
      expect(body.error.message).toBe('2 errors occurred');
    });

    it('what is done for each key of an entry', async () => {
      const { body } = await posthorn.http.post('/api/addresses').send({ data: MANY_KEYS }).expect(400);
      expect(body.error.message).toBe('2 errors occurred');
      await posthorn.http
        .post('/api/addresses')
        .send({ data: { city: 'a', geolocation: MANY_KEYS } })
        .expect(201);
    });

    it('the ids of a batch', async () => {
      const { body } = await posthorn.http
        .post('/admin/webhooks/batch-delete')
        .send({ ids: Array.from({ length: 1_001 }, (_, index) => index) })
        .expect(400);
      expect(body.error.message).toBe('ids must be at most 1000 at a time');
    });

    it('scopes', async () => {
      const { body } = await posthorn.http
        .post('/admin/tokens')
        .send({ name: 'a', scopes: Array(1_000).fill('*') })
        .expect(400);
      expect(body.error.message).toMatch(/^scopes field must have less than or equal to \d+ items$/);
    });

    it('an idempotency key', async () => {
      const { body } = await posthorn.http
        .post('/admin/events')
        .set('Idempotency-Key', 'a'.repeat(256))
        .send({ type: 'order.shipped', data: {} })
        .expect(400);
      expect(body.error.message).toBe('Idempotency-Key must have 1 to 255 characters');
    });

    it.each<[string, string, object]>([
      ['an event’s data', '/admin/events', { type: 'order.shipped', data: '@' }],
      ['an entry', '/api/addresses', { data: { city: 'a', geolocation: '@' } }],
      ['ids', '/admin/webhooks/batch-delete', { ids: '@' }],
      ['a filter', '/admin/deliveries/redeliver', { filter: { state: '@' } }],
      ['a test', '/admin/webhooks/1/trigger', { event: '@' }],
    ])('the depth of %s', async (_, path, body) => {
      const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
      const answer = await posthorn.http
        .post(path)
        .type('json')
        .send(JSON.stringify(body).replace('"@"', deep))
        .expect(400);
      expect(answer.body.error.message).toBe('The request body is nested deeper than 100 levels');
    });

    it.each<[string, string, number]>([
      ['the target', `/admin/events?type=${'a'.repeat(8_192)}`, 414],
      ['a part of the path', `/admin/webhooks/${'a'.repeat(1_025)}`, 404],
      ['parameters', `/admin/events?${'type=a&'.repeat(100)}`, 400],
      ['the depth of a parameter', '/api/addresses?filters[city][$eq][a][b][c][d][e]=1', 400],
      ['the width of a parameter', `/api/addresses?${'sort[]=city&'.repeat(99)}`, 400],
    ])('%s of a request', async (_, target, status) => {
      const { body } = await posthorn.http.get(target).expect(status);
      expect(body).toMatchObject({ data: null, error: { status } });
    });
  });

  describe('may be anything, and is told what is wrong:', () => {
    it.each([
      '/api/addresses?filters[id][$eq]=1e999',
      '/api/addresses?hasOwnProperty=1',
      '/api/addresses?filters[constructor][$eq]=1',
      '/admin/deliveries?cursor=%00',
      '/admin/deliveries?limit=1&limit=2',
    ])('%s', async (target) => {
      await posthorn.http.get(target).expect(400);
    });

    it.each([
      '/admin/webhooks/%F0%9F%92%A9',
      '/admin/deliveries/%00',
      '/admin/events/%27%20OR%201=1',
      '/admin/recoveries/%EF%BF%BD',
      '/api/constructor',
      '/api/__proto__/1',
      '/uploads/..%2f..%2fposthorn.sqlite',
    ])('%s, where nothing is', async (target) => {
      const { body } = await posthorn.http.get(target).expect(404);
      expect(body).toMatchObject({ data: null, error: { status: 404, name: 'NotFoundError' } });
    });

    it.each(['/admin/deliveries?from=999999999999999', '/admin/deliveries?webhookId=%F0%9F%92%A9'])(
      '%s, which means nothing',
      async (target) => {
        const { body } = await posthorn.http.get(target).expect(200);
        expect(body.data).toEqual([]);
      },
    );

    it('a time beyond all times, which is not the beginning', async () => {
      await posthorn.http.post('/admin/events').send({ type: 'order.shipped', data: {} }).expect(202);
      const { body } = await posthorn.http.get('/admin/events?from=999999999999999').expect(200);
      expect(body.data).toEqual([]);
    });

    it('the event type of a test, which is one or none', async () => {
      const { body: made } = await posthorn.http.post('/admin/webhooks').send(WEBHOOK).expect(201);
      const path = `/admin/webhooks/${made.data.id}/trigger`;
      await posthorn.http
        .post(path)
        .send({ event: ['entry.create'] })
        .expect(400);
      await posthorn.http.post(path).send({ other: 1 }).expect(400);
      await posthorn.http.post(path).expect(200);
    });
  });

  describe('as a file is what its bytes say:', () => {
    const upload = async (bytes: Buffer, filename: string, contentType: string) => {
      const { body } = await posthorn.http
        .post('/api/upload')
        .attach('files', bytes, { filename, contentType })
        .expect(201);
      return body[0] as { mime: string; ext: string; url: string };
    };

    it('a picture that calls itself a page is a picture', async () => {
      const file = await upload(PNG, 'a.png', 'text/html');
      expect(file).toMatchObject({ mime: 'image/png', ext: '.png' });
      const { headers } = await posthorn.http.get(file.url).expect(200);
      expect(headers).toMatchObject({
        'content-type': 'image/png',
        'content-disposition': 'inline',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      });
    });

    it.each(['a.png', 'a.txt', 'a.pdf', 'a', 'a.html'])('a page called %s is a download', async (name) => {
      const file = await upload(PAGE, name, 'image/png');
      expect(file).toMatchObject({ mime: 'text/html', ext: '.html' });
      const { headers } = await posthorn.http.get(file.url).expect(200);
      expect(headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'x-content-type-options': 'nosniff',
      });
    });

    it('what is said of it is bounded in size, depth and kind', async () => {
      for (const fileInfo of [
        `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
        '1',
        '"a"',
        'a'.repeat(300_000),
      ]) {
        const { body } = await posthorn.http
          .post('/api/upload')
          .field('fileInfo', fileInfo)
          .attach('files', PNG, 'a.png')
          .expect(400);
        expect(body).toMatchObject({ data: null, error: { status: 400 } });
      }
    });
  });

  it('from a page of another origin is taken from the configured ones alone', async () => {
    const asked = async (origin: string) => {
      const { headers } = await posthorn.http
        .options('/admin/webhooks')
        .set('Origin', origin)
        .set('Access-Control-Request-Method', 'POST');
      return headers['access-control-allow-origin'];
    };
    expect(await asked('https://admin.example.com')).toBe('https://admin.example.com');
    expect(await asked('https://admin.example.com.evil.example')).toBeUndefined();
    expect(await asked('null')).toBeUndefined();
  });
});

describeOnAnyDatabase('A server that takes pictures alone', (database) => {
  let store: TestDatabase;
  let posthorn: RunningApp;

  beforeAll(async () => {
    store = await database.create();
    posthorn = await startApp({
      databaseUrl: store.url,
      settings: { media: { allowedTypes: ['image/png'] } },
    });
  });

  afterAll(async () => {
    await posthorn?.close();
    await store?.drop();
  });

  it('refuses whatever is none, and keeps nothing of it', async () => {
    const { body } = await posthorn.http
      .post('/api/upload')
      .attach('files', PNG, 'a.png')
      .attach('files', PAGE, { filename: 'b.png', contentType: 'image/png' })
      .expect(400);
    expect(body.error).toMatchObject({
      name: 'ValidationError',
      message: 'b.png is text/html, but this server takes image/png alone',
    });
    const folder = join(posthorn.settings.dataDir, 'uploads');
    expect(await readdir(folder)).toEqual(['.incoming']);
    expect(await readdir(join(folder, '.incoming'))).toEqual([]);
  });

  it('lets no page of another origin read its answers', async () => {
    const { headers } = await posthorn.http.get('/health/live').set('Origin', 'https://a.example');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('says on every answer what a browser may do with it', async () => {
    for (const path of ['/health/live', '/nowhere', '/admin/webhooks', '/docs', '/openapi.json']) {
      const { headers } = await posthorn.http.get(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });

  it('has a page of its API whose scripts all stand in files of their own', async () => {
    const { text, headers } = await posthorn.http.get('/docs').expect(200);
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    const scripts = [...text.matchAll(/<script([^>]*)>([^<]*)</g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes, inside] of scripts) {
      expect(attributes).toMatch(/src=["']\.\/docs\//);
      expect(inside?.trim()).toBe('');
    }
  });
});
