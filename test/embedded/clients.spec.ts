import { mock } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { openHostDatabase } from '../../src/app/embedded/prepare-host-database.js';
import { OtherDataSourceError, WebhookPublisher } from '../../src/app/embedded/webhook-publisher.js';
import { writeValues } from '../../src/database/clients/client-statements.js';
import {
  type ClientTransaction,
  NotInTransactionError,
  toClientTransaction,
} from '../../src/database/clients/client-transaction.js';
import { fromDrizzle } from '../../src/database/clients/drizzle.js';
import { fromKnex } from '../../src/database/clients/knex.js';
import { fromKysely } from '../../src/database/clients/kysely.js';
import { fromMysql2 } from '../../src/database/clients/mysql2.js';
import { fromPrisma } from '../../src/database/clients/prisma.js';
import { fromSequelize } from '../../src/database/clients/sequelize.js';
import { fromTypeOrm } from '../../src/database/clients/typeorm.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { dialectOf } from '../../src/database/dialect.js';
import { WebhookEventEntity } from '../../src/delivery/model/delivery-entities.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { DATABASE } from '../../src/host/tokens.js';
import { startReceiver, type Receiver } from '../../src/testing/receiver.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type HostApp, type HostAppOptions, startHost } from './host-app.js';

/** Characters that a text of SQL, another character set or a careless escape would change. */
const AWKWARD = { text: `Köln 🐘 \\" ' \\' ? $1 :name %s \u0000 end`, tail: '\\' };

describeOnEveryDatabase('An event in a transaction of another client', (kind) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let host: HostApp;
  let theirs: DataSource;

  beforeEach(async () => {
    database = await kind.createEmpty();
    receiver = await startReceiver();
  });

  afterEach(async () => {
    await host.close();
    await theirs.destroy();
    await receiver.close();
    await database.drop();
  });

  const start = async (module: HostAppOptions['module'] = {}) => {
    const options = dataSourceOptions({ url: database.url, dataDir: '/nonexistent', poolSize: 2 }, []);
    host = await startHost({ databaseUrl: database.url, module });
    theirs = await new DataSource(options).initialize();
    await theirs.query('CREATE TABLE orders (total int)');
    return host.app.get(WebhookPublisher);
  };
  const register = (more: object = {}) =>
    host.http
      .post('/admin/webhooks')
      .send({ name: 'crm', url: receiver.url, headers: {}, events: ['*'], ...more })
      .expect(201);
  const event = (total: number, more: object = {}) => ({ type: 'order.placed', data: { total }, ...more });
  const eventsOf = () => host.app.get<DataSource>(DATABASE).manager.find(WebhookEventEntity);

  it('is committed with its change, and rolled back with it', async () => {
    const publisher = await start();
    await register();
    const place = (total: number, fails: boolean) =>
      theirs.transaction(async (manager) => {
        await manager.query('INSERT INTO orders (total) VALUES (?)', [total]);
        await publisher.publish(fromTypeOrm(manager), event(total));
        expect(await eventsOf().catch(() => [])).toHaveLength(0);
        if (fails) throw new Error('changed my mind');
      });
    await expect(place(1, true)).rejects.toThrow('changed my mind');
    await place(2, false);
    // Nobody wakes the engine: a poll finds it.
    await eventually(() => expect(receiver.requests).toHaveLength(1));
    expect(receiver.requests[0]?.json()).toMatchObject({ event: 'order.placed', data: { total: 2 } });
    expect(await eventsOf()).toHaveLength(1);
    expect(await theirs.query('SELECT total FROM orders')).toEqual([{ total: 2 }]);
  });

  it('is looked for at once where the engine is woken after the commit', async () => {
    const publisher = await start();
    await register();
    const expected = mock.method(host.app.get(DeliveryWorker), 'expect');
    const notified = mock.method(host.app.get(DeliveryWorker), 'notify');
    await theirs.transaction((manager) => publisher.publish(fromTypeOrm(manager), event(1)));
    expect(expected.mock.callCount()).toBe(1);
    const before = notified.mock.callCount();
    publisher.wake();
    expect(notified.mock.callCount()).toBe(before + 1);
    await eventually(() => expect(receiver.requests).toHaveLength(1));
  });

  it('keeps every character, whatever the session of the client', async () => {
    const publisher = await start({ worker: false });
    await theirs.transaction(async (manager) => {
      if (dialectOf(manager) === 'mysql') {
        await manager.query("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'");
        await manager.query('SET NAMES latin1');
      }
      await publisher.publish(fromTypeOrm(manager), {
        type: 'order.placed',
        data: AWKWARD,
        key: 'Ключ \\',
        tenant: 'Zoë',
      });
    });
    const [row] = await eventsOf();
    expect(JSON.parse(row?.snapshot ?? '')).toEqual(AWKWARD);
    expect(row).toMatchObject({ key: 'Ключ \\', tenant: 'Zoë' });
  });

  it('takes its place in the line of its thing', async () => {
    const publisher = await start({ worker: false });
    await register({ ordering: 'entry' });
    await eventually(async () => {
      await theirs.transaction((manager) =>
        publisher.publish(fromTypeOrm(manager), event(1, { key: 'order-1' })),
      );
      const rows = await eventsOf();
      expect(rows.filter(({ sequence }) => sequence !== null)).toHaveLength(2);
    });
    const placed = (await eventsOf()).filter(({ sequence }) => sequence !== null);
    expect(placed.map(({ sequence }) => Number(sequence)).toSorted()).toEqual([1, 2]);
    expect(new Set(placed.map(({ orderKey }) => orderKey)).size).toBe(1);
  });

  it('is refused as any other, before anything is written', async () => {
    const publisher = await start({ worker: false });
    const ran: unknown[] = [];
    const client = toClientTransaction((statement) => Promise.resolve(ran.push(statement)));
    await expect(publisher.publish(client, { type: 'no name', data: {} })).rejects.toThrow(
      'type must be a dotted name',
    );
    expect(ran).toEqual([]);
  });

  it('records through a query runner of the module’s own data source', async () => {
    const publisher = await start({ worker: false });
    const runner = host.app.get<DataSource>(DATABASE).createQueryRunner();
    try {
      await runner.startTransaction();
      await publisher.publish(runner, event(1));
      await runner.rollbackTransaction();
      expect(await eventsOf()).toHaveLength(0);
    } finally {
      await runner.release();
    }
    await expect(publisher.publish(theirs.manager, event(1))).rejects.toThrow(OtherDataSourceError);
  });

  it('has an engine that opens its own database by a URL', async () => {
    const publisher = await start({ databaseUrl: database.url, tablePrefix: 'hooks_' });
    const own = host.app.get<DataSource>(DATABASE);
    expect(own).not.toBe(host.app.get(DataSource));
    expect(own.getMetadata(WebhookEventEntity).tableName).toBe('hooks_webhook_events');
    await register();
    await theirs.transaction((manager) => publisher.publish(fromTypeOrm(manager), event(1)));
    publisher.wake();
    await eventually(() => expect(receiver.requests).toHaveLength(1));
    await host.close();
    expect(own.isInitialized).toBe(false);
  });
});

