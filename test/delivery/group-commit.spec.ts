import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource, type Logger } from 'typeorm';
import { EventPublisher } from '../../src/delivery/recording/event-publisher.js';
import { toEventKey } from '../../src/delivery/recording/publication.js';
import type { WebhookEventInit } from '../../src/events/webhook-event.js';
import { startCommitProxy } from '../support/commit-proxy.js';
import { databasesFor, describeOnEveryDatabase, exceptOnOceanBase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { startApp } from '../support/start-app.js';
import { useStage } from '../support/stage.js';
import { createWebhook } from '../support/webhooks.js';

const event = (n: number, more: Partial<WebhookEventInit> = {}): WebhookEventInit => ({
  type: 'order.shipped',
  data: { n },
  ...more,
});

const recordedIds = async (dataSource: DataSource): Promise<string[]> => {
  const rows = await dataSource.query<{ id: string }[]>('SELECT id FROM webhook_events ORDER BY id');
  return rows.map(({ id }) => id);
};

/** Publishes events that arrive together, each without an idempotency key. */
const publishMany = (publisher: EventPublisher, count: number): Promise<string>[] =>
  Array.from({ length: count }, (_, n) => publisher.publishOnce(event(n), null));

describeOnEveryDatabase('Publishes that arrive together', (kind) => {
  const { app } = useStage(kind);
  const publisher = () => app.get(EventPublisher);
  const dataSource = () => app.get<DataSource>(getDataSourceToken());

  /** Counts the statements that are sent meanwhile, by their first words. */
  const countStatements = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    const source = dataSource();
    const before = source.logger;
    const logger = {
      logQuery: (sql: string) => {
        const words = /^\s*(INSERT (?:IGNORE |OR IGNORE )?INTO\s+\S+|[A-Z]+)/.exec(sql)?.[1] ?? sql;
        counts[words] = (counts[words] ?? 0) + 1;
      },
      logQueryError: () => undefined,
      log: () => undefined,
    } as unknown as Logger;
    Object.assign(source, { logger });
    try {
      await work();
    } finally {
      Object.assign(source, { logger: before });
    }
    return counts;
  };

  it('share one transaction, but the first, which waits for nobody', async () => {
    const counts = await countStatements(() => Promise.all(publishMany(publisher(), 40)));
    expect(counts).toMatchObject({ COMMIT: 2, 'INSERT INTO `webhook_events`': 2 });
    expect(await recordedIds(dataSource())).toHaveLength(40);
    const alone = await countStatements(() => publisher().publishOnce(event(41), null));
    expect(Object.values(alone).reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  it('get the ids of their own events', async () => {
    const ids = await Promise.all(publishMany(publisher(), 20));
    const rows = await dataSource().query<{ id: string; snapshot: string }[]>(
      'SELECT id, snapshot FROM webhook_events',
    );
    const stored = new Map(rows.map(({ id, snapshot }) => [id, JSON.parse(snapshot) as object]));
    expect(ids.map((id) => stored.get(id))).toEqual(ids.map((_, n) => ({ n })));
  });

  it('record one event for a key that is there several times, and refuse what differs', async () => {
    const tries = [0, 0, 1, 0].map((n) => publisher().publishOnce(event(n), 'k'));
    const [first, second, differs, third] = await Promise.allSettled([...tries]);
    const [other] = await Promise.all(publishMany(publisher(), 1));
    expect(differs).toMatchObject({ status: 'rejected', reason: { name: 'ConflictError' } });
    expect([second, third]).toEqual([first, first]);
    expect(await recordedIds(dataSource())).toEqual([(first as { value: string }).value, other]);
  });

  it('are tried one by one when one of them fails, which fails alone', async () => {
    const wrong = event(7, { type: null as unknown as string });
    const all = await Promise.allSettled([
      ...publishMany(publisher(), 2),
      publisher().publishOnce(wrong, null),
      publisher().publishOnce(event(3), 'k'),
      ...publishMany(publisher(), 2),
    ]);
    expect(all.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true, true, true]);
    expect(await recordedIds(dataSource())).toHaveLength(5);
  });

  it('keep an array whole, and give back the keys that it had won', async () => {
    await publisher().publishOnce(event(0), 'used');
    const keyed = (n: number, key: string) => ({ event: event(n), key, by: null });
    const [single, array, loser] = await Promise.allSettled([
      publisher().publishOnce(event(1), null),
      publisher().publishAll([keyed(2, 'new'), keyed(3, 'used')], null, null),
      publisher().publishOnce(event(2), 'new'),
    ]);
    expect([single, array, loser].map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await recordedIds(dataSource())).toHaveLength(3);
  });

  it('go alone where a webhook wants order', async () => {
    await createWebhook(app.http, 'http://127.0.0.1:9/', { ordering: 'entry' });
    const keyed = [1, 2, 3].map((n) => publisher().publishOnce(event(n, { key: 'a' }), null));
    const counts = await countStatements(() => Promise.all([...keyed, ...publishMany(publisher(), 10)]));
    expect(counts['COMMIT']).toBeGreaterThanOrEqual(4);
    const rows = await dataSource().query<{ sequence: number | string }[]>(
      'SELECT sequence FROM webhook_events WHERE `key` = ? ORDER BY sequence',
      ['a'],
    );
    expect(rows.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3]);
  });

  if (kind.dialect === 'sqlite') return;

  exceptOnOceanBase(it, 'Its NOWAIT does not see a row that is being inserted.').each([
    ['commits', 'foreign', false],
    ['rolls back', null, false],
    ['commits', 'foreign', true],
  ])('do not wait for a key that another transaction holds, which %s', async (_, winner, isAlone) => {
    const held = toEventKey(event(0), 'held');
    const foreign = dataSource().createQueryRunner();
    await foreign.startTransaction();
    await foreign.query(
      'INSERT INTO webhook_idempotency_keys (key_hash, event_id, request_hash, created_at) VALUES (?,?,?,0)',
      [held.hash, 'foreign', held.requestHash],
    );
    const before = publishMany(publisher(), 1);
    if (isAlone) await Promise.all(before);
    const waiting = publisher().publishOnce(event(0), 'held');
    const settled: string[] = [];
    void waiting.then((id) => settled.push(id));
    const others = [...publishMany(publisher(), 5), publisher().publishOnce(event(6), 'free')];
    await Promise.all([...before, ...others]);
    await Promise.all(publishMany(publisher(), 5));
    expect(settled).toEqual([]);
    await (winner === null ? foreign.rollbackTransaction() : foreign.commitTransaction());
    await foreign.release();
    const id = await waiting;
    const ids = await recordedIds(dataSource());
    expect(ids).toHaveLength(winner === null ? 13 : 12);
    expect(winner ?? ids.find((one) => one === id)).toBe(id);
  });
});

for (const kind of databasesFor('server')) {
  describe(`A COMMIT of a group whose answer is lost (${kind.name})`, () => {
    it.each([
      ['after-commit', 0, 'fulfilled'],
      ['before-commit', 0, 'rejected'],
      ['before-commit', 60_000, 'fulfilled'],
    ] as const)(
      'is looked up when the connection is cut %s, with a patience of %i ms',
      async (when, databasePatienceMs, status) => {
        const database = await kind.create();
        const proxy = await startCommitProxy(database.url);
        const direct = await new DataSource({ type: 'mysql', url: database.url }).initialize();
        const settings = { databasePatienceMs, delivery: { worker: false } };
        const app = await startApp({ databaseUrl: proxy.url, settings });
        try {
          const [first, ...others] = publishMany(app.get(EventPublisher), 20);
          await first?.then(() => proxy.cutNext(when));
          const results = await Promise.allSettled(others);
          expect(proxy.cuts).toBe(1);
          expect(new Set(results.map((result) => result.status))).toEqual(new Set([status]));
          const ids = [await first, ...results.map((result) => ('value' in result ? result.value : ''))];
          expect(await recordedIds(direct)).toEqual(
            ids.filter((id) => id !== '').toSorted((one, other) => ((one ?? '') < (other ?? '') ? -1 : 1)),
          );
          await eventually(() => app.http.get('/health/ready').expect(200));
        } finally {
          await app.close();
          await direct.destroy();
          await proxy.close();
          await database.drop();
        }
      },
    );
  });
}
