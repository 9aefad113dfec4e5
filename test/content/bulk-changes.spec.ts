import { type ContentApp, type Entry, startContentApp } from '../support/content-app.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';

describeOnEveryDatabase('many entries at once', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;

  beforeAll(async () => {
    database = await kind.create();
    app = await startContentApp(database.url);
  });

  afterAll(async () => {
    await app.running.close();
    await database.drop();
  });

  beforeEach(() => app.forget());

  const post = async (path: string, body: object, status = 200): Promise<Entry[]> => {
    const answer = await app.running.http.post(path).send(body).expect(status);
    return (answer.body as { data: Entry[] }).data;
  };
  const create = (names: string[]) =>
    post('/api/members/bulk-create', { data: names.map((name) => ({ name })) }, 201);
  const told = () => app.events.map(({ type, data }) => [type, (data['entry'] as Entry).id]);
  const total = async () => {
    const { body } = await app.running.http.get('/api/members').expect(200);
    return (body as { meta: { pagination: { total: number } } }).meta.pagination.total;
  };

  it('are made, each with an event of its own, in their order', async () => {
    const entries = await create(['a', 'b', 'c']);
    expect(entries.map(({ name, level }) => [name, level])).toEqual([
      ['a', 'junior'],
      ['b', 'junior'],
      ['c', 'junior'],
    ]);
    expect(told()).toEqual(entries.map(({ id }) => ['entry.create', id]));
    expect(app.events.map(({ data }) => data)).toEqual(entries.map((entry) => ({ entry })));
  });

  it('are changed alike, or each in its own way', async () => {
    const ids = (await create(['a', 'b'])).map(({ id }) => id).toReversed();
    app.forget();
    const alike = await post('/api/members/bulk-update', { ids, data: { level: 'senior' } });
    expect(alike.map(({ id, level }) => [id, level])).toEqual(ids.map((id) => [id, 'senior']));
    expect(told()).toEqual(ids.map((id) => ['entry.update', id]));
    expect(app.events[0]?.context.previous).toEqual({ level: 'junior' });
    const apart = await post('/api/members/bulk-update', {
      data: ids.map((id, index) => ({ id, name: `name ${index}` })),
    });
    expect(apart.map(({ name }) => name)).toEqual(['name 0', 'name 1']);
  });

  it('are deleted, and told as they stood', async () => {
    const entries = await create(['a', 'b']);
    app.forget();
    const before = await total();
    expect(await post('/api/members/bulk-delete', { ids: entries.map(({ id }) => id) })).toEqual(entries);
    expect(told()).toEqual(entries.map(({ id }) => ['entry.delete', id]));
    expect(await total()).toBe(before - 2);
  });

  it('can be a thousand, and no more', async () => {
    const entries = await create(Array.from({ length: 1_000 }, (_, n) => `name ${n}`));
    expect(new Set(told().map(([, id]) => id)).size).toBe(1_000);
    const ids = entries.map(({ id }) => id);
    expect(await app.refused('post', '/api/members/bulk-delete', { ids: [...ids, 1] })).toEqual([
      'ids: ids must have 1 to 1000 items, not 1001',
    ]);
    await post('/api/members/bulk-delete', { ids });
  }, 120_000);

  it('are drafts where there are drafts', async () => {
    const [one] = await post('/api/articles/bulk-create', { data: [{ title: 'one' }] }, 201);
    expect(one).toMatchObject({ published_at: null });
  });

  describe('are all left as they are', () => {
    let ids: number[];
    let before: number;

    beforeEach(async () => {
      ids = (await create(['a', 'b'])).map(({ id }) => id);
      await app.put(`/api/members/${ids[0]}`, { badge: String(ids[0]) });
      before = await total();
      app.forget();
    });

    afterEach(async () => {
      expect(await total()).toBe(before);
      const stands = await Promise.all(ids.map((id) => app.got(`/api/members/${id}`)));
      expect(stands.map(({ name, level }) => [name, level])).toEqual([
        ['a', 'junior'],
        ['b', 'junior'],
      ]);
    });

    it('when one of them is wrong, with its place', async () => {
      const data = [{ name: 'x' }, { name: 5 }, 7, { floor: 99, foo: 1 }];
      expect(await app.refused('post', '/api/members/bulk-create', { data })).toEqual([
        'data.2: data[2] must be a `object` type, but the final value was: `7`.',
        'data.1.name: name must be a `string` type, but the final value was: `5`.',
        'data.3.floor: floor must be less than or equal to 30',
        'data.3: this field has unspecified keys: foo',
      ]);
      expect(app.events).toEqual([]);
    });

    it('when a unique value is taken by another one, or by one of them', async () => {
      const taken = await app.refused('post', '/api/members/bulk-create', {
        data: [{ badge: '-1' }, { badge: String(ids[0]) }],
      });
      expect(taken).toEqual(['data.1.badge: This attribute must be unique']);
      const alike = await app.refused('post', '/api/members/bulk-create', {
        data: [{ badge: '-1' }, { badge: '-1' }],
      });
      expect(alike).toEqual(['data.1.badge: This attribute must be unique']);
    });

    it('when one of those to change is not there', async () => {
      const issues = await app.refused('post', '/api/members/bulk-update', {
        data: [
          { id: ids[0], name: 'changed' },
          { id: 999_999, name: 'changed' },
        ],
      });
      expect(issues).toEqual(['data.1.id: there is no entry with the id 999999']);
      expect(
        await app.refused('post', '/api/members/bulk-update', {
          ids: [999_999, ids[0]],
          data: { name: 'x' },
        }),
      ).toEqual(['ids.0: there is no entry with the id 999999']);
      expect(await app.refused('post', '/api/members/bulk-delete', { ids: [ids[0], 999_999] })).toEqual([
        'ids.1: there is no entry with the id 999999',
      ]);
      expect(app.events).toEqual([]);
    });

    it('when the last of them cannot be changed', async () => {
      const issues = await app.refused('post', '/api/members/bulk-update', {
        data: [
          { id: ids[1], name: 'changed', level: 'senior' },
          { id: ids[0], level: 'senior', badge: String(ids[0]) },
          { id: ids[1], level: 'senior' },
        ],
      });
      expect(issues).toEqual([`data.2.id: the id ${ids[1]} is named twice`]);
      const clash = await app.refused('post', '/api/members/bulk-update', {
        data: [{ id: ids[1], name: 'changed', badge: String(ids[0]) }],
      });
      expect(clash).toEqual(['data.0.badge: This attribute must be unique']);
    });

    it.each<[string, object, string]>([
      ['bulk-create', {}, 'data: data is a required field'],
      ['bulk-create', { data: {} }, 'data: data must be a `array` type, but the final value was: `{}`.'],
      ['bulk-create', { data: [] }, 'data: data must have 1 to 1000 items, not 0'],
      ['bulk-create', { data: [{}], foo: 1 }, ': this field has unspecified keys: foo'],
      ['bulk-update', { data: [{}] }, 'data.0.id: id is a required field'],
      ['bulk-update', { data: [{ id: '1' }] }, 'data.0.id: id must be an id (a whole number)'],
      ['bulk-update', { ids: [1] }, 'data: data is a required field'],
      ['bulk-update', { ids: 1, data: {} }, 'ids: ids must be a `array` type, but the final value was: `1`.'],
      ['bulk-delete', {}, 'ids: ids is a required field'],
      ['bulk-delete', { ids: ['1'] }, 'ids.0: ids[0] must be an id (a whole number)'],
      ['bulk-delete', { ids: [1, 1] }, 'ids.1: the id 1 is named twice'],
      ['bulk-delete', { ids: [1], data: {} }, ': this field has unspecified keys: data'],
    ])('by %s %j', async (route, body, issue) => {
      expect(await app.refused('post', `/api/members/${route}`, body)).toEqual([issue]);
    });
  });
});
