import { DataSource, type EntityMetadata } from 'typeorm';
import { dataSourceOptions } from '../../database/data-source-options.js';
import { codeOf } from '../../database/database-errors.js';
import { dialectOf } from '../../database/dialect.js';
import { carryParameters, checkHostSession } from '../../database/host-connections.js';
import { shareMemoryDatabase } from '../../database/memory-database.js';
import { migrateUnderLock } from '../../database/migrate.js';
import { buildMigrations, nameMigrationsTable } from '../../database/migrations/all-migrations.js';
import { connectDatabase } from '../../database/open-database.js';
import { DEFAULT_STATEMENT_TIMEOUT_MS, ownConnections } from '../../database/own-connections.js';
import { serialiseSqlite } from '../../database/sqlite-transaction-queue.js';
import type { Settings } from '../../settings/settings.js';
import { WebhookEntity } from '../../webhooks/model/webhook.entity.js';
import { webhooksEntities } from './webhooks-entities.js';

/** The types of data sources that Posthorn's SQL is for. */
const KINDS: readonly string[] = ['mysql', 'mariadb', 'better-sqlite3'];

/** The codes of a table or a column that is not there. */
const MISSING = new Set(['ER_NO_SUCH_TABLE', 'ER_BAD_FIELD_ERROR', 'SQLITE_ERROR']);

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
 * where the host wants that. On MySQL it checks the settings of the host's sessions, and lets the protocol carry the
 * parameters of statements of Posthorn's tables; on SQLite it serialises the transactions on the one connection.
 *
 * @throws {HostDatabaseError} when the database is of another kind, the entities are missing or have another prefix, or,
 *   without `migrate`, tables or columns are missing
 * @throws {DatabaseSessionError} when statements would not do what they say in the host's sessions
 */
export async function prepareHostDatabase(
  dataSource: DataSource,
  { tablePrefix, migrate }: HostTables,
): Promise<DataSource> {
  checkKind(dataSource);
  checkEntities(dataSource, tablePrefix);
  if (dialectOf(dataSource) === 'mysql') {
    await checkHostSession(dataSource);
    carryParameters(dataSource, nameTables(dataSource, tablePrefix));
  }
  if (migrate) await migrateHost(dataSource, tablePrefix);
  else await checkTables(dataSource, tablePrefix);
  if (dataSource.options.type === 'better-sqlite3') serialiseSqlite(dataSource);
  return dataSource;
}

/**
 * Opens a data source of Posthorn's own for a host, by its URL.
 *
 * @throws {HostDatabaseError} without `migrate`, when tables or columns are missing
 * @throws {DatabaseOpenError} when the database does not answer or refuses the login
 */
export async function openHostDatabase(
  { databaseUrl: url, databasePoolSize: poolSize }: Pick<Settings, 'databaseUrl' | 'databasePoolSize'>,
  { tablePrefix, migrate }: HostTables,
): Promise<DataSource> {
  const dataSource = await connectDatabase({
    ...dataSourceOptions({ url, dataDir: '', poolSize }, webhooksEntities(tablePrefix)),
    migrations: buildMigrations(tablePrefix),
    migrationsTableName: nameMigrationsTable(tablePrefix),
  });
  try {
    if (migrate) await migrateUnderLock(dataSource);
    else await checkTables(dataSource, tablePrefix);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
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
  if (dialectOf(migrating) === 'mysql') ownConnections(migrating, DEFAULT_STATEMENT_TIMEOUT_MS);
  shareMemoryDatabase(dataSource, migrating);
  await migrating.initialize();
  try {
    await migrateUnderLock(migrating);
  } finally {
    await migrating.destroy();
  }
}

function checkKind({ options: { type } }: DataSource): void {
  if (KINDS.includes(type)) return;
  throw new HostDatabaseError(
    `The data source is of the type "${type}", and Posthorn needs MySQL, MariaDB or SQLite (mysql, mariadb, better-sqlite3). Give it a data source of its own, and name it in the option "dataSource".`,
  );
}

/** Reads no row of each table, by all its columns. */
async function checkTables(dataSource: DataSource, tablePrefix: string): Promise<void> {
  const { driver } = dataSource;
  for (const { tableName, columns } of listMetadatas(dataSource, tablePrefix)) {
    const names = columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
    try {
      await dataSource.query(`SELECT ${names} FROM ${driver.escape(tableName)} WHERE 1 = 0`);
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new HostDatabaseError(
        `The table "${tableName}" of Posthorn, or a column of it, is not there (${(error as Error).message}). Set "migrate" to true, run webhooksMigrations() with your migrations, or the SQL of: npx posthorn sql.`,
        { cause: error },
      );
    }
  }
}

function isMissing(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  return MISSING.has(code) && (code !== 'SQLITE_ERROR' || /no such (table|column)/.test(String(error)));
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

/** Tells whether a statement names one of Posthorn's tables, which TypeORM and Posthorn write in backticks. */
function nameTables(dataSource: DataSource, tablePrefix: string): (sql: string) => boolean {
  const names = listMetadatas(dataSource, tablePrefix).map(({ tableName }) => `\`${tableName}\``);
  return (sql) => names.some((name) => sql.includes(name));
}

/** What TypeORM knows of Posthorn's entities in a host's data source. */
function listMetadatas(dataSource: DataSource, tablePrefix: string): EntityMetadata[] {
  const entities = new Set<unknown>(webhooksEntities(tablePrefix).map(({ options }) => options.target));
  return dataSource.entityMetadatas.filter(({ target }) => entities.has(target));
}
