import type { EntityMetadata } from 'typeorm';
import { type AnnouncedColumn, selectColumns } from './announced-columns.js';
import { ENTITY_VERBS, type EmitOptions } from './emits-webhooks.js';

/**
 * Finds what keeps an entity from announcing all its changes: properties that are not in its row, and rows that the
 * database changes by itself. Null: nothing.
 */
export function findEmitProblem(metadata: EntityMetadata, options: EmitOptions): string | null {
  const { columns: named, events = ENTITY_VERBS } = options;
  if (metadata.tableType === 'view') return 'it is a view, whose changes TypeORM does not see';
  const wrong = named?.find((name) => selectColumns(metadata, [name]).length === 0);
  if (wrong !== undefined) return explainColumn(metadata, wrong);
  const columns = selectColumns(metadata, named);
  if (columns.length === 0) return 'no column is left to announce';
  const changed = metadata.relations.find(
    ({ onDelete }) => onDelete === 'SET NULL' || onDelete === 'DEFAULT',
  );
  if (changed && events.includes('update') && isAnnounced(columns, changed.propertyPath)) {
    return `the database changes its rows by itself (onDelete: "${changed.onDelete}" of "${changed.propertyPath}"), and no event can tell of that. Leave "${changed.propertyPath}" out of "columns" or "update" out of "events", or let TypeORM change them`;
  }
  const deleted = metadata.relations.find(({ onDelete }) => onDelete === 'CASCADE');
  if (deleted && events.includes('delete')) {
    return `the database deletes its rows by itself (onDelete: "CASCADE" of "${deleted.propertyPath}"), and no event can tell of that. Leave "delete" out of "events", or let TypeORM remove them (cascade: ["remove"])`;
  }
  return null;
}

function explainColumn({ columns, relations }: EntityMetadata, name: string): string {
  const column = columns.find(({ propertyPath }) => propertyPath === name);
  if (column?.isVirtualProperty)
    return `"${name}" of "columns" is computed by a query, and is not in the row`;
  if (column) return `"${name}" of "columns" has select: false, so that it is private`;
  if (relations.some(({ propertyPath }) => propertyPath === name)) {
    return `"${name}" of "columns" is a relation whose key is in another table`;
  }
  return `"${name}" of "columns" is no property of it`;
}

/** Whether the key of a relation is among the columns. */
function isAnnounced(columns: readonly AnnouncedColumn[], relationPath: string): boolean {
  return columns.some(({ column }) => column.relationMetadata?.propertyPath === relationPath);
}

/** Whether another entity's save may change announced columns of this one without naming the row. */
export function hasAnnouncedRelation(columns: readonly AnnouncedColumn[]): boolean {
  return columns.some(({ column }) => column.relationMetadata !== undefined);
}
