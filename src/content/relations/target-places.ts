import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type ContentType, type EntryStatus, isRelation, type RelationAttribute } from '../content-type.js';
import { ContentTypes, type RelationPlace } from '../content-types.js';
import { type EntryRow, getEntityName, getLinkEntityName, type LinkRow } from '../tables/content-entities.js';
import {
  getPlaceColumn,
  isColumnRelation,
  isListedByTarget,
  listPlacedColumns,
  listVersions,
} from '../tables/table-names.js';
import { findRelationTargets } from './relation-targets.js';

/** A relation that is listed by its targets, and both of its sides. */
interface ListedRelation {
  owner: ContentType;
  attribute: RelationAttribute;
  target: ContentType;
}

type Stored = Pick<RelationPlace, 'owner' | 'attribute'>;

/**
 * Decides the places of entries in the lists of their targets (the sides with `mappedBy`), which are ordered by when
 * entries were linked.
 */
@Injectable()
export class TargetPlaces {
  constructor(private readonly types: ContentTypes) {}

  /**
   * Finds the places that a draft gets in the lists of the targets that its row links to.
   *
   * @param targets the ids of the new targets, by the relation's name
   * @param before the row as it is; an entry that stays linked keeps its place
   * @returns columns of the row
   */
  async findPlaces(
    manager: EntityManager,
    type: ContentType,
    targets: ReadonlyMap<string, readonly number[]>,
    before: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, number | null>> {
    const places: Record<string, number | null> = {};
    for (const attribute of listPlacedColumns(type)) {
      const ids = targets.get(attribute.name);
      if (!ids) continue;
      const [id = null] = ids;
      if (id === (before[attribute.name] ?? null)) continue;
      const relation = this.describe({ owner: type, attribute });
      places[getPlaceColumn(attribute)] =
        id === null ? null : (await findNextPlaces(manager, relation, 'draft', [id]))(id);
    }
    return places;
  }

  /**
   * {@link findPlaces} for a row that is copied to the other version.
   *
   * @param replaced the version that it replaces; null: there is none
   */
  async findPlacesOfCopy(
    manager: EntityManager,
    type: ContentType,
    row: EntryRow,
    replaced: EntryRow | null,
    to: EntryStatus,
  ): Promise<Record<string, number | null>> {
    const places: Record<string, number | null> = {};
    for (const attribute of listPlacedColumns(type)) {
      const id = row[attribute.name];
      if (typeof id !== 'number') continue;
      const key = getPlaceColumn(attribute);
      const relation = this.describe({ owner: type, attribute });
      const next = await findNextPlaces(manager, relation, to, [id]);
      const kept = replaced?.[attribute.name] === id ? (replaced[key] as number | null) : undefined;
      const found = { replaced: kept, copied: row[key] as number | null, next: next(id) };
      places[key] = choosePlace(relation, found, replaced !== null);
    }
    return places;
  }

  /** Gives the new links of a draft their places. Links to what it links to already keep theirs. */
  async placeLinks(manager: EntityManager, place: Stored, links: readonly LinkRow[]): Promise<LinkRow[]> {
    const [first] = links;
    if (!first || !isListedByTarget(place.attribute)) return [...links];
    const kept = await findPlacesOf(manager, place, 'draft', first.entry_id);
    const fresh = links.map(({ target_id }) => target_id).filter((id) => !kept.has(id));
    const next = await findNextPlaces(manager, this.describe(place), 'draft', fresh);
    return links.map((link) => {
      const known = kept.get(link.target_id);
      return { ...link, target_place: known === undefined ? next(link.target_id) : known };
    });
  }

  /** Gives the copies of a version's links their places; the links of the version that they replace are still there. */
  async placeCopies(
    manager: EntityManager,
    place: Stored,
    links: readonly LinkRow[],
    to: EntryStatus,
    isReplacing: boolean,
  ): Promise<LinkRow[]> {
    const [first] = links;
    if (!first || !isListedByTarget(place.attribute)) return [...links];
    const relation = this.describe(place);
    const replaced = await findPlacesOf(manager, place, to, first.entry_id);
    const targets = links.map(({ target_id }) => target_id);
    const next = await findNextPlaces(manager, relation, to, targets);
    return links.map((link) => {
      const { target_id: id, target_place: copied } = link;
      const found = { replaced: replaced.get(id), copied, next: next(id) };
      return { ...link, target_place: choosePlace(relation, found, isReplacing) };
    });
  }

  /**
   * Orders the lists of a version of an entry as those of the version that it is copied from. What is linked in this
   * version alone stays behind that.
   */
  async copyOrder(
    manager: EntityManager,
    type: ContentType,
    row: EntryRow,
    from: EntryStatus,
    to: EntryStatus,
  ): Promise<void> {
    for (const attribute of type.attributes.filter(isRelation).filter(({ mappedBy }) => mappedBy !== null)) {
      const place = this.types.placeOf(type, attribute);
      // An entry without versions has one link to both versions, and one place.
      if (!isListedByTarget(place.attribute) || !place.owner.draftAndPublish) continue;
      const linked = (await findRelationTargets(manager, place, to, [row])).get(row.id) ?? [];
      if (linked.length < 2) continue;
      const wanted = (await findRelationTargets(manager, place, from, [row])).get(row.id) ?? [];
      const isLinked = new Set(linked);
      const ids = [...new Set([...wanted.filter((id) => isLinked.has(id)), ...linked])];
      if (ids.some((id, index) => id !== linked[index])) await writePlaces(manager, place, to, row.id, ids);
    }
  }

  private describe({ owner, attribute }: Stored): ListedRelation {
    return { owner, attribute, target: this.types.targetOf(attribute) };
  }
}

/**
 * Finds the places after the last ones of targets' lists. A target without versions of its own lists both versions of
 * an entry.
 *
 * @returns the place of the next entry that is linked, by the target's id
 */
async function findNextPlaces(
  manager: EntityManager,
  { owner, attribute, target }: ListedRelation,
  status: EntryStatus,
  targetIds: readonly number[],
): Promise<(targetId: number) => number> {
  const isColumn = isColumnRelation(attribute);
  const [idKey, placeKey] = isColumn
    ? [attribute.name, getPlaceColumn(attribute)]
    : ['target_id', 'target_place'];
  const last = new Map<number, number>();
  const statuses = target.draftAndPublish ? [status] : listVersions(owner);
  for (const version of targetIds.length > 0 ? statuses : []) {
    const entity = isColumn ? getEntityName(owner, version) : getLinkEntityName(owner, attribute, version);
    const found = await manager
      .createQueryBuilder()
      .select(`linked.${idKey}`, 'id')
      .addSelect(`MAX(linked.${placeKey})`, 'last')
      .from(entity, 'linked')
      .where(`linked.${idKey} IN (:...ids)`, { ids: targetIds })
      .groupBy(`linked.${idKey}`)
      .getRawMany<{ id: number; last: number | null }>();
    for (const one of found) last.set(one.id, Math.max(last.get(one.id) ?? 0, one.last ?? 0));
  }
  return (targetId) => (last.get(targetId) ?? 0) + 1;
}

/** Places the entries of a target's list, of which all are linked, in the order of their ids here: 1, 2, … */
export async function writePlaces(
  manager: EntityManager,
  { owner, attribute }: Stored,
  status: EntryStatus,
  targetId: number,
  entryIds: readonly number[],
): Promise<void> {
  if (entryIds.length === 0) return;
  // Numbers, so that they can stand in the statement.
  const cases = entryIds.map((id, index) => `WHEN ${Number(id)} THEN ${index + 1}`).join(' ');
  if (isColumnRelation(attribute)) {
    await manager
      .createQueryBuilder()
      .update<EntryRow>(getEntityName(owner, status))
      .set({ [getPlaceColumn(attribute)]: () => `CASE id ${cases} END` })
      .where('id IN (:...ids)', { ids: entryIds })
      .execute();
    return;
  }
  await manager
    .createQueryBuilder()
    .update<LinkRow>(getLinkEntityName(owner, attribute, status))
    .set({ target_place: () => `CASE entry_id ${cases} END` })
    .where('target_id = :targetId AND entry_id IN (:...ids)', { targetId, ids: entryIds })
    .execute();
}

/**
 * Decides which place a copied version of an entry gets in a target's list. As in Strapi 5, it keeps the place of the
 * version that it replaces; the first version takes the place of the one that it is copied from. What is newly linked,
 * and every copy that is listed by its own content type, comes last.
 */
function choosePlace(
  { owner, target }: Pick<ListedRelation, 'owner' | 'target'>,
  places: { replaced: number | null | undefined; copied: number | null | undefined; next: number },
  isReplacing: boolean,
): number | null {
  if (owner.uid === target.uid) return places.next;
  if (places.replaced !== undefined) return places.replaced;
  return isReplacing ? places.next : (places.copied ?? null);
}

/** The places of an entry in the lists of its targets, by their ids. */
async function findPlacesOf(
  manager: EntityManager,
  { owner, attribute }: Stored,
  status: EntryStatus,
  entryId: number,
): Promise<Map<number, number | null>> {
  const links = await manager.findBy<LinkRow>(getLinkEntityName(owner, attribute, status), {
    entry_id: entryId,
  });
  return new Map(links.map(({ target_id, target_place }) => [target_id, target_place ?? null]));
}
