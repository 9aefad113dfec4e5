import type { Socket } from 'node:net';
import type { DataSource, QueryRunner } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { openDatabase } from '../../src/database/open-database.js';
import { inReadCommitted } from '../../src/database/transactions.js';
import { databasesFor, type TestDatabase } from '../support/databases.js';

for (const kind of databasesFor('server')) {
  describe('A transaction on a connection of our own', () => {
    let database: TestDatabase;
    let dataSource: DataSource;
    let runner: QueryRunner;
    let packets: number;

    beforeAll(async () => {
      database = await kind.createEmpty();
      const options = dataSourceOptions({ url: database.url, dataDir: '', poolSize: 2 }, []);
      dataSource = await openDatabase(options, []);
      await dataSource.query('CREATE TABLE notes (id INT PRIMARY KEY, text TEXT)');
    });
    beforeEach(async () => {
      await dataSource.query('DELETE FROM notes');
      runner = dataSource.createQueryRunner();
      const { stream } = (await runner.connect()) as { stream: Socket };
      const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
      packets = 0;
      stream.write = (...given: unknown[]) => {
        packets += 1;
        return write(...given);
      };
    });
    afterEach(async () => {
      await runner.release();
    });
    afterAll(async () => {
      await dataSource.destroy();
      await database.drop();
    });

    const notes = () =>
      dataSource.query<{ id: number; text: string }[]>('SELECT id, text FROM notes ORDER BY id');

    it('is begun in the packet of its first statement, and others see nothing of it before its end', async () => {
      await runner.startTransaction();
      expect(packets).toBe(0);
      const result: unknown = await runner.query('INSERT INTO notes VALUES (?, ?)', [1, 'a']);
      expect(result).toMatchObject({ affectedRows: 1 });
      expect(packets).toBe(1);
      expect(await notes()).toEqual([]);
      expect(await runner.query('SELECT id, text FROM notes')).toEqual([{ id: 1, text: 'a' }]);
      await runner.commitTransaction();
      expect(packets).toBe(3);
      expect(await notes()).toEqual([{ id: 1, text: 'a' }]);
    });

    it('gives the rows of a SELECT that is its first statement', async () => {
      await dataSource.query("INSERT INTO notes VALUES (1, 'a')");
      await runner.startTransaction();
      expect(await runner.query('SELECT id, text FROM notes WHERE id = ?', [1])).toEqual([
        { id: 1, text: 'a' },
      ]);
      await runner.rollbackTransaction();
    });

    it('is not sent where it ends without a statement', async () => {
      await runner.startTransaction();
      await runner.commitTransaction();
      await runner.startTransaction();
      await runner.rollbackTransaction();
      expect(packets).toBe(0);
      await runner.query("INSERT INTO notes VALUES (1, 'a')");
      expect(await notes()).toHaveLength(1);
    });

    it('whose first statement fails is rolled back, and what comes after it is outside of it', async () => {
      await dataSource.query("INSERT INTO notes VALUES (1, 'a')");
      const insert = inReadCommitted(dataSource, (manager) =>
        manager.query("INSERT INTO notes VALUES (1, 'b')"),
      );
      await expect(insert).rejects.toMatchObject({ driverError: { code: 'ER_DUP_ENTRY' } });
      await runner.query("INSERT INTO notes VALUES (2, 'c')");
      expect(await notes()).toEqual([
        { id: 1, text: 'a' },
        { id: 2, text: 'c' },
      ]);
    });

    it('that was left open without a statement does not reach who uses the connection next', async () => {
      await runner.startTransaction();
      await runner.release();
      await Promise.all([1, 2].map((id) => dataSource.query('INSERT INTO notes VALUES (?, NULL)', [id])));
      expect(await notes()).toHaveLength(2);
    });

    it('lets nobody send two statements in one text, and takes any value', async () => {
      await expect(runner.query("INSERT INTO notes VALUES (1, 'a'); DELETE FROM notes")).rejects.toThrow(
        'has a semicolon in its text',
      );
      await runner.query('INSERT INTO notes VALUES (?, ?)', [1, "'); DELETE FROM notes; --"]);
      expect(await notes()).toEqual([{ id: 1, text: "'); DELETE FROM notes; --" }]);
    });
  });
}
