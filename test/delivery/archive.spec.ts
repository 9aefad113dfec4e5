import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ArchiveCatalogue } from '../../src/archive/catalogue.js';
import type { ArchiveLine } from '../../src/archive/archive-lines.js';
import { type ArchivedHistory, findInArchive } from '../../src/archive/find-in-archive.js';
import { FolderStore } from '../../src/archive/folder-store.js';
import { hashOf, HOUR_MS, type PartManifest } from '../../src/archive/manifest.js';
import { archiveCommand } from '../../src/cli/archive.js';
import { Retention } from '../../src/delivery/retention/retention.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { seedHistory } from '../support/seed-history.js';
import type { StartAppOptions } from '../support/start-app.js';
import { useStage } from '../support/stage.js';
import { testFolder } from '../support/test-folder.js';
import { createWebhook, delivery, onlyDelivery, publish } from '../support/webhooks.js';

const DAY_MS = 86_400_000;
/** In the middle of an hour, which ends before `NOW` less what has to settle. */
const AT = Date.UTC(2026, 0, 1, 12, 30);
const NOW = AT + 50 * DAY_MS;

describeOnEveryDatabase('The archive', (kind) => {
  const { app, receiver, clock } = useStage(kind, {
    clock: NOW,
    settings: { retention: { deliveriesDays: 10, payloadsDays: 10, attemptsDays: 10 } },
  });
  let folder: string;
  let webhookId: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(testFolder(), 'archive-'));
  });
  afterEach(async () => {
    restore();
    await rm(folder, { recursive: true, force: true });
  });

  /** The process ends at one of these methods, where a test replaces it. */
  const originals = {
    write: FolderStore.prototype.write,
    create: FolderStore.prototype.create,
    add: ArchiveCatalogue.prototype.add,
  };
  const restore = () => {
    const { add, ...ofStore } = originals;
    Object.assign(FolderStore.prototype, ofStore);
    ArchiveCatalogue.prototype.add = add;
  };
  const url = () => pathToFileURL(folder).href;
  const removeOld = () => app.get(Retention).runOnce();
  const restart = (settings: StartAppOptions['settings'] = {}) =>
    app.restart({ ...settings, archive: { url: url() } });
  const begin = async (settings?: StartAppOptions['settings']) => {
    await restart(settings);
    ({ id: webhookId } = await createWebhook(app.http, receiver.url));
  };
  const count = async (table: string): Promise<number> => {
    const [row] = await app
      .get<DataSource>(getDataSourceToken())
      .query<{ n: string | number }[]>(`SELECT COUNT(*) AS n FROM ${table}`);
    return Number(row?.n);
  };
  const files = async () => (await readdir(folder, { recursive: true })).toSorted();
  const manifests = async (): Promise<{ path: string; manifest: PartManifest }[]> => {
    const names = (await files()).filter((name) => /\d\.json$/.test(name));
    return Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        return { path, manifest: JSON.parse(await readFile(path, 'utf8')) as PartManifest };
      }),
    );
  };
  /** The lines of the parts that count. */
  const lines = async (): Promise<ArchiveLine[]> => {
    const all: ArchiveLine[] = [];
    for (const { path, manifest } of await manifests()) {
      const bytes = await readFile(join(path, '..', manifest.file));
      expect(hashOf(bytes)).toBe(manifest.sha256);
      const some = gunzipSync(bytes).toString().trim().split('\n');
      all.push(...some.map((line) => JSON.parse(line) as ArchiveLine));
    }
    return all;
  };
  const read = async (id: string): Promise<ArchivedHistory> => {
    const printed: string[] = [];
    await archiveCommand.run(['read', '--id', id, '--url', url()], {
      print: (line) => printed.push(line),
      withApplication: () => Promise.reject(new Error('not needed')),
    });
    return JSON.parse(printed.join('\n')) as ArchivedHistory;
  };

  it('has everything before it is removed, by hour, with a manifest', async () => {
    await begin();
    const first = await seedHistory(app, { webhookId, count: 120, at: AT, attempts: 2 });
    const second = await seedHistory(app, { webhookId, count: 30, at: AT + HOUR_MS });
    expect(await removeOld()).toEqual({ attempts: 270, deliveries: 150, events: 150 });
    expect(await files()).toEqual(
      expect.arrayContaining(['2026/01/01/12/0001.json', '2026/01/01/13/0001.json', 'posthorn-archive.json']),
    );
    const [one, two] = (await manifests()).map(({ manifest }) => manifest);
    expect(one).toMatchObject({
      hour: '2026-01-01T12:00:00.000Z',
      counts: { events: 120, bodies: 120, deliveries: 120, attempts: 240 },
      firstId: first.eventIds[0],
      lastId: first.deliveryIds.at(-1),
    });
    expect(two).toMatchObject({ counts: { events: 30, bodies: 30, deliveries: 30, attempts: 30 } });

    const found = await read(second.deliveryIds[7] ?? '');
    expect(found.event).toMatchObject({ id: second.eventIds[7], data: '{"n":7}' });
    expect(found.event?.bodies).toEqual([
      {
        rendering: 'strapi-v3',
        contentType: 'application/json',
        body: '{"event":"order.shipped","data":{"n":7}}',
      },
    ]);
    expect(found.deliveries).toEqual([
      expect.objectContaining({ id: second.deliveryIds[7], state: 'failed', attempts: [expect.anything()] }),
    ]);
    expect(await read(first.eventIds[3] ?? '')).toMatchObject({
      event: { id: first.eventIds[3] },
      deliveries: [{ id: first.deliveryIds[3] }],
    });
    await expect(read('0197a1a2-0000-7000-8000-000000000000')).rejects.toThrow(
      'has no event and no delivery',
    );
  });

  it('has a delivery that was sent with the headers and the body of its request', async () => {
    await begin({ retention: { deliveriesDays: 10, payloadsDays: 3, attemptsDays: 2 } });
    await publish(app.http, { n: 'sent' });
    await app.get(DeliveryWorker).runOnce();
    const { id } = await onlyDelivery(app.http);
    const shown = await delivery(app.http, id);
    for (const expected of [{ attempts: 1 }, { events: 1 }, { deliveries: 1, requests: 1 }]) {
      clock.advance(expected.deliveries ? 8 * DAY_MS : 2 * DAY_MS + 1_000);
      expect(await removeOld()).toEqual(expected);
    }
    const { event, deliveries } = await read(id);
    expect(JSON.parse(deliveries[0]?.attempts[0]?.requestHeaders ?? '')).toEqual(
      (shown.attempts[0] as { requestHeaders: unknown }).requestHeaders,
    );
    expect(event?.bodies.map(({ body }) => body)).toContain(receiver.requests[0]?.body.toString());
    expect(await manifests()).toHaveLength(1);
  });

  it.each([
    ['while a part is written', 'write' as const],
    ['before the manifest', 'create' as const],
  ])('loses and doubles nothing where a process ends %s', async (_, method) => {
    await begin();
    await seedHistory(app, { webhookId, count: 60, at: AT });
    const real: (this: FolderStore, name: string, bytes: Buffer) => Promise<unknown> =
      FolderStore.prototype[method];
    Object.assign(FolderStore.prototype, {
      [method](this: FolderStore, name: string, bytes: Buffer) {
        return name.includes('/') ? Promise.reject(new Error('killed')) : real.call(this, name, bytes);
      },
    });
    await expect(removeOld()).rejects.toThrow('killed');
    expect(await manifests()).toEqual([]);
    expect(await count('webhook_attempts')).toBe(60);

    restore();
    // Part of the hour goes by another way meanwhile: what was written before does not count any more.
    await seedHistory(app, { webhookId, count: 5, at: AT + 10_000 });
    await restart();
    expect(await removeOld()).toEqual({ attempts: 65, deliveries: 65, events: 65 });
    const ids = (await lines()).map(({ id }) => id);
    expect(ids).toHaveLength(130);
    expect(new Set(ids).size).toBe(130);
  });

  it('loses and doubles nothing where a process ends before it removes what it archived', async () => {
    await begin();
    const { deliveryIds } = await seedHistory(app, { webhookId, count: 60, at: AT });
    ArchiveCatalogue.prototype.add = async function (this: ArchiveCatalogue, ...values) {
      await originals.add.apply(this, values);
      throw new Error('killed');
    };
    await expect(removeOld()).rejects.toThrow('killed');
    restore();
    expect(await manifests()).toHaveLength(1);
    expect(await count('webhook_deliveries')).toBe(60);

    await restart();
    expect(await removeOld()).toEqual({ attempts: 60, deliveries: 60, events: 60 });
    expect(await manifests()).toHaveLength(1);
    expect(await lines()).toHaveLength(120);
    expect((await read(deliveryIds[59] ?? '')).deliveries).toHaveLength(1);
  });

  it('removes nothing where a part is not what its manifest says', async () => {
    await begin({ retention: { deliveriesDays: 20, payloadsDays: 20, attemptsDays: 10 } });
    clock.set(AT + 11 * DAY_MS);
    await seedHistory(app, { webhookId, count: 10, at: AT });
    expect(await removeOld()).toEqual({ attempts: 10 });
    const [part] = await manifests();
    await writeFile(join(part?.path ?? '', '..', part?.manifest.file ?? ''), 'other bytes');
    clock.set(NOW);
    await restart();
    await expect(removeOld()).rejects.toThrow(/has another hash than its manifest says/);
    expect(await Promise.all(['webhook_deliveries', 'webhook_events'].map(count))).toEqual([10, 10]);
  });

  it('has what ended after its hour was archived in a further part', async () => {
    await begin();
    await seedHistory(app, { webhookId, count: 2, at: AT });
    const late = await seedHistory(app, { webhookId, count: 1, at: AT + 5_000, state: 'pending' });
    expect(await removeOld()).toEqual({ attempts: 2, deliveries: 2, events: 2 });
    await app.get(DeliveryWorker).runOnce();
    clock.advance(11 * DAY_MS);
    expect(await removeOld()).toMatchObject({ deliveries: 1, events: 1 });
    expect((await manifests()).map(({ manifest }) => manifest.counts.deliveries)).toEqual([2, 1]);
    const ids = (await lines()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await read(late.deliveryIds[0] ?? '')).toMatchObject({
      event: { id: late.eventIds[0], bodies: [{ rendering: 'strapi-v3' }] },
      deliveries: [{ state: 'succeeded', attempts: [expect.anything()] }],
    });
  });

  it('shows every attempt of a delivery that was sent again after it was archived', async () => {
    await begin({ retention: { deliveriesDays: 60, payloadsDays: 60, attemptsDays: 10 } });
    const { deliveryIds, eventIds } = await seedHistory(app, { webhookId, count: 3, at: AT });
    const [id = ''] = deliveryIds;
    expect(await removeOld()).toEqual({ attempts: 3 });
    await app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202);
    await app.get(DeliveryWorker).runOnce();
    clock.advance(70 * DAY_MS);
    expect(await removeOld()).toMatchObject({ attempts: 1, deliveries: 3 });
    const found = await findInArchive(new ArchiveCatalogue(new FolderStore(folder)), id);
    expect(found.event?.id).toBe(eventIds[0]);
    expect(found.deliveries.map(({ state, attempts }) => [state, attempts.length])).toEqual([
      ['succeeded', 2],
    ]);
    expect((await lines()).filter((line) => eventIds.includes(line.id))).toHaveLength(3);
  });
});
