import type { DataSource, QueryRunner } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { MigrationLease, MigrationLockError } from '../../src/database/migration-lease.js';
import { ALL_MIGRATIONS } from '../../src/database/migrations/all-migrations.js';
import { connectDatabase, openDatabase } from '../../src/database/open-database.js';
import { writePlainSql } from '../../src/database/plain-schema.js';
import { databasesFor, type TestDatabase } from '../support/databases.js';

const TABLE = 'migrations_lock';
const NOW = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000";

for (const kind of databasesFor('server')) {
  describe(`The lock of migrations (${kind.name})`, () => {
    let database: TestDatabase;
    const open: DataSource[] = [];

    beforeEach(async () => {
      database = await kind.createEmpty();
    });

    afterEach(async () => {
      for (const dataSource of open.splice(0)) await dataSource.destroy();
      await database.drop();
    });

    const options = () => dataSourceOptions({ url: database.url, dataDir: '/nonexistent', poolSize: 3 }, []);

    async function note(opening: Promise<DataSource>): Promise<DataSource> {
      const dataSource = await opening;
      open.push(dataSource);
      return dataSource;
    }

    const start = () => note(openDatabase(options(), []));
    const connect = () => note(connectDatabase(options()));
    const plainOf = (dataSource: DataSource): QueryRunner => writePlainSql(dataSource.createQueryRunner());

    /** What another instance leaves in the row that holds the lock. */
    async function holdElsewhere(dataSource: DataSource, ms: number): Promise<void> {
      const runner = plainOf(dataSource);
      await (await MigrationLease.obtain(dataSource, runner, { table: TABLE })).release(runner);
      await dataSource.query(`UPDATE ${TABLE} SET token = 'another', held_until = ${NOW} + ?`, [ms]);
    }

    const holder = async (dataSource: DataSource) =>
      (await dataSource.query<{ token: string; held_until: string }[]>(`SELECT * FROM ${TABLE}`))[0];

    it('lets two starts on an empty database migrate it once', async () => {
      const [first] = await Promise.all([start(), start(), start()]);
      const rows = await first!.query<{ name: string }[]>('SELECT name FROM migrations');
      expect(rows.map(({ name }) => name).toSorted()).toEqual(
        ALL_MIGRATIONS.map((Migration) => Migration.name).toSorted(),
      );
    });

    it('is given back after the migrations', async () => {
      expect(Number((await holder(await start()))?.held_until)).toBe(0);
    });

    it('is not asked for by a start that finds nothing to do', async () => {
      const first = await start();
      await first.query(`UPDATE ${TABLE} SET token = 'another', held_until = ${NOW} + 600000`);
      await start();
      expect(await holder(first)).toMatchObject({ token: 'another' });
    });

    it('is taken from a holder that is gone, by a start that finds something to do', async () => {
      const looking = await connect();
      await holdElsewhere(looking, 700);
      await start();
      expect((await holder(looking))?.token).not.toBe('another');
      expect(await looking.query('SELECT name FROM migrations')).toHaveLength(ALL_MIGRATIONS.length);
    });

    it('is not taken from a holder that renews it', async () => {
      const looking = await connect();
      await holdElsewhere(looking, 60_000);
      await expect(
        MigrationLease.obtain(looking, plainOf(looking), { table: TABLE, waitMs: 300 }),
      ).rejects.toThrow(MigrationLockError);
      expect(await holder(looking)).toMatchObject({ token: 'another' });
    });

    it('stops a holder that did not renew it in time and was succeeded', async () => {
      const dataSource = await connect();
      let now = 0;
      const runner = plainOf(dataSource);
      const lease = await MigrationLease.obtain(dataSource, runner, { table: TABLE, now: () => now });
      now = 60_000;
      await lease.check(runner);
      await dataSource.query(`UPDATE ${TABLE} SET token = 'another'`);
      now = 120_000;
      await expect(lease.check(runner)).rejects.toThrow(MigrationLockError);
      await lease.release(runner);
      expect(Number((await holder(dataSource))?.held_until)).toBeGreaterThan(0);
    });
  });
}
