import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { getDataSourceToken } from '@nestjs/typeorm';
import sharp from 'sharp';
import type { DataSource } from 'typeorm';
import { WebhookEvent } from '../../src/events/webhook-event.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';

interface Version {
  name: string;
  hash: string;
  ext: string;
  mime: string;
  path: null;
  width: number;
  height: number;
  size: number;
  sizeInBytes: number;
  url: string;
}

interface StoredFile {
  id: number;
  name: string;
  hash: string;
  sha256: string;
  mime: string;
  url: string;
  width: number | null;
  height: number | null;
  formats: Record<string, Version> | null;
  [key: string]: unknown;
}

const START = Date.parse('2026-11-23T08:00:00.000Z');

const image = (width: number, height: number, colour = '#336699') =>
  sharp({ create: { width, height, channels: 3, background: colour } });

describeOnAnyDatabase("images and what is told of files, as Strapi's", (kind) => {
  const events: WebhookEvent[] = [];
  let database: TestDatabase;
  let running: RunningApp;
  let clock: ManualClock;

  beforeAll(async () => {
    database = await kind.create();
    clock = new ManualClock(START);
    running = await startApp({ databaseUrl: database.url, clock, settings: { delivery: { worker: false } } });
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

  const upload = async (content: Buffer, name: string, fileInfo?: object): Promise<StoredFile> => {
    let sending = running.http.post('/api/upload');
    if (fileInfo) sending = sending.field('fileInfo', JSON.stringify(fileInfo));
    const { body } = await sending.attach('files', content, name).expect(201);
    return (body as [StoredFile])[0];
  };

  const read = async (id: number): Promise<StoredFile> =>
    (await running.http.get(`/api/upload/files/${id}`).expect(200)).body as StoredFile;

  const bytesAt = async (url: string): Promise<Buffer> =>
    (await running.httpAs(null).get(url).responseType('blob').expect(200)).body as Buffer;

  const onDisk = async (): Promise<string[]> => {
    const names = await readdir(join(running.settings.dataDir, 'uploads'), { recursive: true });
    return names.filter((name) => name !== '.incoming').toSorted();
  };

  const withoutRecorder = async (work: () => Promise<void>): Promise<void> => {
    const emitter = running.get(EventEmitter2);
    const listeners = [...emitter.listenersAny()] as ((...args: unknown[]) => void)[];
    for (const listener of listeners) emitter.offAny(listener);
    await work();
    for (const listener of listeners) emitter.onAny(listener);
  };

  /** Every transaction fails at its very end. */
  const withoutCommit = async (work: () => Promise<void>): Promise<void> => {
    const { subscribers } = running.get<DataSource>(getDataSourceToken());
    subscribers.push({
      beforeTransactionCommit: () => {
        throw new Error('The commit failed.');
      },
    });
    await work();
    subscribers.pop();
  };

  describe('an image', () => {
    it('has its size, and the smaller versions that Strapi makes, which are served', async () => {
      const file = await upload(await image(1_600, 900).jpeg().toBuffer(), 'seine.jpg');
      expect(file).toMatchObject({ mime: 'image/jpeg', width: 1_600, height: 900 });
      const formats = file.formats ?? {};
      expect(Object.entries(formats).map(([key, { width, height }]) => [key, width, height])).toEqual([
        ['thumbnail', 245, 138],
        ['large', 1_000, 563],
        ['medium', 750, 422],
        ['small', 500, 281],
      ]);
      for (const [key, version] of Object.entries(formats)) {
        const hash = `${key}_${file.hash}`;
        const bytes = await bytesAt(version.url);
        expect(version).toEqual({
          name: `${key}_seine.jpg`,
          hash,
          ext: '.jpg',
          mime: 'image/jpeg',
          path: null,
          width: version.width,
          height: version.height,
          size: Math.round(bytes.length / 10) / 100,
          sizeInBytes: bytes.length,
          url: `/uploads/${hash}.jpg`,
        });
        expect(await sharp(bytes).metadata()).toMatchObject({
          format: 'jpeg',
          width: version.width,
          height: version.height,
        });
      }
      expect(await read(file.id)).toEqual(file);
    });

    it('is told in the event as Strapi 3 does, with what Strapi 5 tells more beside it', async () => {
      const file = await upload(await image(300, 100).png().toBuffer(), 'a.png', {
        alternativeText: 'The Seine',
        caption: 'In autumn',
        focalPoint: { x: 20, y: 80.5 },
      });
      const [event] = events;
      expect(event?.type).toBe('media.create');
      expect(Object.keys(event?.data['media'] as object)).toEqual([
        'id',
        'name',
        'hash',
        'sha256',
        'ext',
        'mime',
        'size',
        'url',
        'provider',
        'provider_metadata',
        'created_at',
        'updated_at',
        'related',
      ]);
      expect(event?.context).toEqual({
        previous: null,
        actor: { type: 'token', id: 'environment', name: 'ADMIN_TOKEN' },
        document: {
          kind: 'file',
          more: {
            documentId: file.hash.slice(0, 24),
            alternativeText: 'The Seine',
            caption: 'In autumn',
            focalPoint: { x: 20, y: 80.5 },
            width: 300,
            height: 100,
            formats: { thumbnail: expect.objectContaining({ width: 245, height: 82 }) as unknown },
            previewUrl: null,
            publishedAt: new Date(START).toISOString(),
          },
        },
      });
    });

    it('is measured as it is shown, whichever way it was held', async () => {
      const lying = await image(400, 200).jpeg().withMetadata({ orientation: 6 }).toBuffer();
      const file = await upload(lying, 'lying.jpg');
      expect(file).toMatchObject({
        width: 200,
        height: 400,
        formats: { thumbnail: { width: 78, height: 156 } },
      });
    });

    it.each([
      ['png', () => image(600, 10).png()],
      ['webp', () => image(600, 10).webp()],
      ['gif', () => image(600, 10).gif()],
      ['tiff', () => image(600, 10).tiff()],
    ])('of %s has versions of its own kind', async (format, make) => {
      const file = await upload(await make().toBuffer(), `a.${format}`);
      expect(Object.keys(file.formats ?? {})).toEqual(['thumbnail', 'small']);
      const bytes = await bytesAt(file.formats?.['small']?.url as string);
      expect((await sharp(bytes).metadata()).format).toBe(format);
    });

    it('of AVIF has its size and no versions', async () => {
      const file = await upload(await image(600, 10).avif().toBuffer(), 'a.avif');
      expect(file).toMatchObject({ mime: 'image/avif', width: 600, height: 10, formats: null });
    });

    it('that fits into every box has no versions', async () => {
      expect(await upload(await image(245, 156).png().toBuffer(), 'a.png')).toMatchObject({
        width: 245,
        height: 156,
        formats: null,
      });
    });

    const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>');
    const cut = async () => (await image(900, 900).png().toBuffer()).subarray(0, 200);
    /** A few bytes that claim 60,000 × 60,000 pixels. */
    const bomb = async () => {
      const png = await image(1, 1).png().toBuffer();
      png.writeUInt32BE(60_000, 16);
      png.writeUInt32BE(60_000, 20);
      return png;
    };

    it.each<[string, () => Promise<Buffer>, string]>([
      ['a drawing', async () => SVG, 'a.svg'],
      ['a drawing that calls itself a picture', async () => SVG, 'a.png'],
      ['an image that is cut off', cut, 'a.png'],
      ['an image that claims to be endless', bomb, 'a.png'],
      ['a text', async () => Buffer.from('hello'), 'a.txt'],
    ])('is none: %s is kept without a size', async (_, make, name) => {
      const before = await onDisk();
      const file = await upload(await make(), name);
      expect(file).toMatchObject({ width: null, height: null, formats: null });
      expect((await onDisk()).length).toBe(before.length + 1);
    });

    it('is deleted with its versions', async () => {
      const before = await onDisk();
      const file = await upload(await image(2_000, 2_000).jpeg().toBuffer(), 'a.jpg');
      expect((await onDisk()).length).toBe(before.length + 5);
      const { body } = await running.http.delete(`/api/upload/files/${file.id}`).expect(200);
      expect(body).toEqual(file);
      expect(await onDisk()).toEqual(before);
    });

    it('leaves nothing behind when nobody records it', async () => {
      const before = await onDisk();
      const content = await image(2_000, 2_000).jpeg().toBuffer();
      await withoutRecorder(async () => {
        await running.http.post('/api/upload').attach('files', content, 'a.jpg').expect(500);
      });
      expect(await onDisk()).toEqual(before);
    });

    it('comes with others, many at once', async () => {
      const before = await onDisk();
      const content = await image(1_200, 10).jpeg().toBuffer();
      const files = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => upload(content, `${n}.jpg`)));
      for (const file of files) expect(Object.keys(file.formats ?? {})).toHaveLength(4);
      expect((await onDisk()).length).toBe(before.length + 30);
    });
  });

  describe('a change', () => {
    const change = (id: number, http: HttpAgent = running.http) => http.post(`/api/upload?id=${id}`);

    it('of what is told keeps what it leaves out, and tells what stood before and who made it', async () => {
      const file = await upload(await image(10, 10).png().toBuffer(), 'a.png', { caption: 'old' });
      events.length = 0;
      clock.advance(1_000);
      const { body } = await change(file.id)
        .field('fileInfo', JSON.stringify({ alternativeText: 'new', name: 'b.png' }))
        .expect(200);
      expect(body).toEqual({
        ...file,
        name: 'b.png',
        alternativeText: 'new',
        updated_at: new Date(clock.now()).toISOString(),
      });
      expect(await read(file.id)).toEqual(body);
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({
        type: 'media.update',
        key: String(file.id),
        data: { media: { id: file.id, name: 'b.png', url: file.url } },
        context: {
          previous: { name: 'a.png', alternativeText: null },
          actor: { type: 'token' },
          document: { kind: 'file', more: { alternativeText: 'new', caption: 'old' } },
        },
      });
      await change(file.id)
        .field('fileInfo', JSON.stringify({ caption: null }))
        .expect(200);
      expect(await read(file.id)).toMatchObject({ name: 'b.png', alternativeText: 'new', caption: null });
    });

    it('of its bytes keeps the URL, makes new versions and removes the old ones', async () => {
      const file = await upload(await image(2_000, 1_000).jpeg().toBuffer(), 'a.jpg', { caption: 'kept' });
      const before = await onDisk();
      const content = await image(600, 300, '#ff0000').jpeg().toBuffer();
      const { body } = await change(file.id).attach('files', content, 'b.jpg').expect(200);
      const changed = body as StoredFile;
      expect(changed).toMatchObject({
        id: file.id,
        name: 'b.jpg',
        hash: file.hash,
        url: file.url,
        documentId: file['documentId'],
        caption: 'kept',
        width: 600,
        height: 300,
      });
      expect(changed.sha256).not.toBe(file.sha256);
      expect(Object.keys(changed.formats ?? {})).toEqual(['thumbnail', 'small']);
      expect(await bytesAt(file.url)).toEqual(content);
      for (const { url } of Object.values(changed.formats ?? {})) await bytesAt(url);
      expect((await onDisk()).length).toBe(before.length - 2);
      await running.http.delete(`/api/upload/files/${file.id}`).expect(200);
      expect((await onDisk()).length).toBe(before.length - 5);
    });

    it.each([
      ['that nobody records leaves the old bytes', withoutRecorder],
      ['that is not committed has the old bytes put back', withoutCommit],
    ])('%s', async (_, failing) => {
      const old = await image(2_000, 1_000).jpeg().toBuffer();
      const file = await upload(old, 'a.jpg');
      const before = await onDisk();
      const content = await image(600, 300).jpeg().toBuffer();
      await failing(async () => {
        await change(file.id).attach('files', content, 'b.jpg').expect(500);
      });
      expect(await onDisk()).toEqual(before);
      expect(await bytesAt(file.url)).toEqual(old);
      expect(await read(file.id)).toEqual(file);
    });

    it('gives bytes to a file that has lost its own', async () => {
      const file = await upload(Buffer.from('old'), 'a.txt');
      const path = join(running.settings.dataDir, file.url);
      await running.http.delete(`/api/upload/files/${file.id}`).expect(200);
      const again = await upload(Buffer.from('old'), 'a.txt');
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'not its own');
      await change(again.id).attach('files', Buffer.from('new'), 'a.txt').expect(200);
      expect((await bytesAt(again.url)).toString()).toBe('new');
    });

    it('of many at the same moment leaves the bytes of one, and its row', async () => {
      const file = await upload(Buffer.from('old'), 'a.txt');
      const contents = ['1', '22', '333', '4444'];
      await Promise.all(
        contents.map((content) =>
          change(file.id).attach('files', Buffer.from(content), `${content}.txt`).expect(200),
        ),
      );
      const content = (await bytesAt(file.url)).toString();
      expect(contents).toContain(content);
      expect((await read(file.id)).name).toBe(`${content}.txt`);
    });

    it.each<[string, (id: number) => Promise<unknown>]>([
      ['nothing to change', (id) => change(id).expect(400)],
      [
        'two files',
        (id) =>
          change(id)
            .attach('files', Buffer.from('a'), 'a.txt')
            .attach('files', Buffer.from('b'), 'b.txt')
            .expect(400),
      ],
      ['info of two files', (id) => change(id).field('fileInfo', '[{},{}]').expect(400)],
      ['info that is wrong', (id) => change(id).field('fileInfo', '{"focalPoint":7}').expect(400)],
      [
        'a link',
        (id) =>
          change(id)
            .field({ ref: 'api::address.address', refId: 1, field: 'cover' })
            .attach('files', Buffer.from('a'), 'a.txt')
            .expect(400),
      ],
      [
        'a page under the URL of a text',
        (id) => change(id).attach('files', Buffer.from('<html><script>'), 'a.html').expect(400),
      ],
      ['a file that is not there', () => change(999_999).field('fileInfo', '{}').expect(404)],
      [
        'an id that is none',
        () => running.http.post('/api/upload?id=x').attach('files', Buffer.from('a'), 'a.txt').expect(404),
      ],
    ])('is refused, and nothing is left of it: %s', async (_, ask) => {
      const file = await upload(Buffer.from('old'), 'a.txt');
      const before = await onDisk();
      events.length = 0;
      await ask(file.id);
      expect(events).toEqual([]);
      expect(await onDisk()).toEqual(before);
      expect(await read(file.id)).toEqual(file);
    });

    it("is not made to another tenant's file", async () => {
      const token = async (tenant: string): Promise<HttpAgent> => {
        const { body } = await running.http
          .post('/admin/tokens')
          .send({ name: tenant, scopes: ['*'], tenant })
          .expect(201);
        return running.httpAs((body as { data: { token: string } }).data.token);
      };
      const acme = await token('acme');
      const { body } = await acme.post('/api/upload').attach('files', Buffer.from('a'), 'a.txt').expect(201);
      const [{ id }] = body as [StoredFile];
      await change(id, await token('other'))
        .field('fileInfo', '{"caption":"mine"}')
        .expect(404);
      await change(id, acme).field('fileInfo', '{"caption":"mine"}').expect(200);
      expect(events.at(-1)?.tenant).toBe('acme');
    });
  });
});
