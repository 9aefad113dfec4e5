import { DataSource } from 'typeorm';
import { migrateUnderLock } from '../../database/migrate.js';
import { buildMigrations, nameMigrationsTable } from '../../database/migrations/all-migrations.js';
import { serialiseSqlite } from '../../database/sqlite-transaction-queue.js';
import { WebhookEntity } from '../../webhooks/model/webhook.entity.js';

/** A host's data source lacks Posthorn's entities, or has them under another prefix. The message says what to add. */
export class HostDatabaseError extends Error {
  override readonly name = 'HostDatabaseError';
}

/** The module's options of the tables. */
export interface HostTables {
  tablePrefix: string;
  /** Whether to run pending migrations. */
  migrate: boolean;
}

/**
 * Prepares a host's data source: checks that Posthorn's entities are in it under the prefix, runs pending migrations
 * where the host wants that, and on SQLite serialises the transactions on its one connection.
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
 * Runs Posthorn's pending migrations on a host's database, under a lock. They are listed in a table of their own, apart
 * from the host's migrations.
 */
export async function migrateHost(dataSource: DataSource, tablePrefix: string): Promise<void> {
  const prefix = fullPrefix(dataSource, tablePrefix);
  const migrating = new DataSource({
    ...dataSource.options,
    entities: [],
    subscribers: [],
    entityPrefix: '',
    migrations: buildMigrations(prefix),
    migrationsTableName: nameMigrationsTable(prefix),
    migrationsRun: false,
    synchronize: false,
    dropSchema: false,
  });
  await migrating.initialize();
  try {
    await migrateUnderLock(migrating);
  } finally {
    await migrating.destroy();
  }
}

function checkEntities(dataSource: DataSource, tablePrefix: string): void {
  if (!dataSource.hasMetadata(WebhookEntity)) {
    throw new HostDatabaseError(
      `The data source does not have Posthorn's entities. Add them: entities: [..., ...webhooksEntities(${JSON.stringify(tablePrefix)})].`,
    );
  }
  const { tableName } = dataSource.getMetadata(WebhookEntity);
  const expected = `${fullPrefix(dataSource, tablePrefix)}webhooks`;
  if (tableName === expected) return;
  throw new HostDatabaseError(
    `The data source has Posthorn's webhooks in the table "${tableName}", but the module's tablePrefix is ${JSON.stringify(tablePrefix)}. Give webhooksEntities() and tablePrefix the same prefix.`,
  );
}

/** TypeORM puts the host's `entityPrefix` before ours. */
function fullPrefix(dataSource: DataSource, tablePrefix: string): string {
  return (dataSource.options.entityPrefix ?? '') + tablePrefix;
}
