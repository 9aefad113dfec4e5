import { setImmediate as nextTurn } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { migrateHost } from '../../src/app/embedded/prepare-host-database.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import {
  EarlierReleaseSeenError,
  finishMigration,
  isMigrationFinished,
} from '../../src/database/finish-migration.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';

const LOOK = { prefix: 'x_', waitMs: 20, everyMs: 5 };

describeOnEveryDatabase('The end of a migration from release 0.1', (kind) => {
  let database: TestDatabase;
  let source: DataSource;

  beforeEach(async () => {
    database = await kind.createEmpty();
    const options = dataSourceOptions({ url: database.url, dataDir: '/nonexistent', poolSize: 2 }, []);
    source = await new DataSource(options).initialize();
    await migrateHost(source, 'x_');
  });

  afterEach(async () => {
    await source.destroy();
    await database.drop();
  });

  const events = () => source.query<{ id: string }[]>('SELECT id FROM x_webhook_events');
  const unfinish = () => source.query('UPDATE x_webhook_registry SET migration_finished = 0 WHERE id = 1');

  it('has come for a database that this release made', async () => {
    expect(await isMigrationFinished(source, 'x_')).toBe(true);
    expect(await finishMigration(source, Date.now, LOOK)).toBe(false);
    expect(await events()).toEqual([]);
  });

  it('comes when it is asked for, and leaves nothing behind', async () => {
    await unfinish();
    expect(await finishMigration(source, Date.now, LOOK)).toBe(true);
    expect(await isMigrationFinished(source, 'x_')).toBe(true);
    expect(await events()).toEqual([]);
  });

  it('is refused while a worker of release 0.1 takes events, and changes nothing', async () => {
    await unfinish();
    const takeAsBefore = async (): Promise<void> => {
      // As 0.1 does it: whatever is due within 30 seconds, and nothing else is asked.
      await source.query(
        'UPDATE x_webhook_events SET fan_out_due_at = NULL WHERE fan_out_due_at <= ? AND created_at = 0',
        [Date.now() + 30_000],
      );
    };
    const over = new AbortController();
    const work = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await takeAsBefore();
        await nextTurn();
      }
    };
    const working = work();
    try {
      await expect(finishMigration(source, Date.now, { ...LOOK, waitMs: 5_000 })).rejects.toThrow(
        EarlierReleaseSeenError,
      );
    } finally {
      over.abort();
      await working;
    }
    expect(await isMigrationFinished(source, 'x_')).toBe(false);
    expect(await events()).toEqual([]);
  });
});
