import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { JsonObject, JsonValue } from '../../events/json.js';

/**
 * Selects the columns whose values are in an event: the named ones, or all. Never one with `select: false`: a column that
 * queries do not return must not be sent either.
 */
export function selectColumns(
  metadata: EntityMetadata,
  named: readonly string[] | undefined,
): ColumnMetadata[] {
  return metadata.columns.filter(
    ({ isSelect, isVirtual, propertyPath, propertyName }) =>
      isSelect &&
      // A foreign key without a property of its own is included, unless columns are named.
      (!isVirtual || named === undefined) &&
      (named === undefined || named.includes(propertyPath) || named.includes(propertyName)),
  );
}

/** Reads the values of columns as JSON: dates as ISO 8601, big integers as text, bytes as base64. */
export function readValues(columns: readonly ColumnMetadata[], entity: object): JsonObject {
  return Object.fromEntries(
    columns.map((column) => [column.propertyName, toJson(column.getEntityValue(entity))]),
  );
}

/** Reads the previous values of the columns that changed. */
export function readPreviousValues(
  columns: readonly ColumnMetadata[],
  before: object,
  now: object,
): JsonObject {
  const old = readValues(columns, before);
  const fresh = readValues(columns, now);
  return Object.fromEntries(
    Object.entries(old).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(fresh[name])),
  );
}

/** The primary key as text; several columns are joined with commas. */
export function readKey(metadata: EntityMetadata, entity: object): string {
  return metadata.primaryColumns.map((column) => String(column.getEntityValue(entity))).join(',');
}

function toJson(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return value.toString();
  if (Buffer.isBuffer(value)) return value.toString('base64');
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)),
  ) as JsonValue;
}
