import { type EntityManager, type FindOptionsOrder, In } from 'typeorm';
import type { RelationAttribute, EntryStatus } from '../content-type.js';
import type { RelationPlace } from '../content-types.js';
import { getEntityName, type EntryRow, getLinkEntityName, type LinkRow } from '../tables/content-entities.js';
import { getPlaceColumn, isColumnRelation, isListedByTarget } from '../tables/table-names.js';

/** A target of a relation, and its place in the list of the entry. */
export interface LinkedTarget {
  id: number;
  place: number;
}

/**
 * Finds the targets of rows by one relation, from either side: from the rows' own columns, or with one statement for all
 * rows. The side that does not store the relation lists its targets in the order in which they were linked.
 *
 * @returns each row's targets in their order, by the row's id
 */
export async function findLinkedTargets(
  manager: EntityManager,
  place: RelationPlace,
  status: EntryStatus,
  rows: readonly EntryRow[],
): Promise<Map<number, LinkedTarget[]>> {
  const { owner, attribute, isOwnSide } = place;
  const isColumn = isColumnRelation(attribute);
  if (isColumn && isOwnSide) return readColumnIds(attribute, rows);
  const rowIds = rows.map(({ id }) => id);
  const targets = new Map<number, LinkedTarget[]>();
  const add = (from: number, target: LinkedTarget) => {
    const known = targets.get(from);
    if (known) known.push(target);
    else targets.set(from, [target]);
  };
  const isListed = isListedByTarget(attribute);
  if (isColumn) {
    const placeKey = getPlaceColumn(attribute);
    const found = await manager.find<EntryRow>(getEntityName(owner, status), {
      // The index of the relation has all of it: the rows are read with all others that are linked.
      select: { id: true, [attribute.name]: true, ...(isListed ? { [placeKey]: true } : {}) },
      where: { [attribute.name]: In(rowIds) },
      order: { ...(isListed ? { [placeKey]: 'ASC' } : {}), id: 'ASC' } as FindOptionsOrder<EntryRow>,
    });
    for (const row of found) {
      add(row[attribute.name] as number, { id: row.id, place: isListed ? Number(row[placeKey] ?? 0) : 0 });
    }
    return targets;
  }
  const links = await manager.find<LinkRow>(getLinkEntityName(owner, attribute, status), {
    where: { [isOwnSide ? 'entry_id' : 'target_id']: In(rowIds) },
    order:
      isOwnSide || !isListed
        ? { entry_id: 'ASC', position: 'ASC' }
        : { target_id: 'ASC', target_place: 'ASC', entry_id: 'ASC' },
  });
  for (const { entry_id, target_id, position, target_place } of links) {
    if (isOwnSide) add(entry_id, { id: target_id, place: position });
    else add(target_id, { id: entry_id, place: target_place ?? 0 });
  }
  return targets;
}

/** {@link findLinkedTargets} without places. */
export async function findRelationTargets(
  ...asked: Parameters<typeof findLinkedTargets>
): Promise<Map<number, number[]>> {
  return toIds(await findLinkedTargets(...asked));
}

/** Leaves the places out. */
export function toIds(targets: ReadonlyMap<number, readonly LinkedTarget[]>): Map<number, number[]> {
  return new Map([...targets].map(([from, found]) => [from, found.map(({ id }) => id)]));
}

function readColumnIds({ name }: RelationAttribute, rows: readonly EntryRow[]): Map<number, LinkedTarget[]> {
  const targets = new Map<number, LinkedTarget[]>();
  for (const row of rows) {
    const target = row[name];
    if (typeof target === 'number') targets.set(row.id, [{ id: target, place: 0 }]);
  }
  return targets;
}
