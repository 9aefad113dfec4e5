import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { WebhookEvent } from '../../src/events/webhook-event.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';

const START = Date.parse('2020-01-10T10:58:41.095Z');
const AT = '2020-01-10T10:58:41.095Z';
/** A PNG by its first bytes, and no picture. */
const BROKEN_PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const PICTURE = Buffer.from('89504e470d0a1a0a', 'hex');
const ADDRESS = 'api::address.address';
const BOUNDARY = 'a-boundary';

/** A file as its events tell it: without what Strapi 5 tells more. */
function told(file: StoredFile): StoredFile {
  const keys = Object.keys(file);
  return Object.fromEntries(
    keys.slice(0, keys.indexOf('related') + 1).map((key) => [key, file[key]]),
  ) as StoredFile;
}

interface StoredFile {
  id: number;
  name: string;
  hash: string;
  url: string;
  related: { __type: string; id: number }[];
  [key: string]: unknown;
}

describeOnAnyDatabase('the media library over HTTP', (kind) => {
  const events: WebhookEvent[] = [];
  let database: TestDatabase;
  let running: RunningApp;

  beforeAll(async () => {
    database = await kind.create();
    running = await startApp({
      databaseUrl: database.url,
      clock: new ManualClock(START),
      settings: { media: { maxFileBytes: 100_000, maxFiles: 3 }, delivery: { worker: false } },
    });
    running.get(EventEmitter2).onAny((_name, event: unknown) => {
      if (WebhookEvent.is(event)) events.push(event);
    });
  });

  afterAll(async () => {
    await running.close();
    await database.drop();
  });

  beforeEach(() => {
    events.length = 0;
  });

  const upload = async (
    content = PICTURE,
    name = 'image.png',
    fields: Record<string, string | number> = {},
    http = running.http,
  ): Promise<StoredFile> => {
    let sending = http.post('/api/upload');
    for (const [field, value] of Object.entries(fields)) sending = sending.field(field, value);
    const { body } = await sending.attach('files', content, name).expect(201);
    return (body as StoredFile[])[0] as StoredFile;
  };

  /** An upload written by hand: supertest would tidy its file name. */
  const uploadNamed = (fileName: string | Buffer, http = running.http) =>
    http
      .post('/api/upload')
      .set('Content-Type', `multipart/form-data; boundary=${BOUNDARY}`)
      .send(
        Buffer.concat([
          Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="`),
          Buffer.from(fileName),
          Buffer.from(`"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--${BOUNDARY}--\r\n`),
        ]),
      );

  const entry = async (data: object = { city: 'Paris' }, http = running.http): Promise<{ id: number }> => {
    const { body } = await http.post('/api/addresses').send({ data }).expect(201);
    return (body as { data: { id: number } }).data;
  };

  const readEntry = async (id: number): Promise<{ cover: StoredFile | null; images: StoredFile[] }> => {
    const { body } = await running.http.get(`/api/addresses/${id}`).expect(200);
    return (body as { data: { cover: StoredFile | null; images: StoredFile[] } }).data;
  };

  const readFileById = async (id: number): Promise<StoredFile> =>
    (await running.http.get(`/api/upload/files/${id}`).expect(200)).body as StoredFile;

  const onDisk = async (): Promise<string[]> => {
    const names = await readdir(join(running.settings.dataDir, 'uploads'), { recursive: true });
    return names.filter((name) => name !== '.incoming').toSorted();
  };

  const tenantHttp = async (tenant: string): Promise<HttpAgent> => {
    const { body } = await running.http
      .post('/admin/tokens')
      .send({ name: tenant, scopes: ['*'], tenant })
      .expect(201);
    return running.httpAs((body as { data: { token: string } }).data.token);
  };

  describe('takes', () => {
    it('a file, and tells it with the keys of the contract in their order', async () => {
      const content = Buffer.concat([BROKEN_PNG, Buffer.alloc(12_345 - BROKEN_PNG.length, 7)]);
      const file = await upload(content);
      expect(file.hash).toMatch(/^[0-9a-f]{32}$/);
      const sha256 = createHash('sha256').update(content).digest('base64url');
      expect(JSON.stringify(file)).toBe(
        `{"id":${file.id},"name":"image.png","hash":"${file.hash}","sha256":"${sha256}","ext":".png",` +
          `"mime":"image/png","size":12.35,"url":"/uploads/${file.hash}.png","provider":"local",` +
          `"provider_metadata":null,"created_at":"${AT}","updated_at":"${AT}","related":[],` +
          `"documentId":"${file.hash.slice(0, 24)}","alternativeText":null,"caption":null,"focalPoint":null,` +
          `"width":null,"height":null,"formats":null,"previewUrl":null,"publishedAt":"${AT}"}`,
      );
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({ type: 'media.create', key: String(file.id), model: null, uid: null });
      expect(JSON.stringify(events[0]?.data)).toBe(JSON.stringify({ media: told(file) }));
      expect(await readFileById(file.id)).toEqual(file);
    });

    it('several files at once, each told by its own event', async () => {
      const { body } = await running.http
        .post('/api/upload')
        .attach('files', PICTURE, 'a.png')
        .attach('files', PICTURE, 'b.png')
        .field('fileInfo', JSON.stringify([{}, { name: 'renamed.png' }]))
        .expect(201);
      expect((body as StoredFile[]).map(({ name }) => name)).toEqual(['a.png', 'renamed.png']);
      expect(events.map(({ type }) => type)).toEqual(['media.create', 'media.create']);
    });

    it('a name in any script', async () => {
      const { body } = await uploadNamed('вид на Сену 📯.txt').expect(201);
      expect((body as StoredFile[])[0]).toMatchObject({ name: 'вид на Сену 📯.txt', ext: '.txt' });
    });

    it('an extension only where it is fit for a URL', async () => {
      const { body } = await uploadNamed('odd.e#t').expect(201);
      expect((body as StoredFile[])[0]).toMatchObject({ name: 'odd.e#t', ext: '' });
    });

    it('an empty file', async () => {
      await expect(upload(Buffer.alloc(0), 'empty.txt')).resolves.toMatchObject({ size: 0 });
    });
  });

  describe('links', () => {
    it('one file to a single field, where a new one takes its place', async () => {
      const { id } = await entry();
      const fields = { ref: ADDRESS, refId: id, field: 'cover' };
      const first = await upload(PICTURE, 'first.png', fields);
      expect(first.related).toEqual([
        {
          __type: ADDRESS,
          id,
          geolocation: {},
          city: 'Paris',
          postal_code: null,
          full_name: null,
          created_at: AT,
          updated_at: AT,
        },
      ]);
      expect(events.at(-1)?.data).toEqual({ media: told(first) });
      const { related: _related, ...shown } = told(first);
      expect((await readEntry(id)).cover).toEqual(shown);
      const second = await upload(PICTURE, 'second.png', fields);
      expect((await readEntry(id)).cover?.id).toBe(second.id);
      expect((await readFileById(first.id)).related).toEqual([]);
    });

    it('files to a field for several, behind those that are there', async () => {
      const { id } = await entry();
      const fields = { ref: ADDRESS, refId: id, field: 'images' };
      const ids = [];
      for (const name of ['a.png', 'b.png', 'c.png']) ids.push((await upload(PICTURE, name, fields)).id);
      expect((await readEntry(id)).images.map((file) => file.id)).toEqual(ids);
    });

    it('files that an entry names itself', async () => {
      const [a, b] = [await upload(), await upload()];
      const { id } = await entry({ city: 'Paris', cover: a.id, images: [b.id, a.id] });
      expect(events.at(-1)?.data).toMatchObject({
        entry: { cover: { id: a.id }, images: [{ id: b.id }, { id: a.id }] },
      });
      expect((await readFileById(a.id)).related).toHaveLength(1);
      await running.http
        .put(`/api/addresses/${id}`)
        .send({ data: { cover: null, images: [a.id] } })
        .expect(200);
      expect(await readEntry(id)).toMatchObject({ cover: null, images: [{ id: a.id }] });
      expect((await readFileById(b.id)).related).toEqual([]);
    });

    it('no file to an entry that is deleted', async () => {
      const { id } = await entry();
      const file = await upload(PICTURE, 'a.png', { ref: ADDRESS, refId: id, field: 'cover' });
      await running.http.delete(`/api/addresses/${id}`).expect(200);
      expect(events.at(-1)?.data).toMatchObject({ entry: { cover: { id: file.id } } });
      expect((await readFileById(file.id)).related).toEqual([]);
    });

    it('one cover, whatever comes at the same moment', async () => {
      const { id } = await entry();
      const fields = { ref: ADDRESS, refId: id, field: 'cover' };
      const files = await Promise.all([1, 2, 3, 4].map((n) => upload(PICTURE, `${n}.png`, fields)));
      const related = await Promise.all(files.map(async (file) => (await readFileById(file.id)).related));
      expect(related.filter((entries) => entries.length > 0)).toHaveLength(1);
    });
  });

  describe('refuses, and keeps nothing of it,', () => {
    let before: string[];
    beforeEach(async () => {
      before = await onDisk();
    });
    afterEach(async () => {
      expect(events).toEqual([]);
      await eventually(async () => expect(await onDisk()).toEqual(before));
    });

    it('an upload without files', async () => {
      const { body } = await running.http.post('/api/upload').field('fileInfo', '{}').expect(400);
      expect((body as { error: object }).error).toMatchObject({
        status: 400,
        name: 'ValidationError',
        message: 'Files are empty',
      });
      await running.http.post('/api/upload').expect(400);
    });

    it.each([
      ['a slash', 'a/b.txt'],
      ['a way up', '../../etc/passwd'],
      ['a backslash', 'a\\\\b.txt'],
      ['a colon', 'a:b.txt'],
      ['a star', '*.txt'],
      ['a quote', 'a%22b.txt'],
      ['a line break', 'a%0Ab.txt'],
      ['an angle', '<b>.txt'],
      ['more than 255 characters', `${'a'.repeat(252)}.txt`],
    ])('a file name with %s', async (_what, name) => {
      const { body } = await uploadNamed(name).expect(400);
      const { error } = body as { error: { name: string; message: string } };
      expect(error.name).toBe('ValidationError');
      expect(error.message).toMatch(/^a file name must/);
    });

    it.each<[string, Record<string, string | number>, string]>([
      ['half a link', { ref: ADDRESS, refId: 1 }, 'give all three or none'],
      [
        'an unknown content type',
        { ref: 'api::no.no', refId: 1, field: 'cover' },
        'ref names no content type',
      ],
      [
        'a field that takes no files',
        { ref: ADDRESS, refId: 1, field: 'city' },
        'field names no media attribute',
      ],
      ['an entry that is not there', { ref: ADDRESS, refId: 999999, field: 'cover' }, 'refId names no entry'],
      ['an entry id that is none', { ref: ADDRESS, refId: 'x', field: 'cover' }, 'refId names no entry'],
      ['an unknown form field', { refs: ADDRESS }, 'this field has unspecified keys: refs'],
      ['info that is no JSON', { fileInfo: '{' }, 'fileInfo must be JSON'],
      ['info of another shape', { fileInfo: '"a"' }, 'fileInfo must be an object'],
      ['info for more files than came', { fileInfo: '[{},{}]' }, 'fileInfo is for 2 files, but 1 came'],
      ['info with unknown keys', { fileInfo: '{"size":1}' }, 'this field has unspecified keys: size'],
      ['a bad name in the info', { fileInfo: '{"name":"a/b"}' }, 'a file name must not contain'],
    ])('%s', async (_what, fields, message) => {
      let sending = running.http.post('/api/upload');
      for (const [field, value] of Object.entries(fields)) sending = sending.field(field, value);
      const { body } = await sending.attach('files', PICTURE, 'image.png').expect(400);
      expect((body as { error: { message: string } }).error.message).toContain(message);
    });

    it('two files for a field that takes one', async () => {
      const { id } = await entry();
      events.length = 0;
      await running.http
        .post('/api/upload')
        .field({ ref: ADDRESS, refId: id, field: 'cover' })
        .attach('files', PICTURE, 'a.png')
        .attach('files', PICTURE, 'b.png')
        .expect(400);
    });

    it('a file beyond the limit, whatever came with it', async () => {
      const { body } = await running.http
        .post('/api/upload')
        .attach('files', PICTURE, 'small.png')
        .attach('files', Buffer.alloc(100_001), 'large.png')
        .expect(413);
      expect((body as { error: object }).error).toMatchObject({ status: 413, name: 'PayloadTooLargeError' });
    });

    it('more files than one upload takes', async () => {
      let sending = running.http.post('/api/upload');
      for (const name of ['a', 'b', 'c', 'd']) sending = sending.attach('files', PICTURE, `${name}.png`);
      const { body } = await sending.expect(400);
      expect((body as { error: object }).error).toMatchObject({ status: 400, message: 'Too many files' });
    });

    it('a file in another form field', async () => {
      await running.http.post('/api/upload').attach('file', PICTURE, 'a.png').expect(400);
    });

    it('an upload whose sender goes away', async () => {
      await new Promise<void>((resolve) => {
        const sending = request(`${running.baseUrl}/api/upload`, {
          method: 'POST',
          headers: {
            Authorization: `Bearer ${running.token}`,
            'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
            'Content-Length': 50_000,
          },
        });
        sending.on('error', () => resolve());
        sending.write(
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n${'x'.repeat(20_000)}`,
        );
        void eventually(async () => expect(await onDisk()).not.toEqual(before)).finally(() =>
          sending.destroy(),
        );
      });
      await eventually(async () => expect(await onDisk()).toEqual(before));
    });

    it('an upload that nobody records', async () => {
      const emitter = running.get(EventEmitter2);
      const listeners = [...emitter.listenersAny()] as ((...args: unknown[]) => void)[];
      for (const listener of listeners) emitter.offAny(listener);
      await running.http.post('/api/upload').attach('files', PICTURE, 'a.png').expect(500);
      for (const listener of listeners) emitter.onAny(listener);
    });
  });

  describe('deletes', () => {
    it('a file with its bytes and its places, and tells it as it stood', async () => {
      const { id } = await entry();
      const file = await upload(PICTURE, 'a.png', { ref: ADDRESS, refId: id, field: 'cover' });
      await running.http.get(file.url).expect(200);
      const { body } = await running.http.delete(`/api/upload/files/${file.id}`).expect(200);
      expect(body).toEqual(file);
      expect(events.at(-1)).toMatchObject({ type: 'media.delete', data: { media: told(file) } });
      expect((await readEntry(id)).cover).toBeNull();
      await running.http.get(file.url).expect(404);
      const gone = await running.http.get(`/api/upload/files/${file.id}`).expect(404);
      expect(gone.body).toEqual({
        data: null,
        error: { status: 404, name: 'NotFoundError', message: 'file.notFound', details: {} },
      });
      await running.http.delete(`/api/upload/files/${file.id}`).expect(404);
    });

    it('nothing when nobody records it', async () => {
      const file = await upload();
      const emitter = running.get(EventEmitter2);
      const listeners = [...emitter.listenersAny()] as ((...args: unknown[]) => void)[];
      for (const listener of listeners) emitter.offAny(listener);
      await running.http.delete(`/api/upload/files/${file.id}`).expect(500);
      for (const listener of listeners) emitter.onAny(listener);
      await running.http.get(file.url).expect(200);
      await readFileById(file.id);
    });
  });

  it.each(['0', 'abc', '99999999999', '1.5'])('knows no file %s', async (id) => {
    await running.http.get(`/api/upload/files/${id}`).expect(404);
  });

  it('lists files by pages, as an array', async () => {
    const http = await tenantHttp('lister');
    const ids = [];
    for (const name of ['a.png', 'b.png', 'c.png']) ids.push((await upload(PICTURE, name, {}, http)).id);
    const { body } = await http.get('/api/upload/files').expect(200);
    expect((body as StoredFile[]).map(({ id }) => id)).toEqual(ids);
    const page = await http.get('/api/upload/files?pagination[page]=2&pagination[pageSize]=2').expect(200);
    expect((page.body as StoredFile[]).map(({ id }) => id)).toEqual(ids.slice(2));
    await http.get('/api/upload/files?pagination[pageSize]=0').expect(400);
  });

  it("shows no tenant another's files, nor lets it link them", async () => {
    const [acme, other] = [await tenantHttp('acme'), await tenantHttp('other')];
    const file = await upload(PICTURE, 'a.png', {}, acme);
    expect(events.at(-1)?.tenant).toBe('acme');
    await other.get(`/api/upload/files/${file.id}`).expect(404);
    await other.delete(`/api/upload/files/${file.id}`).expect(404);
    await running.http.get(`/api/upload/files/${file.id}`).expect(200);
    await other
      .post('/api/addresses')
      .send({ data: { city: 'Paris', cover: file.id } })
      .expect(400);
    const { id } = await entry({ city: 'Paris', cover: file.id }, acme);
    const fields = { ref: ADDRESS, refId: id, field: 'images' };
    await other.post('/api/upload').field(fields).attach('files', PICTURE, 'a.png').expect(400);
    await upload(PICTURE, 'b.png', fields);
    // Uploaded by nobody in particular, but for an entry of acme's.
    expect(events.at(-1)?.tenant).toBe('acme');
  });

  describe('serves', () => {
    it('the bytes, to everyone', async () => {
      const file = await upload();
      const response = await running.httpAs(null).get(file.url).expect(200);
      expect(response.body).toEqual(PICTURE);
      expect(await readFile(join(running.settings.dataDir, file.url))).toEqual(PICTURE);
    });

    const TEXT = Buffer.from('neither a picture nor a page');
    const NOISE = Buffer.from([0, 1, 2, 3, 0xfe]);
    it.each<[string, string, string, typeof TEXT?]>([
      ['a.png', 'image/png', 'inline', BROKEN_PNG],
      ['a.JPG', 'image/jpeg', 'inline', BROKEN_PNG],
      ['a.pdf', 'application/pdf', 'inline', Buffer.from('%PDF-1.7\n')],
      ['a.txt', 'text/plain; charset=utf-8', 'inline'],
      ['text.png', 'text/plain; charset=utf-8', 'inline'],
      ['text.pdf', 'text/plain; charset=utf-8', 'inline'],
      ['picture.txt', 'image/png', 'inline', BROKEN_PNG],
      ['noise.png', 'application/octet-stream', 'attachment', NOISE],
      ['a.html', 'application/octet-stream', 'attachment'],
      ['a.svg', 'application/octet-stream', 'attachment'],
      ['a.xml', 'application/octet-stream', 'attachment'],
      ['a.js', 'application/octet-stream', 'attachment'],
      ['a', 'application/octet-stream', 'attachment'],
    ])('%s as %s, %s', async (name, type, disposition, bytes = TEXT) => {
      const file = await upload(bytes, name);
      const { headers } = await running.http.get(file.url).expect(200);
      expect(headers).toMatchObject({
        'content-type': type,
        'content-disposition': disposition,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      });
    });

    it('a part of a file', async () => {
      const file = await upload(Buffer.from('0123456789'), 'a.txt');
      const { text } = await running.http.get(file.url).set('Range', 'bytes=2-4').expect(206);
      expect(text).toBe('234');
      await running.http.get(file.url).set('Range', 'bytes=20-').expect(416);
    });

    it.each([
      '/uploads/..%2fposthorn.sqlite',
      '/uploads/..%5c..%5cpackage.json',
      '/uploads/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      '/uploads/.incoming',
      '/uploads/.incoming%2fx',
      '/uploads/%00',
      `/uploads/${'0'.repeat(32)}.png`,
    ])('nothing else: %s', async (path) => {
      const { body } = await running.http.get(path).expect(404);
      expect((body as { error: object }).error).toMatchObject({ status: 404, name: 'NotFoundError' });
    });
  });
});
