import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggerService } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DiskSpace } from '../../src/database/disk-space.js';
import type { JsonObject } from '../../src/events/json.js';
import { AdmissionControl } from '../../src/delivery/admission/admission-control.js';
import { AdmissionMonitor } from '../../src/delivery/admission/admission-monitor.js';
import { EventRefusedError } from '../../src/delivery/admission/event-refused-error.js';
import { EventPublisher } from '../../src/delivery/recording/event-publisher.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnAnyDatabase, oneDatabase } from '../support/databases.js';
import { useStage } from '../support/stage.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

let logged: string[] = [];
const note = (said: unknown): void => void logged.push(String(said));
const logger: LoggerService = { log: note, error: note, warn: note, debug: () => undefined };

/** The lines that say that recording closed or opened. */
const turns = () => logged.filter((line) => line.startsWith('New events are'));

beforeEach(() => {
  logged = [];
});

describeOnAnyDatabase('Past a bound', (kind) => {
  let freeBytes = 1_000_000;
  const { app, receiver } = useStage(kind, {
    isRestarted: true,
    logger,
    settings: {
      limits: { pendingDeliveries: 10, unsentBytes: 10_000, freeBytes: 1_000, databaseFolder: '/' },
    },
    providers: [{ provide: DiskSpace, useValue: { readFreeBytes: async () => freeBytes } }],
  });

  beforeEach(() => {
    freeBytes = 1_000_000;
  });

  const measure = () => app.get(AdmissionMonitor).read();
  const post = (n: number) => app.http.post('/admin/events').send({ type: 'order.shipped', data: { n } });
  const metric = async (name: string) => {
    const { text } = await app.http.get('/metrics').expect(200);
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length),
    );
  };

  it('no event is recorded, what is recorded is sent, and then events are taken again', async () => {
    await createWebhook(app.http, receiver.url);
    for (let n = 0; n < 9; n += 1) await publish(app.http, { n });
    const last = await app.http
      .post('/admin/events')
      .set('Idempotency-Key', 'k')
      .send({ type: 'order.shipped', data: { n: 9 } })
      .expect(202);
    await measure();

    const refused = await post(10).expect(503);
    expect(refused.headers['retry-after']).toBe('30');
    expect(refused.body.error).toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringContaining('limits.pendingDeliveries'),
      details: { bound: 'pendingDeliveries' },
    });
    await post(11).expect(503);
    // A request that was recorded is answered as before: a publisher that did not hear of it asks again.
    const again = await app.http
      .post('/admin/events')
      .set('Idempotency-Key', 'k')
      .send({ type: 'order.shipped', data: { n: 9 } })
      .expect(202);
    expect(again.body).toEqual(last.body);
    expect(await metric('posthorn_recording_closed{bound="pendingDeliveries"}')).toBe(1);
    const closedBy = async () =>
      (await app.http.get('/admin/overview').expect(200)).body.data.recordingClosedBy;
    expect(await closedBy()).toBe('pendingDeliveries');
    expect(await metric('posthorn_events_refused_total{bound="pendingDeliveries"}')).toBe(2);

    await app.get(DeliveryWorker).runOnce();
    expect(
      receiver.requests.map((request) => (request.json()['data'] as { n: number }).n).toSorted(),
    ).toEqual(Array.from({ length: 10 }, (_, n) => n));
    await measure();
    await post(12).expect(202);
    expect(await closedBy()).toBeNull();
    expect(await metric('posthorn_recording_closed{bound="pendingDeliveries"}')).toBe(0);
    expect(turns()).toEqual([
      'New events are refused: the pending deliveries are 10, and limits.pendingDeliveries is 10. They are taken again at 9. What is recorded goes on being sent.',
      'New events are taken again; they were refused because of pendingDeliveries.',
    ]);
  });

  it('events that were fanned out and fail count as well, until they have ended', async () => {
    const { id } = await createWebhook(app.http, receiver.url, { retrySchedule: [60] });
    receiver.answer(500);
    for (let n = 0; n < 10; n += 1) await publish(app.http, { n });
    await app.get(DeliveryWorker).runOnce();
    await measure();
    await post(10).expect(503);
    await app.http.post('/admin/deliveries/cancel').send({ filter: { webhookId: id } });
    await measure();
    expect(await deliveries(app.http, '?state=pending')).toEqual([]);
    await post(11).expect(202);
  });

  it('the disk of the database has too little room: content and media are refused before they are read', async () => {
    const { body } = await app.http
      .post('/api/addresses')
      .send({ data: { city: 'Bern' } })
      .expect(201);
    freeBytes = 999;
    await measure();
    const writes = [
      app.http.post('/api/addresses').send({ data: { city: 'Chur' } }),
      app.http.put(`/api/addresses/${body.data.id}`).send({ data: { city: 'Chur' } }),
      app.http.delete(`/api/addresses/${body.data.id}`),
      app.http.post('/api/upload').attach('files', Buffer.from('text'), 'a.txt'),
      post(1),
    ];
    for (const write of writes) {
      const refused = await write.expect(503);
      expect(refused.headers['retry-after']).toBe('30');
      expect(refused.body.error.message).toBe(
        'No new event is recorded now: the disk of the database has too little free space (the bound limits.freeBytes). Nothing was changed; try again later.',
      );
    }
    await app.httpAs(null).post('/api/addresses').send({ data: {} }).expect(401);
    const { body: list } = await app.http.get('/api/addresses').expect(200);
    expect(list.data).toMatchObject([{ city: 'Bern' }]);
    const stored = await readdir(join(app.settings.dataDir, 'uploads')).catch(() => []);
    expect(stored.filter((name) => !name.startsWith('.'))).toEqual([]);

    freeBytes = 1_099;
    await measure();
    await post(2).expect(503);
    freeBytes = 1_100;
    await measure();
    await post(3).expect(202);
  });

  it('of bytes no event is recorded either', async () => {
    await createWebhook(app.http, receiver.url);
    for (let n = 0; n < 3; n += 1) await publish(app.http, { text: 'x'.repeat(4_000) });
    await measure();
    const refused = await post(1).expect(503);
    expect(refused.body.error.details).toEqual({ bound: 'unsentBytes' });
    await app.get(DeliveryWorker).runOnce();
    await measure();
    await post(2).expect(202);
  });

  it('publish throws before it writes, and a publisher who knows may commit its change without the event', async () => {
    freeBytes = 0;
    await measure();
    const publisher = app.get(EventPublisher);
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const commands: string[] = [];
    await dataSource.transaction(async (manager) => {
      const before = manager.query.bind(manager);
      manager.query = (async (sql: string, values?: unknown[]) => {
        commands.push(sql);
        return before(sql, values);
      }) as typeof manager.query;
      await expect(publisher.publish(manager, { type: 'order.shipped', data: {} })).rejects.toThrow(
        EventRefusedError,
      );
    });
    expect(commands).toEqual([]);
  });

  it('a transaction that passes one by itself is refused what is too much', async () => {
    await measure();
    const publisher = app.get(EventPublisher);
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const publishAll = async (count: number, data: JsonObject) =>
      dataSource.transaction(async (manager) => {
        const refused: unknown[] = [];
        for (let n = 0; n < count; n += 1) {
          const event = { type: 'order.shipped', data: { ...data, n } };
          await publisher.publish(manager, event).catch((error: unknown) => refused.push(error));
        }
        return refused.map((error) => (error as EventRefusedError).bound);
      });
    expect(await publishAll(12, {})).toEqual(['pendingDeliveries', 'pendingDeliveries']);
    await app.get(DeliveryWorker).runOnce();
    await measure();
    expect(await publishAll(5, { text: 'x'.repeat(4_000) })).toEqual(['unsentBytes', 'unsentBytes']);
  });

  it('the recording of as many bytes, and a fan-out to as many webhooks, as there was room for asks for a reading', async () => {
    await measure();
    let asked = 0;
    app.get(AdmissionControl).onPressed(() => (asked += 1));
    await publish(app.http, { text: 'x'.repeat(9_000) });
    expect(asked).toBe(0);
    await publish(app.http, { text: 'x'.repeat(1_000) });
    expect(asked).toBe(1);

    for (let n = 0; n < 10; n += 1) await createWebhook(app.http, receiver.url);
    await app.get(DeliveryWorker).runOnce();
    await measure();
    asked = 0;
    await publish(app.http, {});
    expect(asked).toBe(0);
    await app.get(DeliveryWorker).runOnce();
    expect(asked).toBe(1);
  });

  it('the recording of as many events as there was room for asks for a reading', async () => {
    await createWebhook(app.http, receiver.url);
    const monitor = app.get(AdmissionMonitor);
    await monitor.read();
    let asked = 0;
    app.get(AdmissionControl).onPressed(() => (asked += 1));
    for (let n = 0; n < 9; n += 1) await publish(app.http, { n });
    expect(asked).toBe(0);
    await publish(app.http, { n: 9 });
    expect(asked).toBe(1);
  });
});

