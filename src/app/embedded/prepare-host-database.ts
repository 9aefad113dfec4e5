import { DataSource } from 'typeorm';
import { migrateUnderLock } from '../../database/migrate.js';
import { migrationsFor, migrationsTableFor } from '../../database/migrations/all-migrations.js';
import { serialiseSqlite } from '../../database/sqlite-transaction-queue.js';
import { WebhookEntity } from '../../webhooks/model/webhook.entity.js';

/** A host's data source cannot be used as it is. Its message says what to add. */
export class HostDatabaseError extends Error {
  override readonly name = 'HostDatabaseError';
}

/** What the module was told of the tables. */
export interface HostTables {
  tablePrefix: string;
  /** Whether pending migrations are run now. */
  migrate: boolean;
}

/**
 * Makes a host's data source ready for our rooms: our entities are in it under the prefix that was named, pending
 * migrations are run where that is asked for, and on SQLite transactions take turns on its one connection.
 *
 * @throws {HostDatabaseError} when the entities are missing or have another prefix
 */
export async function prepareHostDatabase(
  dataSource: DataSource,
  { tablePrefix, migrate }: HostTables,
): Promise<DataSource> {
  checkEntities(dataSource, tablePrefix);
  if (migrate) await migrateHost(dataSource, tablePrefix);
  if (dataSource.options.type === 'better-sqlite3') serialiseSqlite(dataSource);
  return dataSource;
}

/**
 * Runs our pending migrations on a host's database, under a lock. They are noted in a table of their own, and the
 * host's own migrations are not touched.
 */
export async function migrateHost(dataSource: DataSource, tablePrefix: string): Promise<void> {
  const prefix = wholePrefix(dataSource, tablePrefix);
  const ours = new DataSource({
    ...dataSource.options,
    entities: [],
    subscribers: [],
    entityPrefix: '',
    migrations: migrationsFor(prefix),
    migrationsTableName: migrationsTableFor(prefix),
    migrationsRun: false,
    synchronize: false,
    dropSchema: false,
  });
  await ours.initialize();
  try {
    await migrateUnderLock(ours);
  } finally {
    await ours.destroy();
  }
}

function checkEntities(dataSource: DataSource, tablePrefix: string): void {
  if (!dataSource.hasMetadata(WebhookEntity)) {
    throw new HostDatabaseError(
      `The data source has not Posthorn's entities. Add them: entities: [..., ...webhooksEntities(${JSON.stringify(tablePrefix)})].`,
    );
  }
  const { tableName } = dataSource.getMetadata(WebhookEntity);
  const expected = `${wholePrefix(dataSource, tablePrefix)}webhooks`;
  if (tableName === expected) return;
  throw new HostDatabaseError(
    `The data source has Posthorn's webhooks in the table "${tableName}", but the module was told the prefix ${JSON.stringify(tablePrefix)}. Give webhooksEntities() and tablePrefix the same.`,
  );
}

/** TypeORM puts the host's own prefix before ours. */
function wholePrefix(dataSource: DataSource, tablePrefix: string): string {
  return (dataSource.options.entityPrefix ?? '') + tablePrefix;
}
