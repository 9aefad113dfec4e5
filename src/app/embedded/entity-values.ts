import type { EntityManager, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { JsonObject, JsonValue } from '../../events/json.js';
import type { AnnouncedColumn } from './announced-columns.js';
import { listStoredColumns, type StoredRow } from './stored-row.js';

/**
 * Reads the values of columns from a row as JSON, nested by their paths: dates as ISO 8601, big integers as text, bytes as
 * base64. A column with a transformer has the value that the table has: a transformer may decrypt.
 */
export function readValues(
  manager: EntityManager,
  columns: readonly AnnouncedColumn[],
  row: StoredRow,
): JsonObject {
  const values: JsonObject = {};
  for (const { column, path } of columns) setAt(values, path, readValue(manager, column, row));
  return values;
}

/** Reads the previous values of the columns that changed, nested by their paths; empty: none changed. */
export function readPreviousValues(
  manager: EntityManager,
  columns: readonly AnnouncedColumn[],
  before: StoredRow,
  now: StoredRow,
): JsonObject {
  const values: JsonObject = {};
  for (const { column, path } of columns) {
    const value = readValue(manager, column, before);
    if (JSON.stringify(value) !== JSON.stringify(readValue(manager, column, now))) setAt(values, path, value);
  }
  return values;
}

/** The primary key as text; several columns are joined with commas. */
export function readKey(manager: EntityManager, metadata: EntityMetadata, row: StoredRow): string {
  return metadata.primaryColumns
    .map((column) => readValue(manager, column, row))
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join(',');
}

/** Makes an entity of a row, as TypeORM loads it: with its transformers, and its relations as objects of their keys. */
export function makeEntity(manager: EntityManager, metadata: EntityMetadata, row: StoredRow): object {
  const { driver } = manager.dataSource;
  const entity = metadata.create(manager.queryRunner, { fromDeserializer: true }) as object;
  for (const column of listStoredColumns(metadata)) {
    const value: unknown = driver.prepareHydratedValue(row.get(column), column);
    if (!column.isVirtual) column.setEntityValue(entity, value);
  }
  for (const relation of metadata.relations) {
    const columns = relation.joinColumns.filter(({ isVirtual }) => isVirtual);
    if (columns.length === 0) continue;
    const keys = columns.map((column) => {
      const value: unknown = driver.prepareHydratedValue(row.get(column), column);
      return [column.referencedColumn?.propertyName ?? '', value] as const;
    });
    const isThere = keys.every(([, value]) => value !== null && value !== undefined);
    relation.setEntityValue(entity, isThere ? Object.fromEntries(keys) : null);
  }
  return entity;
}

function readValue({ dataSource }: EntityManager, column: ColumnMetadata, row: StoredRow): JsonValue {
  const untransformed = Object.create(column, { transformer: { value: undefined } }) as ColumnMetadata;
  const value: unknown = dataSource.driver.prepareHydratedValue(row.get(column), untransformed);
  // A driver gives a number or a text, by the size of the value.
  return column.type === 'bigint' && typeof value === 'number' ? String(value) : toJson(value);
}

function setAt(values: JsonObject, path: readonly string[], value: JsonValue): void {
  const last = path.length - 1;
  let object = values;
  for (const name of path.slice(0, last)) object = (object[name] ??= {}) as JsonObject;
  object[path[last] ?? ''] = value;
}

function toJson(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)),
  ) as JsonValue;
}
