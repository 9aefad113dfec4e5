import { DataSource } from 'typeorm';
import { type ContentApp, type Entry, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';

describeOnAnyDatabase('components', (kind) => {
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

  beforeEach(() => app.forget());

  const article = (more: object) => app.made('/api/articles', { title: 'one', ...more });
  const draft = (id: number) => app.got(`/api/articles/${id}?status=draft`);

  it('are null and [] where there are none', async () => {
    expect(await article({})).toMatchObject({ seo: null, blocks: [] });
  });

  it('come back with what they point to, their media last, private ones left out', async () => {
    const { seo, id } = await article({
      seo: {
        metaTitle: 'One',
        shareImage: image,
        secret: 'hush',
        pin: '1234',
        link: { url: '/one', since: '2020-01-10T10:47:36.264+02:00' },
      },
    });
    expect(JSON.stringify(seo)).toMatch(
      /^\{"id":1,"metaTitle":"One","link":\{"id":1,"url":"\/one","since":"2020-01-10T08:47:36\.264Z"\},"shareImage":\{"id":\d+,"name":"image\.png",.*\}\}$/,
    );
    expect((await draft(id))['seo']).toEqual(seo);
    expect(app.events[0]?.data).toMatchObject({ entry: { seo } });
    expect(app.events[0]?.context.document?.nested).toMatchObject({
      seo: {
        kind: 'component',
        more: {},
        nested: { link: { kind: 'component', more: {} }, shareImage: { kind: 'file' } },
      },
    });
    const [row] = (await app.running
      .get(DataSource)
      .query('SELECT seo FROM articles WHERE id = ?', [id])) as {
      seo: string;
    }[];
    expect(row?.seo).toContain('scrypt$');
    expect(row?.seo).not.toContain('1234');
  });

  it('of several kinds stand in one list, in its order', async () => {
    const [tag, ada] = [
      await app.made('/api/tags', { name: 'a' }),
      await app.made('/api/authors', { name: 'Ada' }),
    ];
    const { blocks } = await article({
      blocks: [
        { __component: 'blog.teaser', tag: tag.id, authors: [ada.id] },
        { __component: 'shared.quote', body: 'To be' },
        { __component: 'shared.media', file: image, files: [image] },
        { __component: 'shared.quote', title: 'x', body: 'or not' },
      ],
    });
    expect(blocks).toMatchObject([
      { __component: 'blog.teaser', id: 1, tag: { id: tag.id, name: 'a' }, authors: [{ id: ada.id }] },
      { __component: 'shared.quote', id: 2, title: null, body: 'To be' },
      { __component: 'shared.media', id: 3, file: { id: image }, files: [{ id: image }] },
      { __component: 'shared.quote', id: 4, title: 'x', body: 'or not' },
    ]);
    expect(app.events.at(-1)?.context.document?.nested?.['blocks']).toMatchObject([
      {
        kind: 'component',
        nested: { tag: { kind: 'entry' }, authors: [{ kind: 'entry' }] },
      },
      { kind: 'component', more: {} },
      { kind: 'component', nested: { file: { kind: 'file' }, files: [{ kind: 'file' }] } },
      { kind: 'component', more: {} },
    ]);
  });

  it('keep what a change leaves out when they are named by their ids', async () => {
    const { id } = await article({
      seo: { metaTitle: 'One', secret: 'hush', link: { url: '/one' } },
      blocks: [
        { __component: 'shared.quote', body: 'a' },
        { __component: 'shared.quote', title: 'B', body: 'b' },
      ],
    });
    app.forget();
    const changed = await app.put(`/api/articles/${id}`, {
      seo: { id: 1, metaTitle: 'Two' },
      blocks: [
        { __component: 'shared.quote', id: 2, body: 'c' },
        { __component: 'shared.quote', body: 'd' },
      ],
    });
    expect(changed['seo']).toMatchObject({ id: 1, metaTitle: 'Two', link: { id: 1, url: '/one' } });
    expect(changed['blocks']).toMatchObject([
      { id: 2, title: 'B', body: 'c' },
      { id: 3, title: null, body: 'd' },
    ]);
    expect(app.events[0]?.context.previous).toMatchObject({
      seo: { id: 1, metaTitle: 'One' },
      blocks: [{ body: 'a' }, { body: 'b' }],
    });
    expect((await app.put(`/api/articles/${id}`, { seo: null }))['seo']).toBeNull();
  });

  it('lose what they pointed to when it is deleted', async () => {
    const tag = await app.made('/api/tags', { name: 'gone' });
    const file = await app.uploaded();
    const { id } = await article({
      blocks: [
        { __component: 'blog.teaser', tag: tag.id },
        { __component: 'shared.media', file, files: [file, image] },
      ],
    });
    await app.running.http.delete(`/api/tags/${tag.id}`).expect(200);
    await app.running.http.delete(`/api/upload/files/${file}`).expect(200);
    const [teaser, media] = (await draft(id))['blocks'] as Entry[];
    expect(teaser).toMatchObject({ tag: null });
    expect(media).toMatchObject({ file: null, files: [{ id: image }] });
  });

  it.each<[string, object, string[]]>([
    ['no object', { seo: [] }, ['seo: seo must be a `object` type, but the final value was: `[]`.']],
    ['no list', { blocks: {} }, ['blocks: blocks must be a `array` type, but the final value was: `{}`.']],
    [
      'no object in a list',
      { blocks: [5] },
      ['blocks.0: blocks[0] must be a `object` type, but the final value was: `5`.'],
    ],
    [
      'no kind',
      { blocks: [{ body: 'x' }] },
      [
        'blocks.0.__component: __component must be one of the following values: shared.quote, shared.media, blog.teaser',
      ],
    ],
    [
      'another kind',
      { blocks: [{ __component: 'shared.seo' }] },
      [
        'blocks.0.__component: __component must be one of the following values: shared.quote, shared.media, blog.teaser',
      ],
    ],
    [
      'an unknown key',
      { seo: { metaTitle: 'x', foo: 1, __component: 'shared.seo' } },
      ['seo: this field has unspecified keys: foo, __component'],
    ],
    [
      'a wrong value far inside',
      { seo: { metaTitle: 'x', link: { url: 5 } } },
      ['seo.link.url: url must be a `string` type, but the final value was: `5`.'],
    ],
    [
      'too many',
      { blocks: Array.from({ length: 6 }, () => ({ __component: 'shared.quote', body: 'x' })) },
      ['blocks: blocks field must have less than or equal to 5 items'],
    ],
    [
      'an id that is none',
      { seo: { id: '1', metaTitle: 'x' } },
      ['seo.id: id must be an id (a whole number)'],
    ],
    [
      'an id that does not stand there',
      { seo: { id: 7, metaTitle: 'x' } },
      ['seo.id: id names a component that does not stand there: 7'],
    ],
    [
      'an id twice',
      {
        blocks: [
          { __component: 'shared.quote', id: 1 },
          { __component: 'shared.quote', id: 1 },
        ],
      },
      ['blocks: blocks must not have an id twice'],
    ],
    [
      'what is not there',
      {
        blocks: [
          { __component: 'blog.teaser', tag: 99_999 },
          { __component: 'shared.media', files: [99_999] },
        ],
      },
      [
        'blocks.0.tag: tag names an entry of api::tag.tag that does not exist: 99999',
        'blocks.1.files: files names a file that does not exist: 99999',
      ],
    ],
  ])('are refused with %s', async (_what, data, issues) => {
    expect(await app.refused('post', '/api/articles', { data: { title: 'one', ...data } })).toEqual(issues);
    expect(app.events).toEqual([]);
  });

  it('and files of a kind that may not hang there are refused', async () => {
    const text = await app.uploaded('notes.txt', Buffer.from('hello'));
    const message = (name: string) => `${name} takes images, which these files are not: ${text}`;
    expect(
      await app.refused('post', '/api/articles', {
        data: { title: 'one', cover: text, seo: { metaTitle: 'x', shareImage: text } },
      }),
    ).toEqual([`cover: ${message('cover')}`, `seo.shareImage: ${message('shareImage')}`]);
    const { id } = await article({ gallery: [text, image], cover: image });
    const { body } = await app.running.http
      .post('/api/upload')
      .attach('files', Buffer.from('hello'), 'notes.txt')
      .field({ ref: 'api::article.article', refId: String(id), field: 'cover' })
      .expect(400);
    expect((body as { error: { message: string } }).error.message).toBe(
      'cover takes images, which these are not: text/plain',
    );
    expect(await draft(id)).toMatchObject({ cover: { id: image }, gallery: [{ id: text }, { id: image }] });
  });
});
