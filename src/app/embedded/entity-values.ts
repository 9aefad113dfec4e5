import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { EntityMetadata } from 'typeorm';
import type { JsonObject, JsonValue } from '../../events/json.js';

/**
 * The columns whose values are told: those that are named, or all. Never one with `select: false`: who hides a column
 * from every query does not want it sent.
 */
export function toldColumns(
  metadata: EntityMetadata,
  named: readonly string[] | undefined,
): ColumnMetadata[] {
  return metadata.columns.filter(
    ({ isSelect, isVirtual, propertyPath, propertyName }) =>
      isSelect &&
      // The column of a relation that has no property of its own is told by the relation's name.
      (!isVirtual || named === undefined) &&
      (named === undefined || named.includes(propertyPath) || named.includes(propertyName)),
  );
}

/** The values of an entity as JSON: dates as ISO 8601, big integers as text, bytes as base64. */
export function toldValues(columns: readonly ColumnMetadata[], entity: object): JsonObject {
  return Object.fromEntries(
    columns.map((column) => [column.propertyName, jsonOf(column.getEntityValue(entity))]),
  );
}

/** Which of the columns changed, and what they held before. */
export function changedValues(columns: readonly ColumnMetadata[], before: object, now: object): JsonObject {
  const old = toldValues(columns, before);
  const fresh = toldValues(columns, now);
  return Object.fromEntries(
    Object.entries(old).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(fresh[name])),
  );
}

/** The primary key as text; several columns are joined with commas. */
export function keyOf(metadata: EntityMetadata, entity: object): string {
  return metadata.primaryColumns.map((column) => String(column.getEntityValue(entity))).join(',');
}

function jsonOf(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return value.toString();
  if (Buffer.isBuffer(value)) return value.toString('base64');
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)),
  ) as JsonValue;
}
