import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource } from 'typeorm';
import { WebhookEvent } from '../../src/events/webhook-event.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type HttpAgent, type RunningApp, startApp, stopIntervals } from '../support/start-app.js';

const START = Date.parse('2020-01-10T08:47:36.264Z');
const CREATED = '2020-01-10T08:47:36.264Z';

/** A content type with everything that the shipped ones have not. */
const PRODUCT = {
  kind: 'collectionType',
  collectionName: 'products',
  info: { singularName: 'product', pluralName: 'products', displayName: 'Product' },
  options: {},
  attributes: {
    title: { type: 'string', required: true, minLength: 3, maxLength: 10 },
    slug: { type: 'uid', unique: true },
    body: { type: 'text' },
    contact: { type: 'email' },
    kind: { type: 'enumeration', enum: ['book', 'game'], default: 'book' },
    stock: { type: 'integer', min: 0, max: 100 },
    price: { type: 'decimal' },
    sold: { type: 'boolean', default: false },
    day: { type: 'date' },
    at: { type: 'datetime' },
    extra: { type: 'json' },
    margin: { type: 'decimal', private: true },
    tags: { type: 'relation', relation: 'manyToMany', target: 'api::tag.tag' },
  },
};

const TAG = {
  kind: 'collectionType',
  collectionName: 'tags',
  info: { singularName: 'tag', pluralName: 'tags', displayName: 'Tag' },
  attributes: { name: { type: 'string', required: true }, secret: { type: 'string', private: true } },
};

interface Entry {
  id: number;
  [key: string]: unknown;
}

