import { type EntityManager, In } from 'typeorm';
import type { RelationAttribute, EntryStatus } from '../content-type.js';
import type { RelationPlace } from '../content-types.js';
import { getEntityName, type EntryRow, getLinkEntityName, type LinkRow } from '../tables/content-entities.js';
import { isColumnRelation } from '../tables/table-names.js';

/**
 * Finds the targets of rows by one relation, from either side: from the rows' own columns, or with one statement for all
 * rows.
 *
 * @returns the ordered ids of each row's targets, by the row's id
 */
export async function findRelationTargets(
  manager: EntityManager,
  place: RelationPlace,
  status: EntryStatus,
  rows: readonly EntryRow[],
): Promise<Map<number, number[]>> {
  const { owner, attribute, isOwnSide } = place;
  const isColumn = isColumnRelation(attribute);
  if (isColumn && isOwnSide) return readColumnIds(attribute, rows);
  const rowIds = rows.map(({ id }) => id);
  const ids = new Map<number, number[]>();
  const add = (from: number, to: number) => {
    const known = ids.get(from);
    if (known) known.push(to);
    else ids.set(from, [to]);
  };
  if (isColumn) {
    const found = await manager.find<EntryRow>(getEntityName(owner, status), {
      // The index of the relation has both: the rows are read with all others that are linked.
      select: { id: true, [attribute.name]: true },
      where: { [attribute.name]: In(rowIds) },
      order: { id: 'ASC' },
    });
    for (const row of found) add(row[attribute.name] as number, row.id);
    return ids;
  }
  const links = await manager.find<LinkRow>(getLinkEntityName(owner, attribute, status), {
    where: { [isOwnSide ? 'entry_id' : 'target_id']: In(rowIds) },
    order: { entry_id: 'ASC', position: 'ASC' },
  });
  for (const { entry_id, target_id } of links) {
    if (isOwnSide) add(entry_id, target_id);
    else add(target_id, entry_id);
  }
  return ids;
}

function readColumnIds({ name }: RelationAttribute, rows: readonly EntryRow[]): Map<number, number[]> {
  const ids = new Map<number, number[]>();
  for (const row of rows) {
    const target = row[name];
    if (typeof target === 'number') ids.set(row.id, [target]);
  }
  return ids;
}
