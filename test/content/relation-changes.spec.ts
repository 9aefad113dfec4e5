import { type ContentApp, type Entry, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';

describeOnAnyDatabase('Relations are changed', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;
  /** The ids and document ids of four tags. */
  let tags: { id: number; documentId: string }[];

  beforeAll(async () => {
    database = await kind.create();
    app = await startContentApp(database.url);
    tags = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      app.forget();
      const { id } = await app.made('/api/tags', { name });
      tags.push({ id, documentId: String(app.events[0]?.context.document?.more['documentId']) });
    }
  });

  afterAll(async () => {
    await app.running.close();
    await database.drop();
  });

  const article = (tagging: unknown) => app.made('/api/articles', { title: 'one', tags: tagging });
  const idOf = (name: string) => tags['abcd'.indexOf(name)]?.id ?? 0;
  const documentOf = (name: string) => tags['abcd'.indexOf(name)]?.documentId ?? '';
  const namesAt = (entry: Entry) => (entry['tags'] as Entry[]).map(({ name }) => name).join('');
  const change = async (from: string, tagging: unknown) => {
    const { id } = await article([...from].map(idOf));
    return namesAt(await app.put(`/api/articles/${id}`, { tags: tagging }));
  };

  it('by document ids, ids and objects, when an entry is created too', async () => {
    for (const tagging of [
      [documentOf('b'), documentOf('a')],
      [idOf('b'), documentOf('a')],
      [{ documentId: documentOf('b') }, { id: idOf('a') }],
      [String(idOf('b')), String(idOf('a'))],
      { set: [documentOf('b'), idOf('a')] },
      { connect: [documentOf('b'), { id: idOf('a') }] },
    ]) {
      expect(namesAt(await article(tagging))).toBe('ba');
    }
    expect(namesAt(await article(documentOf('c')))).toBe('c');
  });

  it.each<[string, string, () => unknown, string]>([
    ['connects at the end', 'ab', () => ({ connect: [documentOf('c'), idOf('d')] }), 'abcd'],
    ['connects one', 'ab', () => ({ connect: idOf('c') }), 'abc'],
    ['moves what is connected', 'abc', () => ({ connect: [idOf('a')] }), 'bca'],
    ['connects at the start', 'ab', () => ({ connect: [at('c', { start: true })] }), 'cab'],
    ['connects before', 'ab', () => ({ connect: [at('c', { before: documentOf('b') })] }), 'acb'],
    ['connects after', 'ab', () => ({ connect: [at('c', { after: idOf('a') })] }), 'acb'],
    ['disconnects', 'abc', () => ({ disconnect: [documentOf('b')] }), 'ac'],
    ['disconnects what is not connected', 'ab', () => ({ disconnect: [idOf('c'), 999_999] }), 'ab'],
    ['does both', 'abc', () => ({ disconnect: [idOf('a')], connect: [idOf('d')] }), 'bcd'],
    ['sets', 'ab', () => ({ set: [idOf('d'), documentOf('a')] }), 'da'],
    ['sets none', 'ab', () => ({ set: [] }), ''],
  ])('%s: %s', async (_, from, tagging, expected) => {
    expect(await change(from, tagging())).toBe(expected);
  });

  it('of one target', async () => {
    const { id } = await app.made('/api/tags', { name: 'child', parent: { connect: [documentOf('a')] } });
    const parentAfter = async (parent: unknown) =>
      ((await app.put(`/api/tags/${id}`, { parent }))['parent'] as Entry | null)?.name ?? null;
    expect(await parentAfter(documentOf('b'))).toBe('b');
    expect(await parentAfter({ connect: { id: idOf('c') } })).toBe('c');
    expect(await parentAfter({ disconnect: [idOf('a')] })).toBe('c');
    expect(await parentAfter({ disconnect: [idOf('c')] })).toBeNull();
    expect(await parentAfter({ set: [idOf('d')] })).toBe('d');
    expect(await parentAfter({ set: [] })).toBeNull();
  });

  it('from the side that does not store them', async () => {
    const { id } = await article([idOf('a')]);
    const other = await article([]);
    await app.put(`/api/tags/${idOf('c')}`, { articles: { connect: [id] } });
    expect(namesAt(await app.got(`/api/articles/${id}?status=draft`))).toBe('ac');
    await app.put(`/api/tags/${idOf('c')}`, { articles: { connect: [other.id], disconnect: [id] } });
    expect(namesAt(await app.got(`/api/articles/${id}?status=draft`))).toBe('a');
    expect(namesAt(await app.got(`/api/articles/${other.id}?status=draft`))).toBe('c');
  });

  it('in components', async () => {
    const teaser = { __component: 'blog.teaser', tag: documentOf('a') };
    const made = await app.made('/api/articles', { title: 'one', blocks: [teaser] });
    const [block] = made['blocks'] as Entry[];
    expect(block?.['tag']).toMatchObject({ name: 'a' });
    const blocks = [{ __component: 'blog.teaser', id: block?.id, tag: { disconnect: [idOf('a')] } }];
    const changed = await app.put(`/api/articles/${made.id}`, { blocks });
    expect((changed['blocks'] as Entry[])[0]?.['tag']).toBeNull();
  });

  it('and files as they are, of one and of several', async () => {
    const files = [await app.uploaded('a.png'), await app.uploaded('b.png'), await app.uploaded('c.png')];
    const [a = 0, b = 0, c = 0] = files;
    const { id } = await app.made('/api/articles', {
      title: 'one',
      cover: { connect: [a] },
      gallery: { connect: [{ id: a }, b] },
    });
    const after = async (data: object) => {
      const entry = await app.put(`/api/articles/${id}`, data);
      const gallery = (entry['gallery'] as Entry[]).map(({ id: file }) => file);
      return [(entry['cover'] as Entry | null)?.id ?? null, gallery];
    };
    expect(await after({})).toEqual([a, [a, b]]);
    expect(await after({ cover: { connect: [b] }, gallery: { connect: [c] } })).toEqual([b, [a, b, c]]);
    expect(await after({ gallery: { connect: [{ id: a }] } })).toEqual([b, [b, c, a]]);
    expect(await after({ cover: { disconnect: [a] }, gallery: { disconnect: [{ id: b }] } })).toEqual([
      b,
      [c, a],
    ]);
    expect(await after({ cover: { disconnect: [b] }, gallery: { set: [b] } })).toEqual([null, [b]]);
    expect(await after({ cover: { set: [{ id: c }] }, gallery: { set: [] } })).toEqual([c, []]);
    expect(await after({ cover: { id: a }, gallery: [{ id: b }] })).toEqual([a, [b]]);
  });

  it('and files in components', async () => {
    const [a, b] = [await app.uploaded('a.png'), await app.uploaded('b.png')];
    const block = { __component: 'shared.media', file: { connect: [a] } };
    const made = await app.made('/api/articles', { title: 'one', blocks: [block] });
    const [one] = made['blocks'] as Entry[];
    expect(one?.['file']).toMatchObject({ name: 'a.png' });
    const change = { __component: 'shared.media', id: one?.id };
    const changed = await app.put(`/api/articles/${made.id}`, {
      blocks: [{ ...change, file: { set: [b] } }],
    });
    expect((changed['blocks'] as Entry[])[0]?.['file']).toMatchObject({ name: 'b.png' });
    const gone = { ...change, file: { connect: [999_999] } };
    expect(await app.refused('put', `/api/articles/${made.id}`, { data: { blocks: [gone] } })).toEqual([
      'blocks.0.file: file names a file that does not exist: 999999',
    ]);
  });

  it.each<[unknown, RegExp]>([
    [{ connect: [999_999] }, /names a file that does not exist: 999999/],
    [{ set: [1], connect: [2] }, /takes set, or connect and disconnect, not both/],
    [{ connect: ['abcdefghijklmnopqrstuvwx'] }, /must have ids of files/],
    [{ documentId: 'abcdefghijklmnopqrstuvwx' }, /must have ids of files/],
    [{ set: [1, 1] }, /must not name an entry twice/],
  ])('refuses the files %j', async (gallery, message) => {
    const [problem] = await app.refused('post', '/api/articles', { data: { title: 'one', gallery } });
    expect(problem).toMatch(message);
  });

  it('announces one event with what was before', async () => {
    const { id } = await article([idOf('a')]);
    app.forget();
    await app.put(`/api/articles/${id}`, { tags: { connect: [documentOf('b')] } });
    expect(app.events).toHaveLength(1);
    expect(app.events[0]?.context.previous).toMatchObject({ tags: [{ name: 'a' }] });
  });

  it.each<[unknown, RegExp]>([
    [{ connect: ['abcdefghijklmnopqrstuvwx'] }, /names an entry of api::tag.tag that does not exist: abcdef/],
    [{ connect: [999_999] }, /does not exist: 999999/],
    [['abcdefghijklmnopqrstuvwx'], /does not exist/],
    [{ set: [1], connect: [2] }, /takes set, or connect and disconnect, not both/],
    [{ attach: [1] }, /must have ids or document ids/],
    [{ connect: [1], more: 1 }, /unknown key "more"/],
    [{ connect: [{ id: 1, locale: 'fr' }] }, /must have ids or document ids/],
    [{ connect: [{ id: 1, position: { middle: true } }] }, /takes one position/],
    [{ connect: [1, 1] }, /must not name an entry twice/],
    ['no id', /must have ids or document ids/],
  ])('refuses %j', async (tagging, message) => {
    const [problem] = await app.refused('post', '/api/articles', { data: { title: 'one', tags: tagging } });
    expect(problem).toMatch(/^tags: tags /);
    expect(problem).toMatch(message);
  });

  function at(name: string, position: object): object {
    return { documentId: documentOf(name), position };
  }
});
