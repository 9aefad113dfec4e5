import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { listStoredColumns } from './stored-row.js';

/** A column whose value is in an entity's events. */
export interface AnnouncedColumn {
  column: ColumnMetadata;
  /** Where its value stands in the event's data: `['address', 'city']` for a column of an embedded. */
  path: readonly string[];
}

/**
 * Selects the columns whose values are in an event: the named ones, or all. Never one with `select: false`: a column that
 * queries do not return must not be sent either.
 *
 * @param named paths of properties: of columns (`total`), of an embedded or one of its columns (`address`,
 *   `address.city`), or of a relation that has its key in this table (`customer`)
 */
export function selectColumns(
  metadata: EntityMetadata,
  named: readonly string[] | undefined,
): AnnouncedColumn[] {
  const all = listStoredColumns(metadata)
    .filter(({ isSelect }) => isSelect)
    .flatMap(placeColumn);
  if (named === undefined) return all;
  return named.flatMap((name) => {
    const matching = all.filter(({ path }) => isWithin(path.join('.'), name));
    return matching.length > 0 ? matching : findRelationColumns(metadata, name);
  });
}

/** Places a column by its path; none for a column that only TypeORM itself writes (`mpath` of a tree). */
function placeColumn(column: ColumnMetadata): AnnouncedColumn[] {
  const { isVirtual, isDiscriminator, relationMetadata, propertyPath } = column;
  if (!isVirtual || isDiscriminator) return [{ column, path: propertyPath.split('.') }];
  if (!relationMetadata) return [];
  const path = relationMetadata.propertyPath.split('.');
  // A key of several columns is an object; a key of one column is its value.
  const isWhole = relationMetadata.joinColumns.length === 1;
  return [{ column, path: isWhole ? path : [...path, column.referencedColumn?.propertyName ?? ''] }];
}

/** A relation whose key is a property of its own (`customerId`) is also found by the relation's name. */
function findRelationColumns({ relations }: EntityMetadata, name: string): AnnouncedColumn[] {
  const relation = relations.find(({ propertyPath }) => propertyPath === name);
  const columns = (relation?.joinColumns ?? []).filter(({ isSelect }) => isSelect);
  if (columns.length !== 1) return [];
  return columns.map((column) => ({ column, path: name.split('.') }));
}

function isWithin(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`);
}
