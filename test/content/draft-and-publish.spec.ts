import { type ContentApp, CREATED, type Entry, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';

const LATER = '2020-01-10T08:47:37.264Z';

describeOnAnyDatabase('drafts', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;
  let image: number;

  beforeAll(async () => {
    database = await kind.create();
    app = await startContentApp(database.url);
    image = await app.uploaded();
  });

  afterAll(async () => {
    await app.running.close();
    await database.drop();
  });

  beforeEach(() => {
    app.forget();
    app.clock.set(Date.parse(CREATED));
  });

  const article = (more: object = {}) => app.made('/api/articles', { title: 'one', ...more });
  const act = (id: number, action: string) => app.acted(`/api/articles/${id}/actions/${action}`);
  const draft = (id: number) => app.got(`/api/articles/${id}?status=draft`);
  const published = (id: number) => app.got(`/api/articles/${id}`);
  const notPublished = (id: number) => app.running.http.get(`/api/articles/${id}`).expect(404);

  it('are made and changed without anyone seeing it, and tell it', async () => {
    const { id, ...made } = await article();
    expect(Object.keys(made).slice(-6)).toEqual([
      'blocks',
      'published_at',
      'created_at',
      'updated_at',
      'cover',
      'gallery',
    ]);
    expect(made['published_at']).toBeNull();
    await notPublished(id);
    expect(await draft(id)).toEqual({ id, ...made });
    await app.put(`/api/articles/${id}`, { title: 'two' });
    await notPublished(id);
    expect(app.events.map(({ type }) => type)).toEqual(['entry.create', 'entry.update']);
    const documentId = app.events[0]?.context.document?.more['documentId'];
    expect(documentId).toMatch(/^[a-z0-9]{24}$/);
    expect(app.events[1]?.context.document).toEqual({
      kind: 'entry',
      more: { documentId, publishedAt: null, locale: 'en' },
      populated: expect.any(Array),
    });
  });

  it('are published as they stand, with everything that they point to', async () => {
    const tag = await app.made('/api/tags', { name: 'a' });
    const ada = await app.made('/api/authors', { name: 'Ada' });
    const made = await article({
      cover: image,
      gallery: [image],
      tags: [tag.id],
      author: ada.id,
      seo: { metaTitle: 'x', shareImage: image },
    });
    app.forget();
    app.clock.advance(1_000);
    const shown = await act(made.id, 'publish');
    expect(JSON.stringify(shown)).toBe(JSON.stringify({ ...made, published_at: LATER }));
    expect(await published(made.id)).toEqual(shown);
    const [event] = app.events;
    expect(event).toMatchObject({
      type: 'entry.publish',
      model: 'article',
      uid: 'api::article.article',
      key: String(made.id),
      data: { entry: shown },
      context: { previous: null, actor: { type: 'token' }, document: { more: { publishedAt: LATER } } },
    });
    expect(event?.context.document?.nested).toMatchObject({
      author: { kind: 'entry', more: { publishedAt: CREATED } },
      tags: [{ kind: 'entry' }],
      cover: { kind: 'file' },
      gallery: [{ kind: 'file' }],
    });
  });

  it('may be changed while what is published stays, until they are published again', async () => {
    const [a, b] = [await app.made('/api/tags', { name: 'a' }), await app.made('/api/tags', { name: 'b' })];
    const { id } = await article({ tags: [a.id], cover: image, seo: { metaTitle: 'x' } });
    const first = await act(id, 'publish');
    await app.put(`/api/articles/${id}`, { title: 'changed', tags: [b.id], cover: null, seo: null });
    expect(await published(id)).toEqual(first);
    expect(await draft(id)).toMatchObject({ title: 'changed', cover: null, seo: null, published_at: null });
    app.forget();
    app.clock.advance(1_000);
    const second = await act(id, 'publish');
    expect(second).toMatchObject({
      title: 'changed',
      tags: [{ id: b.id }],
      cover: null,
      published_at: LATER,
    });
    const { previous } = app.events[0]?.context ?? {};
    expect(Object.keys(previous ?? {})).toEqual(['title', 'cover', 'tags', 'seo']);
    expect(previous).toMatchObject({ title: 'one', tags: [{ id: a.id }], cover: { id: image } });
  });

  it('are thrown away for what is published', async () => {
    const [a, b] = [await app.made('/api/tags', { name: 'a' }), await app.made('/api/tags', { name: 'b' })];
    const other = await app.uploaded();
    const { id } = await article({ tags: [a.id, b.id], cover: image, gallery: [other, image] });
    await act(id, 'publish');
    await app.put(`/api/articles/${id}`, { title: 'changed', tags: [b.id], cover: null, gallery: [] });
    await app.running.http.delete(`/api/upload/files/${other}`).expect(200);
    app.forget();
    const back = await act(id, 'discard-draft');
    expect(back).toMatchObject({
      title: 'one',
      tags: [{ id: a.id }, { id: b.id }],
      cover: { id: image },
      gallery: [{ id: image }],
      published_at: null,
    });
    expect(await draft(id)).toEqual(back);
    expect(app.events[0]).toMatchObject({
      type: 'entry.draft-discard',
      data: { entry: back },
      context: { previous: { title: 'changed', cover: null, gallery: [] } },
    });
  });

  it('are all that is left when they are unpublished', async () => {
    const { id } = await article();
    const shown = await act(id, 'publish');
    await app.put(`/api/articles/${id}`, { title: 'changed' });
    app.forget();
    expect(await act(id, 'unpublish')).toEqual(shown);
    expect(app.events[0]).toMatchObject({
      type: 'entry.unpublish',
      data: { entry: shown },
      context: { previous: null },
    });
    await notPublished(id);
    expect(await draft(id)).toMatchObject({ title: 'changed' });
  });

  it.each(['unpublish', 'discard-draft'])('cannot %s what is not published', async (action) => {
    const { id } = await article();
    app.forget();
    expect(await app.refused('post', `/api/articles/${id}/actions/${action}`, {})).toEqual([
      'The entry is not published.',
    ]);
    expect(app.events).toEqual([]);
  });

  it('are deleted with what is published, which is one event', async () => {
    const tag = await app.made('/api/tags', { name: 'a' });
    const { id } = await article({ tags: [tag.id] });
    await act(id, 'publish');
    await app.put(`/api/articles/${id}`, { title: 'changed' });
    app.forget();
    await app.running.http.delete(`/api/articles/${id}`).expect(200);
    expect(app.events).toMatchObject([{ type: 'entry.delete', data: { entry: { title: 'changed' } } }]);
    await notPublished(id);
    expect(await app.got(`/api/tags/${tag.id}`)).toMatchObject({ articles: [] });
  });

  it('may be unfinished, but cannot be published so', async () => {
    const { id } = await app.made('/api/articles', {
      title: 'x',
      code: 'unlike',
      seo: { link: {} },
      blocks: [{ __component: 'shared.quote' }],
    });
    expect(await app.refused('post', `/api/articles/${id}/actions/publish`, {})).toEqual([
      'title: title must be at least 3 characters',
      'code: code must match the following: "^[A-Z]{2}-\\d+$"',
      'seo.metaTitle: metaTitle is a required field',
      'seo.link.url: url is a required field',
      'blocks.0.body: body is a required field',
    ]);
    await app.put(`/api/articles/${id}`, { title: null });
    expect(await app.refused('post', `/api/articles/${id}/actions/publish`, {})).toContain(
      'title: title is a required field',
    );
    expect(await app.refused('post', '/api/articles', { data: { summary: 'x'.repeat(81) } })).toEqual([
      'summary: summary must be at most 80 characters',
    ]);
  });

  it('are listed apart from what is published, which is found by its own values', async () => {
    const slugs = async (query: string) =>
      ((await app.got(`/api/articles?filters[summary][$eq]=listed${query}`)) as unknown as Entry[]).map(
        ({ slug }) => slug,
      );
    const [a, b] = [
      await article({ slug: 'a', summary: 'listed' }),
      await article({ slug: 'b', summary: 'listed' }),
    ];
    expect(await slugs('')).toEqual([]);
    expect(await slugs('&status=draft')).toEqual(['a', 'b']);
    await act(b.id, 'publish');
    app.clock.advance(1_000);
    await act(a.id, 'publish');
    await app.put(`/api/articles/${a.id}`, { slug: 'z', summary: 'other' });
    expect(await slugs('')).toEqual(['a', 'b']);
    expect(await slugs('&sort=published_at')).toEqual(['b', 'a']);
    expect(await slugs('&status=draft')).toEqual(['b']);
    await app.running.http.get('/api/articles?status=all').expect(400);
    await app.running.http.get('/api/articles?status=draft&sort=published_at').expect(400);
  });

  it('show to others only what is published of them', async () => {
    const ada = await app.made('/api/authors', { name: 'Ada' });
    const { id } = await article({ author: ada.id });
    expect(await app.got(`/api/authors/${ada.id}`)).toMatchObject({ articles: [] });
    expect(await app.got(`/api/authors/${ada.id}?status=draft`)).toMatchObject({ articles: [{ id }] });
    await act(id, 'publish');
    await app.put(`/api/articles/${id}`, { title: 'changed' });
    expect(await app.got(`/api/authors/${ada.id}`)).toMatchObject({
      articles: [{ id, title: 'one', published_at: CREATED }],
    });
    const related = await article({ title: 'related', related: [id] });
    expect((await draft(related.id))['related']).toMatchObject([{ id, title: 'changed' }]);
    expect((await act(related.id, 'publish'))['related']).toMatchObject([{ id, title: 'one' }]);
    await act(id, 'unpublish');
    expect((await published(related.id))['related']).toEqual([]);
  });

  it('of unique values are refused where another published one has them', async () => {
    const first = await article({ slug: 'mine' });
    await act(first.id, 'publish');
    await app.put(`/api/articles/${first.id}`, { slug: 'moved' });
    const second = await article({ slug: 'mine' });
    expect(await app.refused('post', `/api/articles/${second.id}/actions/publish`, {})).toEqual([
      'slug: This attribute must be unique',
    ]);
    expect(await app.refused('post', `/api/articles/${first.id}/actions/discard-draft`, {})).toEqual([
      'slug: This attribute must be unique',
    ]);
  });

  it('follow one another when they are published and changed at the same moment', async () => {
    const { id } = await article();
    app.forget();
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        n % 2 === 0 ? act(id, 'publish') : app.put(`/api/articles/${id}`, { title: `title ${n}` }),
      ),
    );
    const last = await act(id, 'publish');
    expect(last['title']).toBe((await draft(id))['title']);
    const titles = app.events.map(({ data }) => (data['entry'] as Entry)['title']);
    // What was published last before each change is what stood then.
    for (const [index, event] of app.events.entries()) {
      if (event.type === 'entry.publish') expect(titles[index]).toBe(titles[index - 1] ?? 'one');
    }
  });

  it('of single types are published by their name', async () => {
    const member = await app.made('/api/members', { name: 'Ada' });
    await app.running.http.post('/api/team/actions/publish').expect(404);
    await app.put('/api/team', { members: [member.id] });
    expect(await app.refused('post', '/api/team/actions/publish', {})).toEqual([
      'motto: motto is a required field',
    ]);
    await app.put('/api/team', { motto: 'On' });
    await app.running.http.get('/api/team').expect(404);
    const shown = await app.acted('/api/team/actions/publish');
    expect(await app.got('/api/team')).toEqual(shown);
    expect(shown).toMatchObject({ motto: 'On', members: [{ id: member.id }] });
    await app.put('/api/team', { motto: 'Off' });
    expect(await app.acted('/api/team/actions/discard-draft')).toMatchObject({ motto: 'On' });
    await app.acted('/api/team/actions/unpublish');
    await app.running.http.get('/api/team').expect(404);
  });

  it.each([
    '/api/tags/1/actions/publish',
    '/api/articles/999999/actions/publish',
    '/api/articles/1/actions/explode',
    '/api/articles/actions/publish',
    '/api/global/actions/publish',
  ])('are not there: %s', async (path) => {
    await app.running.http.post(path).expect(404);
  });

  it.each(['published_at', 'publishedAt'])('are not published by writing %s', async (name) => {
    expect(await app.refused('post', '/api/articles', { data: { title: 'one', [name]: CREATED } })).toEqual([
      `: this field has unspecified keys: ${name}`,
    ]);
  });
});
