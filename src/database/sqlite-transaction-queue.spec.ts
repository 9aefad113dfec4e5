import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { DataSource, type EntityManager } from 'typeorm';
import { dataSourceOptions } from './data-source-options.js';
import { serialiseSqlite } from './sqlite-transaction-queue.js';

describe('serialiseSqlite', () => {
  let folder: string;
  let dataSource: DataSource;

  const insert = (manager: EntityManager | DataSource, name: string) =>
    manager.query('INSERT INTO things (name) VALUES (?)', [name]);
  const names = async () => {
    const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM things ORDER BY rowid');
    return rows.map(({ name }) => name);
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-queue-'));
    const options = dataSourceOptions({ url: `sqlite:${folder}/queue.db`, dataDir: folder, poolSize: 1 }, []);
    dataSource = new DataSource(options);
    serialiseSqlite(dataSource);
    await dataSource.initialize();
    await dataSource.query('PRAGMA foreign_keys = ON');
    await dataSource.query('CREATE TABLE things (name text UNIQUE)');
    await dataSource.query(
      'CREATE TABLE parts (thing text REFERENCES things(name) DEFERRABLE INITIALLY DEFERRED)',
    );
  });

  afterEach(async () => {
    await dataSource.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  it("keeps one transaction's row when an overlapping one waits a little and rolls back", async () => {
    const failing = dataSource.transaction(async (manager) => {
      await insert(manager, 'lost');
      await wait(50);
      throw new Error('changed my mind');
    });
    const succeeding = dataSource.transaction(async (manager) => {
      await insert(manager, 'kept');
      await wait(10);
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await succeeding;
    expect(await names()).toEqual(['kept']);
  });

  it('keeps every row of those that succeed among many that overlap', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        dataSource.transaction(async (manager) => {
          await insert(manager, `row ${index}`);
          await wait(Math.random() * 5);
          if (index % 2 === 1) throw new Error('odd');
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await names()).toHaveLength(10);
  });

  it('waits for a transaction of another connection of this process, and does not stop it', async () => {
    const other = new BetterSqlite3(join(folder, 'queue.db'));
    other.exec("BEGIN IMMEDIATE; INSERT INTO things (name) VALUES ('theirs')");
    const ours = dataSource.transaction((manager) => insert(manager, 'ours'));
    const alone = insert(dataSource, 'alone');
    // With a wait of SQLite's own this timer would come after it, and the COMMIT too late.
    await wait(20);
    other.exec('COMMIT');
    other.close();
    await Promise.all([ours, alone]);
    expect(await names()).toEqual(['theirs', 'ours', 'alone']);
  });

  it('lets a statement outside of the open transaction wait until it has ended', async () => {
    const order: string[] = [];
    const transaction = dataSource.transaction(async (manager) => {
      await insert(manager, 'inside');
      await wait(50);
      order.push('transaction');
      throw new Error('rolled back');
    });
    const outside = insert(dataSource, 'outside').then(() => order.push('statement'));
    await expect(transaction).rejects.toThrow('rolled back');
    await outside;
    expect(order).toEqual(['transaction', 'statement']);
    expect(await names()).toEqual(['outside']);
  });

  it('shows nobody outside what is not committed', async () => {
    const transaction = dataSource.transaction(async (manager) => {
      await insert(manager, 'half');
      await wait(30);
      throw new Error('rolled back');
    });
    const seen = names();
    await expect(transaction).rejects.toThrow('rolled back');
    expect(await seen).toEqual([]);
  });

  it('rolls a nested transaction back to its savepoint alone', async () => {
    await dataSource.transaction(async (manager) => {
      await insert(manager, 'outer');
      await expect(
        manager.transaction(async (inner) => {
          await insert(inner, 'inner');
          throw new Error('inner only');
        }),
      ).rejects.toThrow('inner only');
    });
    expect(await names()).toEqual(['outer']);
  });

  it('releases the permit when the commit fails', async () => {
    // COMMIT itself checks a deferred foreign key.
    const failing = dataSource.transaction((manager) =>
      manager.query("INSERT INTO parts (thing) VALUES ('nobody')"),
    );
    await expect(failing).rejects.toThrow(/FOREIGN KEY/);
    await insert(dataSource, 'after');
    expect(await names()).toEqual(['after']);
  });

  it('releases the permit when a transaction is released without an end', async () => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query("INSERT INTO things (name) VALUES ('abandoned')");
    await runner.release();
    await insert(dataSource, 'after');
    expect(await names()).toEqual(['after']);
  });

  it('releases the permit when SQLite gave the transaction up itself', async () => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('ROLLBACK');
    await expect(runner.commitTransaction()).rejects.toThrow(/no transaction is active/);
    await runner.release().catch(() => undefined);
    await insert(dataSource, 'after');
    expect(await names()).toEqual(['after']);
  });
});