describeOnEveryDatabase('A module that opens its own database', (kind) => {
  it('is refused in one sentence where its tables are missing', async () => {
    const database = await kind.createEmpty();
    try {
      const open = openHostDatabase(
        { databaseUrl: database.url, databasePoolSize: 2 },
        { tablePrefix: 'hooks_', migrate: false },
      );
      await expect(open).rejects.toThrow(
        /^The table "hooks_\w+" of Posthorn, or a column of it, is not there/,
      );
    } finally {
      await database.drop();
    }
  });
});

describe('The adapters of clients', () => {
  it.each<[string, () => ClientTransaction]>([
    ['Prisma’s client', () => fromPrisma({ $connect: () => {}, $executeRawUnsafe: () => {} } as never)],
    ['Drizzle’s database', () => fromDrizzle({ execute: () => {} } as never)],
    ['a synchronous Drizzle', () => fromDrizzle({ run() {}, rollback() {}, resultKind: 'sync' } as never)],
    ['Kysely’s database', () => fromKysely({ isTransaction: false } as never)],
    ['Knex itself', () => fromKnex({ raw: () => {} } as never)],
    [
      'a transaction of Knex that has ended',
      () => fromKnex({ commit() {}, isCompleted: () => true } as never),
    ],
    ['Sequelize itself', () => fromSequelize({ query: () => {} })],
    [
      'a transaction of Sequelize that has ended',
      () => fromSequelize({ sequelize: { query() {} }, commit() {}, finished: 'commit' }),
    ],
    ['a pool of mysql2', () => fromMysql2({ execute() {}, getConnection() {} } as never)],
    ['a manager of TypeORM outside of a transaction', () => fromTypeOrm({ query: () => Promise.resolve() })],
  ])('refuse %s', (_, make) => {
    expect(make).toThrow(NotInTransactionError);
  });

  it('write values into a text as digits alone', () => {
    const statement = { sql: 'VALUES (?, ?, ?)', values: ["it's ?", 7, null] };
    expect(writeValues(statement, 'sqlite')).toBe("VALUES (CAST(X'69742773203f' AS TEXT), 7, NULL)");
    expect(() => writeValues(statement, 'mysql')).toThrow('must be hexadecimal digits');
    const database = new BetterSqlite3(':memory:');
    const read = database.prepare(
      `SELECT ${writeValues({ sql: '?', values: [AWKWARD.text] }, 'sqlite')} AS text`,
    );
    expect(read.get()).toEqual({ text: AWKWARD.text });
    database.close();
  });
});
