import { type EntityManager, In } from 'typeorm';
import type { RelationAttribute, EntryStatus } from '../content-type.js';
import type { RelationPlace } from '../content-types.js';
import { getEntityName, type EntryRow, getLinkEntityName, type LinkRow } from '../tables/content-entities.js';
import { isColumnRelation } from '../tables/table-names.js';

/** What rows point to by one relation, from whichever side it is looked at. */
export interface RelationTargets {
  /** Ids of what each row points to in its order, by the row's id. */
  ids: Map<number, number[]>;
  /** What it points to, where it was read on the way. */
  rows: readonly EntryRow[];
}

/** Finds out what rows point to: from the rows themselves, or with one statement however many they are. */
export async function findRelationTargets(
  manager: EntityManager,
  place: RelationPlace,
  status: EntryStatus,
  rows: readonly EntryRow[],
): Promise<RelationTargets> {
  const { owner, attribute, isOwnSide } = place;
  const isColumn = isColumnRelation(attribute);
  if (isColumn && isOwnSide) return { ids: readColumnIds(attribute, rows), rows: [] };
  const rowIds = rows.map(({ id }) => id);
  const ids = new Map<number, number[]>();
  const add = (from: number, to: number) => void ids.set(from, [...(ids.get(from) ?? []), to]);
  if (isColumn) {
    const found = await manager.find<EntryRow>(getEntityName(owner, status), {
      where: { [attribute.name]: In(rowIds) },
      order: { id: 'ASC' },
    });
    for (const row of found) add(row[attribute.name] as number, row.id);
    return { ids, rows: found };
  }
  const links = await manager.find<LinkRow>(getLinkEntityName(owner, attribute, status), {
    where: { [isOwnSide ? 'entry_id' : 'target_id']: In(rowIds) },
    order: { entry_id: 'ASC', position: 'ASC' },
  });
  for (const { entry_id, target_id } of links) {
    if (isOwnSide) add(entry_id, target_id);
    else add(target_id, entry_id);
  }
  return { ids, rows: [] };
}

function readColumnIds({ name }: RelationAttribute, rows: readonly EntryRow[]): Map<number, number[]> {
  const ids = new Map<number, number[]>();
  for (const row of rows) {
    const target = row[name];
    if (typeof target === 'number') ids.set(row.id, [target]);
  }
  return ids;
}
