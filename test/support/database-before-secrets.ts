import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { placeholderRows } from '../../src/database/dialect.js';
import { migrateUnderLock } from '../../src/database/migrate.js';
import { ALL_MIGRATIONS } from '../../src/database/migrations/all-migrations.js';
import { serialiseSqlite } from '../../src/database/sqlite-transaction-queue.js';
import { encrypt } from '../../src/webhooks/secrets/encryption.js';

/** A webhook as it stood before header values were sealed, with what is secret of it in the clear. */
export interface WebhookBefore {
  id: string;
  url: string;
  headers: Record<string, string>;
  secret: string;
}

const ROWS_PER_STATEMENT = 500;
const COLUMNS =
  'id,name,url,headers,events,content_type_events,is_enabled,format,timeout_ms,secret,created_at,updated_at';

/** Opens a database without bringing it up to date. */
export async function openAsItIs(url: string, migrations = ALL_MIGRATIONS): Promise<DataSource> {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-before-'));
  const dataSource = new DataSource({ ...dataSourceOptions({ url, dataDir, poolSize: 4 }, []), migrations });
  if (dataSource.options.type === 'better-sqlite3') serialiseSqlite(dataSource);
  await dataSource.initialize();
  await rm(dataDir, { recursive: true, force: true });
  return dataSource;
}

/**
 * Makes a database with the schema before a migration, and webhooks in it.
 *
 * @param first what the name of the migration begins with. Default: the one that bound secrets to their column
 */
export async function makeDatabaseBefore(
  url: string,
  webhooks: readonly WebhookBefore[],
  key: Buffer,
  first = 'Secrets',
): Promise<void> {
  const before = ALL_MIGRATIONS.slice(
    0,
    ALL_MIGRATIONS.findIndex(({ name }) => name.startsWith(first)),
  );
  const dataSource = await openAsItIs(url, before);
  await migrateUnderLock(dataSource);
  // A database that this release makes has the column from its first migration on.
  await dataSource.query('ALTER TABLE webhook_registry DROP COLUMN migration_finished');
  for (let from = 0; from < webhooks.length; from += ROWS_PER_STATEMENT) {
    const some = webhooks.slice(from, from + ROWS_PER_STATEMENT);
    await dataSource.query(
      `INSERT INTO webhooks (${COLUMNS}) VALUES ${placeholderRows(some.length, COLUMNS.split(',').length)}`,
      some.flatMap(({ id, url: to, headers, secret }) => [
        id,
        id,
        to,
        JSON.stringify(headers),
        '["*"]',
        '{}',
        1,
        'strapi-v3',
        10_000,
        // Bound to its row alone.
        encrypt(secret, id, [key]),
        1,
        1,
      ]),
    );
  }
  await dataSource.destroy();
}