describeOnEveryDatabase('entries over HTTP', (kind) => {
  const clock = new ManualClock(START);
  const events: WebhookEvent[] = [];
  let database: TestDatabase;
  let running: RunningApp;

  beforeAll(async () => {
    database = await kind.create();
    running = await startApp({ databaseUrl: database.url, clock, settings: { delivery: { worker: false } } });
    // Statements are counted.
    stopIntervals(running);
    running.get(EventEmitter2).onAny((_name, event: unknown) => {
      if (WebhookEvent.is(event)) events.push(event);
    });
  });

  afterAll(async () => {
    await running.close();
    await database.drop();
  });

  beforeEach(() => {
    clock.set(START);
    events.length = 0;
  });

  const post = (path: string, data: unknown, http = running.http) => http.post(path).send({ data });
  const made = async (path: string, data: unknown, http = running.http): Promise<Entry> =>
    ((await post(path, data, http).expect(201)).body as { data: Entry }).data;
  const tenantHttp = async (tenant: string): Promise<HttpAgent> => {
    const { body } = await running.http
      .post('/admin/tokens')
      .send({ name: tenant, scopes: ['*'], tenant })
      .expect(201);
    return running.httpAs((body as { data: { token: string } }).data.token);
  };

  it('come back with the keys of the contract in their order', async () => {
    const { body } = await post('/api/addresses', { city: 'Paris', full_name: 'Paris' }).expect(201);
    const { id } = (body as { data: Entry }).data;
    expect(JSON.stringify(body)).toBe(
      `{"data":{"id":${id},"geolocation":{},"city":"Paris","postal_code":null,"category":null,"full_name":"Paris",` +
        `"created_at":"${CREATED}","updated_at":"${CREATED}","cover":null,"images":[]},"meta":{}}`,
    );
  });

  it('are read as they were made, and announced so', async () => {
    const category = await made('/api/categories', { name: 'Office' });
    events.length = 0;
    const entry = await made('/api/addresses', { city: 'Paris', category: category.id });
    expect(entry['category']).toEqual({
      id: category.id,
      name: 'Office',
      created_at: CREATED,
      updated_at: CREATED,
    });
    const { body } = await running.http.get(`/api/addresses/${entry.id}`).expect(200);
    expect(JSON.stringify(body)).toBe(JSON.stringify({ data: entry, meta: {} }));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'entry.create',
      model: 'address',
      uid: 'api::address.address',
      key: String(entry.id),
      tenant: null,
    });
    expect(JSON.stringify(events[0]?.data)).toBe(JSON.stringify({ entry }));
  });

  it('keep what a change leaves out, and tell the change', async () => {
    const entry = await made('/api/addresses', {
      city: 'Paris',
      postal_code: '75001',
      geolocation: { a: 1 },
    });
    clock.advance(1_000);
    const { body } = await running.http
      .put(`/api/addresses/${entry.id}`)
      .send({ data: { full_name: 'Paris, France', postal_code: null } })
      .expect(200);
    const expected = {
      ...entry,
      full_name: 'Paris, France',
      postal_code: null,
      updated_at: '2020-01-10T08:47:37.264Z',
    };
    expect(JSON.stringify(body)).toBe(JSON.stringify({ data: expected, meta: {} }));
    expect(events.at(-1)).toMatchObject({ type: 'entry.update', data: { entry: expected } });
  });

  it('answer with the deleted entry, tell it, and are gone', async () => {
    const entry = await made('/api/addresses', { city: 'Lyon' });
    const { body } = await running.http.delete(`/api/addresses/${entry.id}`).expect(200);
    expect(body).toEqual({ data: entry, meta: {} });
    expect(events.at(-1)).toMatchObject({ type: 'entry.delete', data: { entry } });
    await running.http.get(`/api/addresses/${entry.id}`).expect(404);
    await running.http.delete(`/api/addresses/${entry.id}`).expect(404);
  });

  it('lose a relation whose target is deleted', async () => {
    const category = await made('/api/categories', { name: 'Gone' });
    const entry = await made('/api/addresses', { city: 'Nice', category: category.id });
    await running.http.delete(`/api/categories/${category.id}`).expect(200);
    const { body } = await running.http.get(`/api/addresses/${entry.id}`).expect(200);
    expect((body as { data: Entry }).data['category']).toBeNull();
  });

  it('follow one another when changes of one entry overlap', async () => {
    const entry = await made('/api/addresses', { city: 'Paris' });
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        running.http
          .put(`/api/addresses/${entry.id}`)
          .send({ data: n % 2 === 0 ? { full_name: `name ${n}` } : { postal_code: `code ${n}` } })
          .expect(200),
      ),
    );
    const { body } = await running.http.get(`/api/addresses/${entry.id}`).expect(200);
    const { full_name, postal_code } = (body as { data: Entry }).data;
    const updates = events.filter(({ type }) => type === 'entry.update');
    expect(updates).toHaveLength(10);
    // Each snapshot holds what those before it wrote; the last is what stands.
    expect(updates.at(-1)?.data).toMatchObject({ entry: { full_name, postal_code } });
    expect([full_name, postal_code]).not.toContain(null);
  });

  it('take few statements where requests are many: the entry and its event', async () => {
    const { logger } = running.get(DataSource);
    const statements = mock.method(logger, 'logQuery', () => undefined);
    await made('/api/addresses', { city: 'Paris' });
    const said = statements.mock.calls.map(({ arguments: [sql] }) => String(sql).split(' ')[0]);
    statements.mock.restore();
    expect(said.filter((word) => word === 'INSERT' || word === 'SELECT' || word === 'UPDATE')).toEqual([
      'INSERT',
      'INSERT',
    ]);
  });

  describe('are refused', () => {
    it.each<[string, unknown, string[], string]>([
      ['without data', {}, ['data'], 'data is a required field'],
      ['without an object', [], ['data'], 'data is a required field'],
      [
        'with data in an array',
        { data: [] },
        ['data'],
        'data must be a `object` type, but the final value was: `[]`.',
      ],
      [
        'with keys beside data',
        { data: { city: 'Paris' }, foo: 1 },
        [],
        'this field has unspecified keys: foo',
      ],
      [
        'with an unknown attribute',
        { data: { city: 'Paris', foo: 1 } },
        [],
        'this field has unspecified keys: foo',
      ],
      ['with the id', { data: { city: 'Paris', id: 5 } }, [], 'this field has unspecified keys: id'],
      [
        'with a tenant',
        { data: { city: 'Paris', tenant: 'a' } },
        [],
        'this field has unspecified keys: tenant',
      ],
      ['without what is required', { data: {} }, ['city'], 'city is a required field'],
      ['with null for what is required', { data: { city: null } }, ['city'], 'city is a required field'],
      [
        'with a number for text',
        { data: { city: 5 } },
        ['city'],
        'city must be a `string` type, but the final value was: `5`.',
      ],
      [
        'with more than the column holds',
        { data: { city: 'a'.repeat(256) } },
        ['city'],
        'city must be at most 255 characters',
      ],
      [
        'with a relation that is no id',
        { data: { city: 'Paris', category: 'one' } },
        ['category'],
        'category must have ids or document ids, as they are or as {"id"} or {"documentId"}, in connect, disconnect or set or without',
      ],
      [
        'with a relation to nothing by connect',
        { data: { city: 'Paris', category: { connect: [99999] } } },
        ['category'],
        'category names an entry of api::category.category that does not exist: 99999',
      ],
      [
        'with a relation to nothing',
        { data: { city: 'Paris', category: 99999 } },
        ['category'],
        'category names an entry of api::category.category that does not exist: 99999',
      ],
      [
        'with a file that is not there',
        { data: { city: 'Paris', images: [99999] } },
        ['images'],
        'images names a file that does not exist: 99999',
      ],
      [
        'with a file twice',
        { data: { city: 'Paris', images: [1, 1] } },
        ['images'],
        'images must not have an id twice',
      ],
    ])('%s', async (_what, body, path, message) => {
      const response = await running.http
        .post('/api/addresses')
        .send(body as object)
        .expect(400);
      const { error } = response.body as {
        error: { name: string; message: string; details: { errors: object[] } };
      };
      expect(error).toMatchObject({ name: 'ValidationError', message });
      expect(error.details.errors).toMatchObject([{ path, message, name: 'ValidationError' }]);
      expect(events).toEqual([]);
    });

    it('with everything that is wrong at once', async () => {
      const { body } = await post('/api/addresses', { city: 1, full_name: 2 }).expect(400);
      expect((body as { error: object }).error).toMatchObject({ message: '2 errors occurred' });
    });

    it.each([
      ['get', '/api/unknowns'],
      ['post', '/api/unknowns'],
      ['get', '/api/addresses/999999'],
      ['get', '/api/addresses/abc'],
      ['get', '/api/addresses/1e1'],
      ['get', '/api/addresses/99999999999999999999'],
      ['delete', '/api/addresses/0'],
    ] as const)('where there is nothing: %s %s', async (method, path) => {
      const { body } = await running.http[method](path).expect(404);
      expect(body).toEqual({
        data: null,
        error: { status: 404, name: 'NotFoundError', message: 'Not Found', details: {} },
      });
    });

    it('whole: nothing of a refused entry is left', async () => {
      await post('/api/categories', { name: 'unrelated' }).expect(201);
      const before = await total('/api/addresses');
      await post('/api/addresses', { city: 'Paris', images: [99999] }).expect(400);
      expect(await total('/api/addresses')).toBe(before);
    });
  });

  const total = async (path: string): Promise<number> => {
    const { body } = await running.http.get(path).expect(200);
    return (body as { meta: { pagination: { total: number } } }).meta.pagination.total;
  };

  it('are not made when nobody records the event', async () => {
    const before = await total('/api/addresses');
    const emitter = running.get(EventEmitter2);
    const listeners = [...emitter.listenersAny()] as ((...args: unknown[]) => void)[];
    for (const listener of listeners) emitter.offAny(listener);
    await post('/api/addresses', { city: 'Paris' }).expect(500);
    for (const listener of listeners) emitter.onAny(listener);
    expect(await total('/api/addresses')).toBe(before);
  });

  describe('in a list', () => {
    let http: HttpAgent;
    beforeAll(async () => {
      http = await tenantHttp('lister');
      for (const city of ['Paris', 'Lyon', 'Nice', 'Lyon']) await made('/api/addresses', { city }, http);
    });
    const cities = async (query: string) => {
      const { body } = await http.get(`/api/addresses?${query}`).expect(200);
      return (body as { data: Entry[] }).data.map(({ city }) => city);
    };

    it('come in the order of their ids, with their number', async () => {
      const { body } = await http.get('/api/addresses').expect(200);
      const { data, meta } = body as { data: Entry[]; meta: object };
      expect(data.map(({ city }) => city)).toEqual(['Paris', 'Lyon', 'Nice', 'Lyon']);
      expect(meta).toEqual({ pagination: { page: 1, pageSize: 25, pageCount: 1, total: 4 } });
    });

    it('come by pages', async () => {
      const { body } = await http.get('/api/addresses?pagination[page]=2&pagination[pageSize]=3').expect(200);
      const { data, meta } = body as { data: Entry[]; meta: object };
      expect(data).toHaveLength(1);
      expect(meta).toEqual({ pagination: { page: 2, pageSize: 3, pageCount: 2, total: 4 } });
    });

    it.each([
      ['sort=city:desc', ['Paris', 'Nice', 'Lyon', 'Lyon']],
      ['sort=city', ['Lyon', 'Lyon', 'Nice', 'Paris']],
      ['sort=city:asc,id:desc', ['Lyon', 'Lyon', 'Nice', 'Paris']],
      ['filters[city][$eq]=Lyon', ['Lyon', 'Lyon']],
      ['filters[city][$eq]=lyon', []],
      [`filters[created_at][$eq]=${CREATED}&filters[city][$eq]=Nice`, ['Nice']],
    ])('answer to %s', async (query, expected) => {
      expect(await cities(query)).toEqual(expected);
    });

    it.each([
      ['sort=nothing', '"nothing" is no field for sort'],
      ['sort=city:up', 'sort goes asc or desc'],
      ['sort=tenant', '"tenant" is no field'],
      ['filters[nothing][$eq]=1', '"nothing" is no field for filters'],
      ['filters[city][$near]=1', 'the operator "$near" is unknown'],
      ['filters[city]=Paris', 'a filter needs an operator'],
      ['filters[id][$eq]=one', 'must be a whole number'],
      ['filters[city][$eq]=a&filters[city][$eq]=b', 'must be given once'],
      ['filter[city][$eq]=a', '"filter" is no parameter'],
      ['pagination[pageSize]=101', 'pagination[pageSize] must be a whole number from 1 to 100'],
      ['pagination[page]=0', 'pagination[page] must be a whole number'],
      ['pagination[limit]=5', 'pagination has no "limit"'],
      ['pagination=5', 'pagination is written'],
    ])('refuse %s with a sentence', async (query, message) => {
      const { body } = await http.get(`/api/addresses?${query}`).expect(400);
      const { error } = body as { error: { name: string; message: string } };
      expect(error.name).toBe('ValidationError');
      expect(error.message).toContain(message);
    });
  });

  describe('of tenants', () => {
    let acme: HttpAgent;
    let other: HttpAgent;
    beforeAll(async () => {
      acme = await tenantHttp('acme');
      other = await tenantHttp('other');
    });

    it("do not exist for each other, and exist for who is nobody's", async () => {
      const entry = await made('/api/addresses', { city: 'Paris' }, acme);
      expect(events[0]?.tenant).toBe('acme');
      const path = `/api/addresses/${entry.id}`;
      await acme.get(path).expect(200);
      await running.http.get(path).expect(200);
      await other.get(path).expect(404);
      await other
        .put(path)
        .send({ data: { city: 'Rome' } })
        .expect(404);
      await other.delete(path).expect(404);
      const { body } = await other.get('/api/addresses').expect(200);
      expect((body as { data: Entry[] }).data).toEqual([]);
    });

    it('stay theirs when another changes them who may', async () => {
      const entry = await made('/api/addresses', { city: 'Paris' }, acme);
      await running.http
        .put(`/api/addresses/${entry.id}`)
        .send({ data: { city: 'Rome' } })
        .expect(200);
      expect(events.at(-1)).toMatchObject({ type: 'entry.update', tenant: 'acme' });
    });

    it("cannot point to another's", async () => {
      const category = await made('/api/categories', { name: 'secret' }, acme);
      await post('/api/addresses', { city: 'Paris', category: category.id }, other).expect(400);
      await post('/api/addresses', { city: 'Paris', category: category.id }, acme).expect(201);
    });
  });
});

