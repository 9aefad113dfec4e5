import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ArchiveCatalogue } from '../../src/archive/catalogue.js';
import { type ArchivedHistory, findInArchive } from '../../src/archive/find-in-archive.js';
import { openArchive, openArchiveToWrite } from '../../src/archive/open-archive.js';
import { archiveCommand } from '../../src/cli/archive.js';
import { ArchiveEraser } from '../../src/delivery/erasure/archive-eraser.js';
import { ErasureRunner } from '../../src/delivery/erasure/erasure-runner.js';
import { Retention } from '../../src/delivery/retention/retention.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { type FailingProxy, startFailingProxy } from '../support/failing-proxy.js';
import { markHistory } from '../support/mark-history.js';
import { seedHistory } from '../support/seed-history.js';
import { useStage } from '../support/stage.js';
import { createWebhook } from '../support/webhooks.js';

/** Of `npm run test:s3`, which starts the server. */
const ENDPOINT = process.env['TEST_S3_ENDPOINT'] ?? '';
const DAY_MS = 86_400_000;
const AT = Date.UTC(2026, 0, 1, 12, 30);
const NOW = AT + 50 * DAY_MS;
const TEXT = 'ada.lovelace+marked@example.com';
const ADA = { key: 'ada', text: TEXT };
const HOUR = '2026/01/01/12';
/** The client asks again, with pauses. */
const LONG_MS = 300_000;

