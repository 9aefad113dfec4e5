import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, QueryRunner } from 'typeorm';

/** The two families of SQL that this project speaks. MariaDB counts as `mysql`. */
export type Dialect = 'mysql' | 'sqlite';

type HasDataSource = DataSource | EntityManager | QueryRunner;

function dataSourceOf(source: HasDataSource): DataSource {
  return 'dataSource' in source && source.dataSource ? source.dataSource : (source as DataSource);
}

/** Which family a data source, a manager or a query runner speaks. */
export function dialectOf(source: HasDataSource): Dialect {
  const { type } = dataSourceOf(source).options;
  return type === 'mysql' || type === 'mariadb' ? 'mysql' : 'sqlite';
}

/** The name of an entity's table, quoted for use in SQL, with whatever prefix the entity was given. */
export function tableOf(source: HasDataSource, entity: EntityTarget<ObjectLiteral>): string {
  return `\`${dataSourceOf(source).getMetadata(entity).tableName}\``;
}

/**
 * What a locking read ends in. SQLite has one writer at a time and needs nothing.
 */
export function skipLocked(dialect: Dialect): string {
  return dialect === 'mysql' ? ' FOR UPDATE SKIP LOCKED' : '';
}

/**
 * What follows a table's name where rows are locked by their primary keys. Of a small table MySQL otherwise reads every
 * row, and waits for those that others hold.
 */
export function byPrimaryKey(dialect: Dialect): string {
  return dialect === 'mysql' ? ' FORCE INDEX (PRIMARY)' : '';
}

/** What an INSERT that passes over rows whose key is taken begins with. */
export function insertIgnore(dialect: Dialect): string {
  return dialect === 'mysql' ? 'INSERT IGNORE INTO' : 'INSERT OR IGNORE INTO';
}

/** `(?,?,?),(?,?,?)` for a multi-row INSERT. */
export function placeholderRows(rows: number, columns: number): string {
  const row = `(${placeholders(columns)})`;
  return Array.from({ length: rows }, () => row).join(',');
}

/** `?,?,?` */
export function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join(',');
}
