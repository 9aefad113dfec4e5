import { type ContentApp, type Entry, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';

describeOnAnyDatabase('relations', (kind) => {
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

  const tag = (name: string, more: object = {}) => app.made('/api/tags', { name, ...more });
  const author = (name: string, more: object = {}) => app.made('/api/authors', { name, ...more });
  const article = (title: string, more: object = {}) => app.made('/api/articles', { title, ...more });
  const idsAt = (entry: Entry, name: string) => (entry[name] as Entry[]).map(({ id }) => id);
  const draft = (path: string) => app.got(`${path}?status=draft`);
  const remove = (path: string) => app.running.http.delete(path).expect(200);

  describe('one to one', () => {
    it('are shown by both sides, whichever wrote them', async () => {
      const badge = await tag('gold');
      const ada = await author('Ada', { badge: badge.id });
      expect(ada['badge']).toMatchObject({ id: badge.id, name: 'gold' });
      expect((await app.got(`/api/tags/${badge.id}`))['holder']).toMatchObject({ id: ada.id, name: 'Ada' });

      const bob = await author('Bob');
      await app.put(`/api/tags/${badge.id}`, { holder: bob.id });
      expect((await app.got(`/api/authors/${bob.id}`))['badge']).toMatchObject({ id: badge.id });
      expect((await app.got(`/api/authors/${ada.id}`))['badge']).toBeNull();
    });

    it('are taken from the one that had them', async () => {
      const badge = await tag('silver');
      const [ada, bob] = [await author('Ada', { badge: badge.id }), await author('Bob', { badge: badge.id })];
      expect((await app.got(`/api/authors/${ada.id}`))['badge']).toBeNull();
      expect((await app.got(`/api/tags/${badge.id}`))['holder']).toMatchObject({ id: bob.id });
    });

    it('have one holder when both sides want them at the same moment', async () => {
      const badge = await tag('bronze');
      const authors = await Promise.all(Array.from({ length: 8 }, (_, n) => author(`A${n}`)));
      await Promise.all(
        authors.map(({ id }, n) =>
          n % 2 === 0
            ? app.put(`/api/authors/${id}`, { badge: badge.id })
            : app.put(`/api/tags/${badge.id}`, { holder: id }),
        ),
      );
      const holders = await Promise.all(authors.map(({ id }) => app.got(`/api/authors/${id}`)));
      expect(holders.filter((one) => one['badge'] !== null)).toHaveLength(1);
    });

    it('end from the other side, and with the other side', async () => {
      const badge = await tag('iron');
      const ada = await author('Ada', { badge: badge.id });
      const changed = await app.put(`/api/tags/${badge.id}`, { holder: null });
      expect(changed['holder']).toBeNull();
      expect(app.events.at(-1)?.context.previous).toMatchObject({ holder: { id: ada.id, name: 'Ada' } });
      await app.put(`/api/authors/${ada.id}`, { badge: badge.id });
      await remove(`/api/tags/${badge.id}`);
      expect((await app.got(`/api/authors/${ada.id}`))['badge']).toBeNull();
    });
  });

  describe('many to one, and one to many', () => {
    it('are shown by both sides, also within one content type', async () => {
      const root = await tag('root');
      const [a, b] = [await tag('a', { parent: root.id }), await tag('b')];
      await app.put(`/api/tags/${root.id}`, { children: [b.id, a.id] });
      expect(idsAt(await app.got(`/api/tags/${root.id}`), 'children')).toEqual([b.id, a.id]);
      expect((await app.got(`/api/tags/${b.id}`))['parent']).toMatchObject({ id: root.id });
      await app.put(`/api/tags/${root.id}`, { children: [b.id] });
      expect((await app.got(`/api/tags/${a.id}`))['parent']).toBeNull();
      await app.put(`/api/tags/${root.id}`, { children: [] });
      expect((await app.got(`/api/tags/${b.id}`))['parent']).toBeNull();
    });

    it('are made from the many’s side with the entry', async () => {
      const [a, b] = [await tag('a'), await tag('b')];
      const root = await tag('root', { children: [a.id, b.id] });
      expect(idsAt(root, 'children')).toEqual([a.id, b.id]);
      const other = await tag('other', { children: [b.id] });
      expect(idsAt(await app.got(`/api/tags/${root.id}`), 'children')).toEqual([a.id]);
      expect(idsAt(other, 'children')).toEqual([b.id]);
    });

    it('of one side alone belong to one entry', async () => {
      const [a, b] = [await article('one'), await article('two')];
      const first = await article('first', { related: [b.id, a.id] });
      expect(idsAt(first, 'related')).toEqual([b.id, a.id]);
      await article('second', { related: [a.id] });
      expect(idsAt(await draft(`/api/articles/${first.id}`), 'related')).toEqual([b.id]);
    });
  });

  describe('many to many', () => {
    it('are shown by both sides, whichever wrote them, each in an order of its own', async () => {
      const [a, b, c] = [await tag('a'), await tag('b'), await tag('c')];
      const one = await article('one', { tags: [b.id, a.id] });
      const two = await article('two');
      expect(idsAt(one, 'tags')).toEqual([b.id, a.id]);
      await app.put(`/api/tags/${c.id}`, { articles: [two.id, one.id] });
      expect(idsAt(await draft(`/api/articles/${one.id}`), 'tags')).toEqual([b.id, a.id, c.id]);
      expect(idsAt(await draft(`/api/tags/${c.id}`), 'articles')).toEqual([two.id, one.id]);
      await app.put(`/api/tags/${c.id}`, { articles: [two.id] });
      expect(idsAt(await draft(`/api/articles/${one.id}`), 'tags')).toEqual([b.id, a.id]);
      await remove(`/api/tags/${b.id}`);
      expect(idsAt(await draft(`/api/articles/${one.id}`), 'tags')).toEqual([a.id]);
      await remove(`/api/articles/${one.id}`);
      expect((await draft(`/api/tags/${a.id}`))['articles']).toEqual([]);
    });

    it('are written once when both sides write them at the same moment', async () => {
      const [a, one] = [await tag('a'), await article('one')];
      await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          n % 2 === 0
            ? app.put(`/api/tags/${a.id}`, { articles: [one.id] })
            : app.put(`/api/articles/${one.id}`, { tags: [a.id] }),
        ),
      );
      expect(idsAt(await draft(`/api/articles/${one.id}`), 'tags')).toEqual([a.id]);
    });
  });

  it('tell in events what they were before', async () => {
    const [a, b] = [await tag('a'), await tag('b')];
    const one = await article('one', { tags: [a.id] });
    app.forget();
    await app.put(`/api/articles/${one.id}`, { tags: [a.id, b.id], title: 'one' });
    expect(app.events[0]?.context.previous).toMatchObject({ tags: [{ id: a.id, name: 'a' }] });
    await app.put(`/api/articles/${one.id}`, { tags: [a.id, b.id] });
    expect(app.events[1]?.context.previous).toEqual({});
  });

  it('are refused from either side where there is nothing, or another tenant’s', async () => {
    expect(await app.refused('post', '/api/tags', { data: { name: 'x', children: [99_999] } })).toEqual([
      'children: children names an entry of api::tag.tag that does not exist: 99999',
    ]);
    expect(await app.refused('post', '/api/tags', { data: { name: 'x', holder: 99_999 } })).toEqual([
      'holder: holder names an entry of api::author.author that does not exist: 99999',
    ]);
    const { body } = await app.running.http
      .post('/admin/tokens')
      .send({ name: 'acme', scopes: ['*'], tenant: 'acme' })
      .expect(201);
    const acme = app.running.httpAs((body as { data: { token: string } }).data.token);
    const theirs = await app.made('/api/authors', { name: 'Theirs' }, acme);
    expect(await app.refused('post', '/api/tags', { data: { name: 'x', holder: theirs.id } })).toHaveLength(
      1,
    );
  });
});
