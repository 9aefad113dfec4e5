import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { inReadCommitted } from '../../src/database/transactions.js';
import { databasesFor, type TestDatabase } from '../support/databases.js';
import { startApp } from '../support/start-app.js';

/** Tells by what it sees, not by what a variable says: READ COMMITTED sees what others commit meanwhile. */
async function seesLaterCommits(manager: EntityManager, other: DataSource): Promise<boolean> {
  const count = async () => {
    const [row] = await manager.query<{ rows: string | number }[]>('SELECT COUNT(*) AS `rows` FROM seen');
    return Number(row?.rows);
  };
  const before = await count();
  await other.query('INSERT INTO seen (id) VALUES (NULL)');
  return (await count()) > before;
}

describe.each(databasesFor('server'))('Isolation of transactions ($name)', (kind) => {
  let database: TestDatabase;
  let other: DataSource;

  beforeEach(async () => {
    database = await kind.create();
    other = await new DataSource({ type: 'mysql', url: database.url }).initialize();
    await other.query('CREATE TABLE seen (id INT AUTO_INCREMENT PRIMARY KEY)');
  });

  afterEach(async () => {
    await other.destroy();
    await database.drop();
  });

  it('is READ COMMITTED for the engine on a data source of a host, whose own it leaves alone', async () => {
    const hosts = await new DataSource({ type: 'mysql', url: database.url }).initialize();
    try {
      for (let n = 0; n < 3; n += 1) {
        expect(await inReadCommitted(hosts, (manager) => seesLaterCommits(manager, other))).toBe(true);
        expect(await hosts.transaction((manager) => seesLaterCommits(manager, other))).toBe(false);
      }
    } finally {
      await hosts.destroy();
    }
  });

  it('is READ COMMITTED for the engine of the standalone backend', async () => {
    const app = await startApp({ databaseUrl: database.url });
    try {
      const dataSource = app.get<DataSource>(getDataSourceToken());
      const several = Array.from({ length: 6 }, () =>
        inReadCommitted(dataSource, (manager) => seesLaterCommits(manager, other)),
      );
      expect(await Promise.all(several)).toEqual(several.map(() => true));
    } finally {
      await app.close();
    }
  });

  it('rolls back what failed, and tells why it failed', async () => {
    const failing = inReadCommitted(other, async (manager) => {
      await manager.query('INSERT INTO seen (id) VALUES (7)');
      throw new Error('no further');
    });
    await expect(failing).rejects.toThrow('no further');
    expect(await other.query('SELECT id FROM seen')).toEqual([]);
  });
});
