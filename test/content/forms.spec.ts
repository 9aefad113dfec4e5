import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentApp, type Entry, PNG, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';

describeOnAnyDatabase('Entries are created from forms', (kind) => {
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

  const form = (data: object, path = '/api/articles') =>
    app.running.http.post(path).field('data', JSON.stringify(data));

  /** The files in the folder of uploads, those that were received and not stored, and the rows. */
  async function storedFiles(): Promise<string[]> {
    const folder = join(app.running.settings.dataDir, 'uploads');
    const received = await readdir(join(folder, '.incoming')).catch(() => []);
    const { body } = await app.running.http.get('/api/upload/files?pagination[pageSize]=100').expect(200);
    const rows = (body as Entry[]).map(({ id }) => String(id));
    return [...(await readdir(folder)).filter((name) => !name.startsWith('.')), ...received, ...rows];
  }

  it('with their files, in one transaction that announces each file and the entry', async () => {
    const { body } = await form({ title: 'one' })
      .attach('files.cover', PNG, 'cover.png')
      .attach('files.gallery', PNG, 'first.png')
      .attach('files.gallery', PNG, 'second.png')
      .expect(201);
    const { data } = body as { data: Entry };
    expect(data).toMatchObject({
      title: 'one',
      cover: { name: 'cover.png' },
      gallery: [{ name: 'first.png' }, { name: 'second.png' }],
    });
    expect(app.events.map(({ type }) => type)).toEqual([
      'media.create',
      'media.create',
      'media.create',
      'entry.create',
    ]);
    expect(app.events.at(-1)?.data).toEqual({ entry: data });
  });

  it('and changed by them: a file replaces the one of its attribute, and is added to several', async () => {
    const { body: made } = await form({ title: 'one', summary: 'kept' })
      .attach('files.cover', PNG, 'cover.png')
      .attach('files.gallery', PNG, 'first.png')
      .expect(201);
    const { id } = (made as { data: Entry }).data;
    app.forget();
    const { body } = await app.running.http
      .put(`/api/articles/${id}`)
      .field('data', JSON.stringify({ title: 'two' }))
      .attach('files.cover', PNG, 'other.png')
      .attach('files.gallery', PNG, 'second.png')
      .expect(200);
    const { data } = body as { data: Entry };
    expect(data).toMatchObject({
      title: 'two',
      summary: 'kept',
      cover: { name: 'other.png' },
      gallery: [{ name: 'first.png' }, { name: 'second.png' }],
    });
    expect(app.events.map(({ type }) => type)).toEqual(['media.create', 'media.create', 'entry.update']);
    expect(await app.got(`/api/articles/${id}?status=draft`)).toEqual(data);
  });

  it('and leave nothing behind where the entry that they change is not there, or the data is wrong', async () => {
    const { id } = await app.made('/api/articles', { title: 'one' });
    const before = await storedFiles();
    const put = (path: string, data: string) =>
      app.running.http.put(path).field('data', data).attach('files.cover', PNG, 'a.png');
    await put('/api/articles/999999', '{"title":"two"}').expect(404);
    await put(`/api/articles/${id}`, '{"title":5}').expect(400);
    await put(`/api/articles/${id}`, '{"locale":"fr"}').expect(400);
    await put(`/api/articles/${id}`, '{"cover":1}').expect(400);
    expect(await storedFiles()).toEqual(before);
  });

  it('of single types too, which they create and change', async () => {
    const put = (data: object, name: string) =>
      app.running.http
        .put('/api/global')
        .field('data', JSON.stringify(data))
        .attach('files.favicon', PNG, name)
        .expect(200);
    await put({ siteName: 'Blog', defaultSeo: { metaTitle: 'Home' } }, 'first.png');
    const { body } = await put({ siteName: 'Log' }, 'second.png');
    expect((body as { data: Entry }).data).toMatchObject({
      siteName: 'Log',
      favicon: { name: 'second.png' },
      defaultSeo: { metaTitle: 'Home' },
    });
    await app.running.http.put('/api/global').attach('files.favicon', PNG, 'a.png').expect(400);
  });

  it('without files too', async () => {
    const { body } = await form({ name: 'plain' }, '/api/tags').expect(201);
    expect((body as { data: Entry }).data).toMatchObject({ name: 'plain' });
  });

  it.each<[string, (request: ReturnType<typeof form>) => unknown, number, RegExp]>([
    [
      'an unknown attribute',
      (one) => one.attach('files.title', PNG, 'a.png'),
      400,
      /names no files of article/,
    ],
    [
      'a file without an attribute',
      (one) => one.attach('cover', PNG, 'a.png'),
      400,
      /"cover" names no files/,
    ],
    [
      'two files for one',
      (one) => one.attach('files.cover', PNG, 'a.png').attach('files.cover', PNG, 'b.png'),
      400,
      /cover takes one file, but 2 came/,
    ],
    ['another field', (one) => one.field('more', '1'), 400, /a form takes data and files, not "more"/],
    [
      'a kind of file that the attribute does not take',
      (one) => one.attach('files.cover', Buffer.from('text'), 'a.txt'),
      400,
      /cover takes images/,
    ],
  ])('and leave nothing behind of %s', async (_, add, status, message) => {
    const before = await storedFiles();
    const request = form({ title: 'one' });
    add(request);
    const { body } = await request.expect(status);
    expect((body as { error: { message: string } }).error.message).toMatch(message);
    expect(await storedFiles()).toEqual(before);
  });

  it('and leave nothing behind where the data is wrong, or there is no such type', async () => {
    const before = await storedFiles();
    await form({ title: 5 }).attach('files.cover', PNG, 'a.png').expect(400);
    await form({ title: 'one', cover: 1 }).attach('files.cover', PNG, 'a.png').expect(400);
    await form({ title: 'one', tags: [999_999] })
      .attach('files.cover', PNG, 'a.png')
      .expect(400);
    await form({}, '/api/nothings').attach('files.cover', PNG, 'a.png').expect(404);
    await app.running.http.post('/api/articles').field('data', '[').expect(400);
    await app.running.http.post('/api/articles').attach('files.cover', PNG, 'a.png').expect(400);
    expect(await storedFiles()).toEqual(before);
  });

  it('and files need the scope of files', async () => {
    const { body } = await app.running.http
      .post('/admin/tokens')
      .send({ name: 'writer', scopes: ['content:write'] })
      .expect(201);
    const writer = app.running.httpAs((body as { data: { token: string } }).data.token);
    await writer.post('/api/articles').field('data', '{"title":"one"}').expect(201);
    await writer
      .post('/api/articles')
      .field('data', '{"title":"one"}')
      .attach('files.cover', PNG, 'a.png')
      .expect(403);
  });
});
