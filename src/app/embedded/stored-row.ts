import type { EntityManager, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/** A row as its table has it: the driver's value of each column, before the transformers of the entity. */
export type StoredRow = ReadonlyMap<ColumnMetadata, unknown>;

/** The values of the columns that identify one row, as parameters of a statement. */
export type RowKey = ReadonlyMap<ColumnMetadata, unknown>;

/** Lists the columns that a table has for an entity, those with `select: false` too. */
export function listStoredColumns({ columns, childEntityMetadatas }: EntityMetadata): ColumnMetadata[] {
  // With single-table inheritance a parent's metadata has the columns of its children too.
  const children = new Set(childEntityMetadatas.map(({ target }) => target));
  return columns.filter(({ isVirtualProperty, target }) => !isVirtualProperty && !children.has(target));
}

/**
 * Reads one row through the transaction of a manager. Soft-removed rows are read too.
 *
 * @param lock the end of the statement: that of a locking read, or empty
 * @returns null where no row has the key
 */
export async function readStoredRow(
  manager: EntityManager,
  metadata: EntityMetadata,
  key: RowKey,
  lock = '',
): Promise<StoredRow | null> {
  const { driver } = manager.dataSource;
  const columns = listStoredColumns(metadata);
  const selected = columns.map(({ databaseName }, index) => `${driver.escape(databaseName)} AS c${index}`);
  const wanted = [...key.keys()].map(({ databaseName }) => `${driver.escape(databaseName)} = ?`);
  const [row] = await manager.query<Record<string, unknown>[]>(
    `SELECT ${selected.join(', ')} FROM ${escapeTable(manager, metadata)} WHERE ${wanted.join(' AND ')}${lock}`,
    [...key.values()],
  );
  return row ? new Map(columns.map((column, index) => [column, row[`c${index}`]])) : null;
}

/** The name of an entity's table as TypeORM writes it in statements. */
export function escapeTable({ dataSource }: EntityManager, { tablePath }: EntityMetadata): string {
  return tablePath
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}

/**
 * Takes the key of a row from an entity, or from any object with its properties.
 *
 * @returns null where a value is missing, or is an expression that only the database can evaluate
 */
export function takeKey(
  manager: EntityManager,
  columns: readonly ColumnMetadata[],
  entity: object | null | undefined,
): RowKey | null {
  if (!entity || columns.length === 0) return null;
  const key = new Map<ColumnMetadata, unknown>();
  for (const column of columns) {
    const value: unknown = column.getEntityValue(entity);
    if (value === undefined || value === null || typeof value === 'function') return null;
    key.set(column, manager.dataSource.driver.preparePersistentValue(value, column));
  }
  return key;
}

/** The primary key of a row that was read. */
export function primaryKeyOf({ primaryColumns }: EntityMetadata, row: StoredRow): RowKey {
  return new Map(primaryColumns.map((column) => [column, row.get(column)]));
}

/** Lists the sets of columns that are unique in an entity's table, the primary key first. */
export function listUniqueKeys({ primaryColumns, uniques, indices }: EntityMetadata): ColumnMetadata[][] {
  return [
    primaryColumns,
    ...uniques.map(({ columns }) => columns),
    ...indices.filter(({ isUnique }) => isUnique).map(({ columns }) => columns),
  ];
}
