import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, QueryRunner } from 'typeorm';

/** The two families of SQL that this project speaks. MariaDB counts as `mysql`. */
export type Dialect = 'mysql' | 'sqlite';

type HasDataSource = DataSource | EntityManager | QueryRunner;

function dataSourceOf(source: HasDataSource): DataSource {
  return 'dataSource' in source && source.dataSource ? source.dataSource : (source as DataSource);
}

/** Gives the SQL family that a data source, a manager or a query runner speaks. */
export function dialectOf(source: HasDataSource): Dialect {
  const { type } = dataSourceOf(source).options;
  return type === 'mysql' || type === 'mariadb' ? 'mysql' : 'sqlite';
}

/** The name of an entity's table, quoted for SQL, with the prefix that the entity was given. */
export function tableOf(source: HasDataSource, entity: EntityTarget<ObjectLiteral>): string {
  return `\`${dataSourceOf(source).getMetadata(entity).tableName}\``;
}

/** The ends of locking reads. */
export interface LockingReads {
  forUpdate: string;
  skipLocked: string;
  shareLocked: string;
}

const OF_MYSQL: LockingReads = {
  forUpdate: ' FOR UPDATE',
  skipLocked: ' FOR UPDATE SKIP LOCKED',
  // Each server executes the comment that is for it: MariaDB has no FOR SHARE, and MySQL's other form no SKIP LOCKED.
  shareLocked: ' /*!80001 FOR SHARE SKIP LOCKED */ /*M!100600 LOCK IN SHARE MODE SKIP LOCKED */',
};
/** SQLite has one writer at a time and needs no row locks. */
const NONE: LockingReads = { forUpdate: '', skipLocked: '', shareLocked: '' };

const replaced = new WeakMap<DataSource, LockingReads>();

/**
 * Replaces the ends of the locking reads of one data source. With comments in their place it behaves as on an engine that
 * parses `FOR UPDATE` and locks nothing.
 */
export function replaceLockingReads(dataSource: DataSource, reads: LockingReads): void {
  replaced.set(dataSource, reads);
}

function lockingReadsOf(source: HasDataSource): LockingReads {
  return replaced.get(dataSourceOf(source)) ?? (dialectOf(source) === 'mysql' ? OF_MYSQL : NONE);
}

/** Whether locking reads of TypeORM's own, which {@link replaceLockingReads} cannot reach, may lock. */
export function mayLockReads(source: HasDataSource): boolean {
  return dialectOf(source) === 'mysql' && !replaced.has(dataSourceOf(source));
}

/**
 * The end of a locking read: the rows that it returns stay locked until the transaction ends. It keeps two transactions
 * from meeting and guards nothing: what was read is written by a conditional write (`conditional-write.ts`).
 */
export function forUpdate(source: HasDataSource): string {
  return lockingReadsOf(source).forUpdate;
}

/** As {@link forUpdate}, but the read skips rows that another transaction has locked and never waits. */
export function skipLocked(source: HasDataSource): string {
  return lockingReadsOf(source).skipLocked;
}

/**
 * The end of a read under a shared lock, which holds until the transaction ends: others may read so too, and whoever
 * writes the row waits. It skips rows that another transaction is writing.
 */
export function shareLocked(source: HasDataSource): string {
  return lockingReadsOf(source).shareLocked;
}

/** As {@link forUpdate}, but the read fails where another transaction has locked a row, and never waits. */
export function failLocked(dialect: Dialect): string {
  return dialect === 'mysql' ? ' FOR UPDATE NOWAIT' : '';
}

/**
 * An index hint, to follow the table's name in a statement that locks rows by their primary keys. Without it MySQL scans
 * the whole of a small table, and waits for rows that other transactions have locked.
 */
export function byPrimaryKey(dialect: Dialect): string {
  return dialect === 'mysql' ? ' FORCE INDEX (PRIMARY)' : '';
}

/**
 * An index hint, to follow the name of an entity's table: read through one of its secondary indexes. Without it MySQL
 * may prefer to scan the primary key where only the first few rows are wanted.
 *
 * @param index its name without the table's name that it begins with: `by_webhook`
 */
export function forceIndex(
  source: HasDataSource,
  entity: EntityTarget<ObjectLiteral>,
  index: string,
): string {
  if (dialectOf(source) !== 'mysql') return '';
  return ` FORCE INDEX (\`${dataSourceOf(source).getMetadata(entity).tableName}_${index}\`)`;
}

/** The beginning of an INSERT that skips rows whose key exists. */
export function insertIgnore(dialect: Dialect): string {
  return dialect === 'mysql' ? 'INSERT IGNORE INTO' : 'INSERT OR IGNORE INTO';
}

/**
 * The end of a one-row INSERT that makes it an upsert: where the key exists, the column of that row is increased by one
 * and stays locked until the transaction ends.
 */
export function upsertIncrement(source: HasDataSource, key: string, column: string): string {
  const clash =
    dialectOf(source) === 'mysql' ? 'ON DUPLICATE KEY UPDATE' : `ON CONFLICT (${key}) DO UPDATE SET`;
  return ` ${clash} ${column} = ${column} + 1`;
}

/** `(?,?,?),(?,?,?)`, for a multi-row INSERT. */
export function placeholderRows(rows: number, columns: number): string {
  const row = `(${placeholders(columns)})`;
  return Array.from({ length: rows }, () => row).join(',');
}

/** `?,?,?`, for a list of values. */
export function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join(',');
}
