import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { ArchiveLine } from '../../src/archive/archive-lines.js';
import { ArchiveCatalogue } from '../../src/archive/catalogue.js';
import { findInArchive } from '../../src/archive/find-in-archive.js';
import { FolderStore } from '../../src/archive/folder-store.js';
import { HOUR_MS } from '../../src/archive/manifest.js';
import { ArchiveEraser } from '../../src/delivery/erasure/archive-eraser.js';
import { ErasureRunner } from '../../src/delivery/erasure/erasure-runner.js';
import { Retention } from '../../src/delivery/retention/retention.js';
import { filesOf, filesWith, linesIn } from '../support/archived-files.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { markAnswers, markHistory } from '../support/mark-history.js';
import { seedHistory } from '../support/seed-history.js';
import { useStage } from '../support/stage.js';
import { testFolder } from '../support/test-folder.js';
import { createWebhook } from '../support/webhooks.js';

const DAY_MS = 86_400_000;
const AT = Date.UTC(2026, 0, 1, 12, 30);
const NOW = AT + 50 * DAY_MS;
const TEXT = 'ada.lovelace+marked@example.com';
const ADA = { key: 'ada', text: TEXT };

interface Erasure {
  id: string;
  state: string;
  phase: string | null;
  archive: { rewritten: number; held: string[] };
}

