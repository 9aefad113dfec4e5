import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { conflictsOf } from '../../src/database/conflicts.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { useStage } from '../support/stage.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

const failure = (code: string, errno: number, message: string) =>
  Object.assign(new Error(message), { code, errno });

const ENDED_BY_VITESS = failure('ER_UNKNOWN_ERROR', 1105, 'VT15001: transaction error, rollback transaction');

/** What servers answer to a transaction that loses against another one, at its COMMIT or before. */
const CONFLICTS: [string, Error, 'COMMIT' | 'statement'][] = [
  [
    'Group Replication, at COMMIT',
    failure(
      'ER_ERROR_DURING_COMMIT',
      1180,
      "Got error 149 - 'Lock deadlock; Retry transaction' during COMMIT",
    ),
    'COMMIT',
  ],
  [
    'Group Replication, by its number',
    failure(
      'UNKNOWN_CODE_PLEASE_REPORT',
      3101,
      'Plugin instructed the server to rollback the current transaction.',
    ),
    'COMMIT',
  ],
  [
    'Galera',
    failure('ER_LOCK_DEADLOCK', 1213, 'Deadlock found when trying to get lock; try restarting transaction'),
    'COMMIT',
  ],
  [
    'Galera, a node outside of the cluster',
    failure('ER_UNKNOWN_COM_ERROR', 1047, 'WSREP has not yet prepared node for application use'),
    'statement',
  ],
  ['MariaDB', failure('ER_CHECKREAD', 1020, 'Record has changed since last read in table'), 'COMMIT'],
  ['TiDB', failure('UNKNOWN_CODE_PLEASE_REPORT', 9007, 'Write conflict, txnStartTS=1'), 'COMMIT'],
  ['Vitess', ENDED_BY_VITESS, 'statement'],
];

describeOnEveryDatabase('A transaction that is refused because of a conflict', (kind) => {
  const logged: string[] = [];
  const note = (...said: unknown[]) => void logged.push(said.map(String).join(' '));
  const { app, receiver } = useStage(kind, {
    logger: { log: () => undefined, debug: () => undefined, warn: note, error: note },
  });

  beforeEach(() => void (logged.length = 0));

  const dataSource = () => app.get<DataSource>(getDataSourceToken());

  let restore = (): void => undefined;

  afterEach(() => restore());

  /**
   * Lets the next transactions fail: at a statement, or at a COMMIT that rolls back or, where `isCommitted`, commits.
   *
   * @returns how many of them have not failed yet
   */
  function refuse(
    error: Error,
    times: number,
    { at = 'COMMIT', isCommitted = false }: { at?: 'COMMIT' | 'statement'; isCommitted?: boolean } = {},
  ): () => number {
    const target = dataSource();
    const makeRunner = target.createQueryRunner.bind(target);
    let left = times;
    target.createQueryRunner = (mode) => {
      const runner = makeRunner(mode);
      const commit = runner.commitTransaction.bind(runner);
      const query = runner.query.bind(runner) as (...given: unknown[]) => Promise<unknown>;
      const refuseOnce = () => {
        left -= 1;
        throw error;
      };
      const failing = {
        commitTransaction: async () => {
          if (left === 0 || at !== 'COMMIT') return commit();
          await (isCommitted ? commit() : runner.rollbackTransaction());
          return refuseOnce();
        },
        query: async (...given: unknown[]) =>
          left > 0 && at === 'statement' && /^\s*(?:INSERT|UPDATE)/i.test(String(given[0]))
            ? refuseOnce()
            : query(...given),
      };
      return Object.assign(runner, failing);
    };
    restore = () => void (target.createQueryRunner = makeRunner);
    return () => left;
  }

  it.each(CONFLICTS)('is repeated by the engine without a line in the log: %s', async (_, error, at) => {
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    const before = conflictsOf(dataSource());
    const left = refuse(error, 3, { at });
    await app.get(DeliveryWorker).runOnce();
    expect(left()).toBe(0);
    expect(receiver.requests).toHaveLength(1);
    expect((await deliveries(app.http)).map(({ state }) => state)).toEqual(['succeeded']);
    expect(conflictsOf(dataSource()) - before).toBe(3);
    const { text } = await app.http.get('/metrics').expect(200);
    expect(text).toMatch(new RegExp(`^posthorn_database_conflicts_total ${conflictsOf(dataSource())}$`, 'm'));
    expect(logged).toEqual([]);
  });

  it('is told to a request as 503 with a sentence when it comes again and again', async () => {
    refuse(CONFLICTS[0]![1], 1_000);
    const response = await app.http.post('/admin/events').send({ type: 'order.shipped', data: {} });
    restore();
    expect(response.status).toBe(503);
    expect(response.body).toMatchObject({
      error: { message: 'Others are changing the same rows. Nothing was changed; try again.' },
    });
    await createWebhook(app.http, receiver.url);
    await app.get(DeliveryWorker).runOnce();
    expect(receiver.requests).toEqual([]);
  });

  it('is an error of its own when it was another one', async () => {
    await createWebhook(app.http, receiver.url);
    const left = refuse(
      failure('ER_ERROR_DURING_COMMIT', 1180, "Got error 5 - 'Out of memory' during COMMIT"),
      1,
    );
    await app.http.post('/admin/events').send({ type: 'order.shipped', data: {} }).expect(500);
    expect(left()).toBe(0);
  });

  if (kind.dialect === 'sqlite') return;

  it('is looked up where a proxy may have committed, and never guessed', async () => {
    await createWebhook(app.http, receiver.url);
    const left = refuse(ENDED_BY_VITESS, 1, { isCommitted: true });
    await publish(app.http);
    expect(left()).toBe(0);
    await app.get(DeliveryWorker).runOnce();
    expect(receiver.requests).toHaveLength(1);
  });
});