describeOnEveryDatabase('entries with every kind of attribute', (kind) => {
  let database: TestDatabase;
  let folder: string;
  let running: RunningApp;

  const start = (url: string) =>
    startApp({
      databaseUrl: url,
      clock: new ManualClock(START),
      settings: { content: { types: folder }, delivery: { worker: false } },
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-types-'));
    await writeFile(join(folder, 'product.json'), JSON.stringify(PRODUCT));
    await writeFile(join(folder, 'tag.json'), JSON.stringify(TAG));
    database = await kind.create();
    running = await start(database.url);
  });

  afterAll(async () => {
    await running.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const made = async (path: string, data: unknown): Promise<Entry> => {
    const { body } = await running.http.post(path).send({ data }).expect(201);
    return (body as { data: Entry }).data;
  };
  const FULL = {
    title: 'Chess',
    slug: 'chess',
    body: 'é'.repeat(70_000),
    contact: 'a@example.com',
    kind: 'game',
    stock: 3,
    price: 19.99,
    sold: true,
    day: '2020-02-29',
    at: '2020-01-10T10:47:36.264+02:00',
    extra: { z: 1, a: [null, 'x', 1e21] },
  };

  it('come back as they went in, private ones excepted, then and later', async () => {
    const tags = [
      await made('/api/tags', { name: 'b', secret: 's' }),
      await made('/api/tags', { name: 'a' }),
    ];
    const ids = tags.map(({ id }) => id).toReversed();
    const entry = await made('/api/products', { ...FULL, margin: 0.5, tags: ids });
    expect(JSON.stringify(entry)).toBe(
      JSON.stringify({
        id: entry.id,
        ...FULL,
        at: CREATED,
        tags: tags.toReversed(),
        created_at: CREATED,
        updated_at: CREATED,
      }),
    );
    expect(JSON.stringify(entry)).not.toMatch(/secret|margin/);
    const { body } = await running.http.get(`/api/products/${entry.id}`).expect(200);
    expect(JSON.stringify(body)).toBe(JSON.stringify({ data: entry, meta: {} }));
  });

  it('get their defaults, and null where they have none', async () => {
    const { tags, ...plain } = await made('/api/products', { title: 'Plain' });
    expect(tags).toEqual([]);
    expect(plain).toMatchObject({
      slug: null,
      kind: 'book',
      stock: null,
      price: null,
      sold: false,
      extra: null,
    });
  });

  it('replace the entries that they point to', async () => {
    const [a, b] = [await made('/api/tags', { name: 'a' }), await made('/api/tags', { name: 'b' })];
    const { id } = await made('/api/products', { title: 'Tagged', tags: [a.id] });
    const put = async (data: object) => {
      const { body } = await running.http.put(`/api/products/${id}`).send({ data }).expect(200);
      return (body as { data: Entry }).data['tags'];
    };
    expect(await put({ tags: [b.id, a.id] })).toEqual([b, a]);
    expect(await put({ stock: 1 })).toEqual([b, a]);
    await running.http.delete(`/api/tags/${a.id}`).expect(200);
    expect(await put({ stock: 2 })).toEqual([b]);
    expect(await put({ tags: [] })).toEqual([]);
  });

  it('refuse a taken value of what is unique, also of requests at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        running.http.post('/api/products').send({ data: { title: 'Unique', slug: 'one' } }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400, 400, 400, 400]);
    const refused = answers.find(({ status }) => status === 400)?.body as { error: object };
    expect(refused.error).toMatchObject({
      message: 'This attribute must be unique',
      details: { errors: [{ path: ['slug'], value: 'one' }] },
    });
    const { id } = await made('/api/products', { title: 'Unique', slug: 'two' });
    await running.http
      .put(`/api/products/${id}`)
      .send({ data: { slug: 'one' } })
      .expect(400);
    await running.http
      .put(`/api/products/${id}`)
      .send({ data: { slug: 'two' } })
      .expect(200);
    await made('/api/products', { title: 'Null' });
    await made('/api/products', { title: 'Null' });
  });

  it.each([
    ['filters[price][$eq]=19.99', 1],
    ['filters[sold][$eq]=true', 1],
    ['filters[day][$eq]=2020-02-29', 1],
    [`filters[at][$eq]=${CREATED}`, 1],
    ['filters[stock][$eq]=77', 0],
  ])('are found by %s', async (query, count) => {
    const { body } = await running.http.get(`/api/products?${query}`).expect(200);
    expect((body as { data: Entry[] }).data).toHaveLength(count);
  });

  it.each(['filters[margin][$eq]=0.5', 'sort=margin', 'filters[extra][$eq]=1'])(
    'refuse %s',
    async (query) => {
      await running.http.get(`/api/products?${query}`).expect(400);
    },
  );

  it('keep their entries when a content type gains an attribute', async () => {
    const { id } = await made('/api/tags', { name: 'before' });
    await running.close();
    const attributes = { ...TAG.attributes, code: { type: 'uid', unique: true }, colour: { type: 'string' } };
    await writeFile(join(folder, 'tag.json'), JSON.stringify({ ...TAG, attributes }));
    running = await start(database.url);
    const { body } = await running.http.get(`/api/tags/${id}`).expect(200);
    expect((body as { data: Entry }).data).toMatchObject({ name: 'before', code: null, colour: null });
    await running.http
      .put(`/api/tags/${id}`)
      .send({ data: { code: 'x', colour: 'red' } })
      .expect(200);
    await running.http
      .post('/api/tags')
      .send({ data: { name: 'after', code: 'x' } })
      .expect(400);
  });

  it('stop the start when an attribute becomes unique whose values are not', async () => {
    await running.close();
    const attributes = { ...PRODUCT.attributes, title: { type: 'string', unique: true } };
    await writeFile(join(folder, 'product.json'), JSON.stringify({ ...PRODUCT, attributes }));
    await expect(start(database.url)).rejects.toThrow(
      /product\.json, attribute "title": cannot become unique: entries in the table "products" share a value/,
    );
    await writeFile(join(folder, 'product.json'), JSON.stringify(PRODUCT));
    running = await start(database.url);
  });
});