describeOnEveryDatabase('Erasing from an archive in a folder', (kind) => {
  const { app, receiver, clock } = useStage(kind, {
    clock: NOW,
    settings: { retention: { deliveriesDays: 10, payloadsDays: 10, attemptsDays: 10 } },
  });
  const store = { ...methodsOf() };
  let folder: string;
  let webhookId: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(testFolder(), 'archive-'));
    await app.restart({ archive: { url: url() } });
    ({ id: webhookId } = await createWebhook(app.http, receiver.url));
  });
  afterEach(async () => {
    Object.assign(FolderStore.prototype, store);
    await rm(folder, { recursive: true, force: true });
  });

  const url = () => pathToFileURL(folder).href;
  const sql = () => app.get<DataSource>(getDataSourceToken());
  const archive = () => app.get(Retention).runOnce();
  const seed = (count: number, at = AT) => seedHistory(app, { webhookId, count, at });
  const find = (id: string) => findInArchive(new ArchiveCatalogue(new FolderStore(folder)), id);
  const stepAll = async () => {
    while (await app.get(ErasureRunner).runOnce());
  };
  const begin = async (criteria: object): Promise<string> => {
    const { body } = await app.http.post('/admin/erase').send(criteria).expect(202);
    return (body as { data: { id: string } }).data.id;
  };
  const progress = async (id: string): Promise<Erasure> => {
    const { body } = await app.http.get(`/admin/erasures/${id}`).expect(200);
    return (body as { data: Erasure }).data;
  };
  const erase = async (criteria: object): Promise<Erasure> => {
    const id = await begin(criteria);
    await stepAll();
    return progress(id);
  };
  const linesOf = (lines: readonly ArchiveLine[], ids: readonly string[]) =>
    lines.filter((line) => ids.includes(line.kind === 'event' ? line.id : line.eventId));

  it('rewrites the parts that have it, and no other, and ends', async () => {
    const ada = await seed(3);
    await markHistory(sql(), ada.eventIds, ADA);
    const others = await seed(20, AT + 1_000);
    await seed(5, AT + HOUR_MS);
    await archive();
    const before = await linesIn(folder);
    const untouched = (await filesOf(folder)).filter((name) => name.startsWith('2026/01/01/13/'));
    expect(await filesWith(folder, TEXT)).toHaveLength(1);

    const erasure = await erase({ key: 'ada' });
    expect(erasure).toMatchObject({ state: 'finished', archive: { rewritten: 1, held: [] } });
    expect(await filesWith(folder, TEXT)).toEqual([]);
    expect(await filesWith(folder, '"ada"')).toEqual([]);
    const after = await linesIn(folder);
    expect(after.map(({ id, version }) => [id, version])).toEqual(
      before.map(({ id, version }) => [id, version]),
    );
    expect(linesOf(after, others.eventIds)).toEqual(linesOf(before, others.eventIds));
    expect((await filesOf(folder)).filter((name) => name.startsWith('2026/01/01/13/'))).toEqual(untouched);
    expect(await find(ada.deliveryIds[0] ?? '')).toMatchObject({
      event: { data: '{}', key: null, context: null, bodies: [], model: 'person', erasedBy: erasure.id },
      deliveries: [
        { state: 'failed', attempts: [{ statusCode: 500, responseBody: null, requestHeaders: '{}' }] },
      ],
    });
    const manifest = await readFile(join(folder, '2026/01/01/12/0001.json'), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({
      rewrites: 1,
      counts: { events: 23, bodies: 20, deliveries: 23 },
    });
  });

  it('knows what it has rewritten as archived: nothing is written again', async () => {
    await app.restart({
      archive: { url: url() },
      retention: { deliveriesDays: 60, payloadsDays: 60, attemptsDays: 10 },
    });
    const { eventIds } = await seed(4);
    await markHistory(sql(), eventIds, ADA);
    expect(await archive()).toEqual({ attempts: 4 });
    expect(await erase({ tenant: 'none', key: 'ada' })).toMatchObject({ archive: { rewritten: 0 } });
    expect(await erase({ key: 'ada' })).toMatchObject({ archive: { rewritten: 1 } });
    clock.advance(20 * DAY_MS);
    expect(await archive()).toMatchObject({ deliveries: 4, events: 4 });
    expect(await linesIn(folder)).toHaveLength(8);
    expect(await filesWith(folder, TEXT)).toEqual([]);
  });

  it('leaves the old or the new readable wherever it is stopped, and goes on', async () => {
    const ada = await seed(2);
    await markHistory(sql(), ada.eventIds, ADA);
    await seed(10, AT + 1_000);
    await archive();
    const saved = `${folder}-saved`;
    await cp(folder, saved, { recursive: true });
    const before = await linesIn(folder);
    const eraser = () => new ArchiveEraser(sql(), url(), clock);
    const erasure = { id: 'e1', criteria: { key: 'ada' }, recordedUntil: NOW };
    let stopped = true;
    for (let most = 0; stopped; most += 1) {
      await rm(folder, { recursive: true });
      await cp(saved, folder, { recursive: true });
      stopped = await stopAfter(most, () => eraser().eraseSome(erasure, ''));
      const ids = (await linesIn(folder)).map(({ id }) => id);
      expect(ids).toEqual(before.map(({ id }) => id));
      expect(await eraser().eraseSome(erasure, '')).toMatchObject({ held: [], next: null });
      expect(await filesWith(folder, TEXT)).toEqual([]);
      expect((await linesIn(folder)).map(({ id }) => id)).toEqual(ids);
      expect((await filesOf(folder)).filter((name) => name.endsWith('.gz'))).toHaveLength(1);
      // It looked at every operation: mark, manifests, part, the new part, its manifests, the removal.
      if (!stopped) expect(most).toBeGreaterThan(10);
    }
    await rm(saved, { recursive: true });
  });

  it('of one part by two erasures at once leaves out what both mean', async () => {
    const ada = await seed(2);
    await markHistory(sql(), ada.eventIds, ADA);
    const bob = await seed(2, AT + 1_000);
    await markHistory(sql(), bob.eventIds, { key: 'bob', text: 'bob@example.com' });
    await archive();
    const eraser = () => new ArchiveEraser(sql(), url(), clock);
    const steps = ['ada', 'bob', 'ada'].map((key, n) =>
      eraser().eraseSome({ id: `e${n}`, criteria: { key }, recordedUntil: NOW }, ''),
    );
    expect((await Promise.all(steps)).map(({ held, next }) => ({ held, next }))).toEqual(
      steps.map(() => ({ held: [], next: null })),
    );
    expect(await filesWith(folder, 'example.com')).toEqual([]);
    expect(await linesIn(folder)).toHaveLength(8);
    expect((await filesOf(folder)).filter((name) => name.endsWith('.gz'))).toHaveLength(1);
  });

  it('finds what retention had read before and writes later', async () => {
    const { eventIds, deliveryIds } = await seed(3);
    await markHistory(sql(), eventIds, ADA);
    let go = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const reached = new Promise<void>((resolve) => {
      FolderStore.prototype.write = async function (this: FolderStore, name: string, bytes: Buffer) {
        if (name.endsWith('.gz')) {
          FolderStore.prototype.write = store.write;
          resolve();
          await gate;
        }
        await store.write.call(this, name, bytes);
      };
    });
    const archiving = archive();
    await reached;
    expect(await erase({ key: 'ada' })).toMatchObject({ state: 'finished' });
    go();
    // What it had read does not count: nothing of it is removed. What it reads next is erased.
    expect(await archiving).toEqual({ deliveries: 3, events: 3 });
    expect(await linesIn(folder)).toHaveLength(6);
    expect(await find(deliveryIds[1] ?? '')).toMatchObject({ event: { data: '{}' }, deliveries: [{}] });
    expect(await filesWith(folder, TEXT)).toEqual([]);
    expect((await filesOf(folder)).filter((name) => name.endsWith('.begun'))).toEqual([]);
  });

  it('sweeps what killed writers left, and a living one begins anew', async () => {
    const archived = new FolderStore(folder);
    for (let n = 0; n < 50; n += 1) {
      const name = `2026/01/01/12/${n}.json`;
      const writing = archived.write(name, Buffer.from('written'));
      for (const delay of [n % 5, 3]) {
        for (let turn = 0; turn < delay; turn += 1)
          await readFile(join(folder, 'posthorn-archive.json')).catch(() => null);
        await archived.removeUnfinished('2026/01/01/12');
      }
      await writing;
      expect(await archived.read(name)).toEqual(Buffer.from('written'));
    }
    expect((await filesOf(folder)).filter((name) => name.includes('/.'))).toEqual([]);
  });

  it('finds a text in answers to events that do not have it, and deliveries in other parts than their events', async () => {
    const { eventIds, deliveryIds } = await seed(3);
    await markAnswers(sql(), eventIds.slice(0, 1), TEXT);
    const ended = await seedHistory(app, { webhookId, count: 1, at: AT + 5_000, state: 'pending' });
    await markHistory(sql(), ended.eventIds, ADA);
    await archive();
    await sql().query(
      "UPDATE webhook_deliveries SET state = 'failed', reason = 'exhausted', lane = NULL, due_at = NULL, next_attempt_at = NULL, finished_at = ? WHERE id = ?",
      [NOW, ended.deliveryIds[0]],
    );
    clock.advance(11 * DAY_MS);
    await archive();
    expect(await filesWith(folder, TEXT)).toHaveLength(2);
    expect(await erase({ contains: TEXT })).toMatchObject({ state: 'finished', archive: { rewritten: 2 } });
    expect(await filesWith(folder, TEXT)).toEqual([]);
    expect((await find(deliveryIds[0] ?? '')).event).toMatchObject({ data: '{"n":0}' });
    expect((await find(ended.deliveryIds[0] ?? '')).event).toMatchObject({ data: '{}' });
  });

  it('names a damaged part as held, goes through the others, and ends when it was put back', async () => {
    const ada = await seed(1);
    await markHistory(sql(), ada.eventIds, ADA);
    const later = await seed(1, AT + HOUR_MS);
    await markHistory(sql(), later.eventIds, ADA);
    await archive();
    const [part = ''] = (await filesOf(folder)).filter((name) => name.endsWith('.gz'));
    const bytes = await readFile(join(folder, part));
    await writeFile(join(folder, part), 'other bytes');
    const { id, ...shown } = await erase({ key: 'ada' });
    expect(shown).toMatchObject({
      state: 'running',
      phase: 'archive',
      archive: { rewritten: 1, held: [part] },
    });
    await writeFile(join(folder, part), bytes);
    await stepAll();
    expect(await progress(id)).toMatchObject({ state: 'running' });
    clock.advance(600_000);
    await stepAll();
    expect(await progress(id)).toMatchObject({ state: 'finished', archive: { rewritten: 2, held: [] } });
    expect(await filesWith(folder, TEXT)).toEqual([]);
  });

  it('names an archive that cannot be used as held, and ends when it can', async () => {
    const ada = await seed(1);
    await markHistory(sql(), ada.eventIds, ADA);
    await archive();
    await rename(folder, `${folder}-away`);
    await writeFile(folder, 'no folder');
    const { id, ...shown } = await erase({ key: 'ada' });
    expect(shown).toMatchObject({ state: 'running', archive: { rewritten: 0, held: [url()] } });
    await rm(folder);
    await rename(`${folder}-away`, folder);
    clock.advance(600_000);
    await stepAll();
    expect(await progress(id)).toMatchObject({ state: 'finished', archive: { rewritten: 1, held: [] } });
    expect(await filesWith(folder, TEXT)).toEqual([]);
  });

  it('goes through any number of parts in bounded steps, each going on behind the one before', async () => {
    for (const n of [0, 1, 2]) {
      const { eventIds } = await seed(1, AT + n * HOUR_MS);
      await markHistory(sql(), eventIds, ADA);
    }
    await archive();
    const eraser = new ArchiveEraser(sql(), url(), clock, 0);
    const cursors: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      cursors.push(cursor);
      const step = await eraser.eraseSome({ id: 'e', criteria: { key: 'ada' }, recordedUntil: NOW }, cursor);
      expect(step.rewritten).toBe(step.next === null ? 0 : 1);
      cursor = step.next;
    }
    expect(cursors).toEqual(['', '2026/01/01/12/1', '2026/01/01/13/1', '2026/01/01/14/1']);
    expect(await filesWith(folder, TEXT)).toEqual([]);
  });

  /** Lets so many operations on the archive happen, and none any more. @returns whether it was stopped */
  async function stopAfter(most: number, work: () => Promise<unknown>): Promise<boolean> {
    let count = 0;
    const names = Object.keys(store) as (keyof typeof store)[];
    for (const name of names) {
      const real = store[name] as (...values: unknown[]) => Promise<unknown>;
      Object.assign(FolderStore.prototype, {
        [name](this: FolderStore, ...values: unknown[]) {
          count += 1;
          if (count > most) return Promise.reject(new Error('stopped'));
          return real.apply(this, values);
        },
      });
    }
    const stopped = await work().then(
      () => false,
      (error: unknown) => {
        expect((error as Error).message).toBe('stopped');
        return true;
      },
    );
    Object.assign(FolderStore.prototype, store);
    return stopped;
  }
});

function methodsOf() {
  const { read, write, create, remove, list, removeUnfinished } = FolderStore.prototype;
  return { read, write, create, remove, list, removeUnfinished };
}