// Only SQLite lets a test fill its disk: it takes no more pages than it is told.
describe('A full disk', () => {
  const { app, receiver } = useStage(oneDatabase(), { isRestarted: true, logger });

  const pragma = async (name: string, value?: number) => {
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const [row] = await dataSource.query<Record<string, number>[]>(
      `PRAGMA ${name}${value === undefined ? '' : ` = ${value}`}`,
    );
    return Number(row?.[name]);
  };

  it('is answered 503 in words, changes nothing, and what is recorded is sent', async () => {
    await createWebhook(app.http, receiver.url);
    await publish(app.http, { n: 1 });
    await pragma('max_page_count', (await pragma('page_count')) + 30);

    const publisher = app.get(EventPublisher);
    const big = { type: 'order.shipped', data: { text: 'x'.repeat(1_000_000) } };
    const thrown = await publisher.publishOnce(big, null).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(EventRefusedError);
    expect(thrown).toMatchObject({ bound: 'diskFull', cause: { code: 'SQLITE_FULL' } });

    const refused = await app.http
      .post('/api/addresses')
      .send({ data: { city: 'Bern' } })
      .expect(503);
    expect(refused.headers['retry-after']).toBe('30');
    expect(refused.body.error.message).toBe(
      'No new event is recorded now: the disk of the database is full. Nothing was changed; try again later.',
    );
    await app.get(DeliveryWorker).runOnce();
    expect(receiver.requests.map((request) => request.json()['data'])).toEqual([{ n: 1 }]);
    expect((await deliveries(app.http)).map(({ state }) => state)).toEqual(['succeeded']);

    // Every reading lets the next event try; while it fails, recording stays closed and the log says it once.
    await app.get(AdmissionMonitor).read();
    await expect(publisher.publishOnce(big, null)).rejects.toThrow(EventRefusedError);
    await app.http
      .post('/api/addresses')
      .send({ data: { city: 'Bern' } })
      .expect(503);
    await pragma('max_page_count', 1_000_000);
    await app.get(AdmissionMonitor).read();
    await app.http
      .post('/api/addresses')
      .send({ data: { city: 'Bern' } })
      .expect(201);
    await publisher.publishOnce(big, null);
    const { body } = await app.http.get('/admin/events').expect(200);
    expect(body.data.map(({ type }: { type: string }) => type)).toEqual([
      'order.shipped',
      'entry.create',
      'order.shipped',
    ]);
    expect(turns()).toEqual([
      expect.stringMatching(/^New events are refused: the database says that its disk is full \(.*full\)\. /),
      'New events are taken again; they were refused because of diskFull.',
    ]);
  });
});