describeOnAnyDatabase('An archive in a bucket', (kind) => {
  const { app, receiver, clock } = useStage(kind, {
    clock: NOW,
    settings: { retention: { deliveriesDays: 10, payloadsDays: 10, attemptsDays: 10 } },
  });
  const s3 = new S3Client({ endpoint: ENDPOINT, region: 'us-east-1', forcePathStyle: true });
  let Bucket: string;
  let proxy: FailingProxy;
  let webhookId: string;

  beforeEach(async () => {
    Bucket = `archive-${randomUUID()}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    proxy = await startFailingProxy(ENDPOINT);
    await app.restart({ archive: { url: url() } });
    ({ id: webhookId } = await createWebhook(app.http, receiver.url));
  });
  afterEach(async () => {
    await proxy.close();
  });
  afterAll(() => {
    s3.destroy();
  });

  const url = (prefix = 'history/of', endpoint = proxy.url) =>
    `s3://${Bucket}/${prefix}?region=us-east-1&endpoint=${encodeURIComponent(endpoint)}`;
  const sql = () => app.get<DataSource>(getDataSourceToken());
  const archive = () => app.get(Retention).runOnce();
  const seed = (count: number, at = AT) => seedHistory(app, { webhookId, count, at });
  const keys = async (): Promise<string[]> => {
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    return (Contents ?? []).map(({ Key }) => Key ?? '').toSorted();
  };
  const bytesOf = async (Key: string): Promise<Buffer> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const keysWith = async (text: string): Promise<string[]> => {
    const found: string[] = [];
    for (const key of await keys()) {
      const bytes = await bytesOf(key);
      if ((key.endsWith('.gz') ? gunzipSync(bytes) : bytes).includes(text)) found.push(key);
    }
    return found;
  };
  const read = async (id: string): Promise<ArchivedHistory> => {
    const printed: string[] = [];
    await archiveCommand.run(['read', '--id', id, '--url', url()], {
      print: (line) => printed.push(line),
      withApplication: () => Promise.reject(new Error('not needed')),
    });
    return JSON.parse(printed.join('\n')) as ArchivedHistory;
  };
  const find = async (id: string) => findInArchive(new ArchiveCatalogue(await openArchive(url())), id);
  const eraser = () => new ArchiveEraser(sql(), url(), clock);
  const erasure = { id: 'e1', criteria: { key: 'ada' }, recordedUntil: NOW };

  it('has everything before it is removed, under its prefix, and posthorn archive read finds it', async () => {
    const { eventIds, deliveryIds } = await seed(60);
    expect(await archive()).toEqual({ attempts: 60, deliveries: 60, events: 60 });
    expect(await keys()).toEqual([
      expect.stringMatching(`^history/of/${HOUR}/0001-[0-9a-f]{16}\\.ndjson\\.gz$`),
      `history/of/${HOUR}/0001.json`,
      'history/of/posthorn-archive.json',
    ]);
    expect(await read(deliveryIds[7] ?? '')).toMatchObject({
      event: { id: eventIds[7], data: '{"n":7}', bodies: [{ rendering: 'strapi-v3' }] },
      deliveries: [{ id: deliveryIds[7], attempts: [{ statusCode: 500 }] }],
    });
  });

  it('creates a name once, whoever else does at the same time', async () => {
    const store = await openArchiveToWrite(url());
    const created = await Promise.all([1, 2, 3, 4].map((n) => store.create('one', Buffer.from(String(n)))));
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await store.create('one', Buffer.from('later'))).toBe(false);
    await store.remove('one');
    expect(await store.read('one')).toBeNull();
  });

  it('lists more names than one answer has, and finds the first behind another', async () => {
    const store = await openArchive(url('many'));
    const names = Array.from({ length: 1_005 }, (_, n) => `${String(n).padStart(5, '0')}.json`);
    const put = (name: string, prefix: string) =>
      s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}${name}`, Body: 'x' }));
    for (let from = 0; from < names.length; from += 50) {
      await Promise.all(names.slice(from, from + 50).map((name) => put(name, `many/${HOUR}/`)));
    }
    await put('0001.json', 'many/2026/01/01/14/');
    await put('0001.json', 'others/2026/01/01/13/');
    expect(await store.list(HOUR)).toEqual(names);
    expect(await store.firstAfter('')).toBe(`${HOUR}/00000.json`);
    expect(await store.firstAfter(`${HOUR}/~`)).toBe('2026/01/01/14/0001.json');
    expect(await store.firstAfter('2026/01/01/14/~')).toBeNull();
  });

  it('removes nothing while it cannot be reached', async () => {
    await seed(5);
    proxy.failAfter(0);
    await expect(archive()).rejects.toThrow(/cannot be reached/);
    proxy.failAfter(Infinity);
    expect(await archive()).toMatchObject({ events: 5 });
  }, 60_000);

  it('is rewritten by an erasure, which names it as held while it cannot be reached', async () => {
    const { eventIds, deliveryIds } = await seed(3);
    await markHistory(sql(), eventIds, ADA);
    await archive();
    expect(await keysWith(TEXT)).toHaveLength(1);
    proxy.failAfter(0);
    const { body } = await app.http.post('/admin/erase').send({ key: 'ada' }).expect(202);
    const { id } = (body as { data: { id: string } }).data;
    const step = async () => {
      while (await app.get(ErasureRunner).runOnce());
      const { body: shown } = await app.http.get(`/admin/erasures/${id}`).expect(200);
      return (shown as { data: object }).data;
    };
    expect(await step()).toMatchObject({ state: 'running', archive: { rewritten: 0, held: [url()] } });
    proxy.failAfter(Infinity);
    clock.advance(600_000);
    expect(await step()).toMatchObject({ state: 'finished', archive: { rewritten: 1, held: [] } });
    expect(await keysWith(TEXT)).toEqual([]);
    expect(await read(deliveryIds[0] ?? '')).toMatchObject({
      event: { data: '{}', erasedBy: id },
      deliveries: [{ attempts: [{ responseBody: null }] }],
    });
  }, 60_000);

  it.each([
    ['a request does not arrive', false],
    ['an answer is lost', true],
  ])(
    'leaves the old or the new readable wherever %s, and goes on',
    async (_, isAnswerLost) => {
      const { eventIds, deliveryIds } = await seed(2);
      await markHistory(sql(), eventIds, ADA);
      await archive();
      const saved = new Map<string, Buffer>();
      for (const key of await keys()) saved.set(key, await bytesOf(key));
      let isCut = true;
      for (let most = 0; isCut; most += 1) {
        for (const Key of await keys()) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
        for (const [Key, Body] of saved) await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
        proxy.failAfter(most, isAnswerLost);
        const step = await eraser().eraseSome(erasure, '');
        isCut = step.held.length > 0;
        proxy.failAfter(Infinity);
        expect((await find(deliveryIds[1] ?? '')).deliveries).toMatchObject([
          { attempts: [{ statusCode: 500 }] },
        ]);
        expect(await eraser().eraseSome(erasure, '')).toMatchObject({ held: [], next: null });
        expect(await keysWith(TEXT)).toEqual([]);
        expect((await keys()).filter((key) => key.endsWith('.gz'))).toHaveLength(1);
        // It came by every request: mark, list, manifests, part, the new part, its manifests, the removal.
        if (!isCut) expect(most).toBeGreaterThan(10);
      }
    },
    LONG_MS,
  );
});
