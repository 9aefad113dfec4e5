import type { EntityManager, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/**
 * Inserts one row of a content type. Replaces TypeORM's `insert`, whose query builder takes a tenth of the time of a
 * whole change.
 *
 * @param entity the entity's name; its id is auto-incremented
 * @param values values by property; missing ones get the column's default
 * @returns the generated id
 * @throws the database's error
 */
export async function insertRow(
  manager: EntityManager,
  entity: string,
  values: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { queryRunner } = manager;
  if (!queryRunner) throw new Error('A row can only be inserted in a transaction.');
  const { driver } = manager.dataSource;
  const metadata = manager.dataSource.getMetadata(entity);
  const columns = selectWrittenColumns(metadata, values);
  const names = columns.map(({ databaseName }) => driver.escape(databaseName));
  const places = columns.map(() => '?').join(',');
  const { raw } = await queryRunner.query(
    `INSERT INTO ${driver.escape(metadata.tableName)} (${names.join(',')}) VALUES (${places})`,
    columns.map((column) => driver.preparePersistentValue(values[column.propertyName], column) as unknown),
    true,
  );
  return readInsertId(raw);
}

function selectWrittenColumns(
  { columns }: EntityMetadata,
  values: Readonly<Record<string, unknown>>,
): ColumnMetadata[] {
  return columns.filter(({ propertyName }) => values[propertyName] !== undefined);
}

/** MySQL returns an object with `insertId`, SQLite the id itself. */
function readInsertId(raw: unknown): number {
  return Number(typeof raw === 'object' && raw !== null && 'insertId' in raw ? raw.insertId : raw);
}
