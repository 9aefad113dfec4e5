import type { EntityManager, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/**
 * Inserts one row of a content type and tells the number that the database gave it. What TypeORM's `insert` does, but
 * for its building of the statement, which costs a tenth of what a whole change does.
 *
 * @param entity the entity's name; its id is generated
 * @param values by property; what has none is left to the column's default
 * @throws what the database refuses
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

/** MySQL tells it in an object, SQLite as it is. */
function readInsertId(raw: unknown): number {
  return Number(typeof raw === 'object' && raw !== null && 'insertId' in raw ? raw.insertId : raw);
}
