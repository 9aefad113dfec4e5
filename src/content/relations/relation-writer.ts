import { Injectable } from '@nestjs/common';
import { type EntityManager, In, Not } from 'typeorm';
import { rowLock } from '../../database/row-lock.js';
import type { ContentType, RelationAttribute, EntryStatus } from '../content-type.js';
import { ContentTypes, type RelationPlace } from '../content-types.js';
import { getEntityName, type EntryRow, getLinkEntityName, type LinkRow } from '../tables/content-entities.js';
import {
  isColumnRelation,
  isListedByTarget,
  listLinkRelations,
  listVersions,
} from '../tables/table-names.js';
import { matchTenant } from '../tables/find-entry.js';
import { TargetPlaces, writePlaces } from './target-places.js';

type Holder = Pick<EntryRow, 'id' | 'tenant'>;

/**
 * Writes the relations of drafts, from either side: a link that is written on one side shows on the other. A target
 * that only one entry may link to is detached from its former entry. Published versions are not changed.
 */
@Injectable()
export class RelationWriter {
  constructor(
    private readonly types: ContentTypes,
    private readonly places: TargetPlaces,
  ) {}

  /**
   * Replaces the targets of an entry's relation. A relation that is a column of the row is written with the row.
   *
   * @returns the ids that are no entries of the same tenant; if there are any, nothing was changed
   */
  async write(
    manager: EntityManager,
    type: ContentType,
    attribute: RelationAttribute,
    row: Holder,
    ids: readonly number[],
  ): Promise<number[]> {
    const missing = await this.findMissing(manager, attribute, row.tenant, ids);
    if (missing.length > 0) return missing;
    const place = this.types.placeOf(type, attribute);
    if (!place.isOwnSide) await writeInverseSide(manager, place, row.id, ids);
    else {
      await detachFromOthers(manager, place, 'draft', row.id, ids);
      if (!isColumnRelation(attribute)) await this.replaceLinks(manager, place, row.id, ids);
    }
    return [];
  }

  /** Finds the ids that are no entries of a tenant. Locks the targets that only one entry may link to. */
  async findMissing(
    manager: EntityManager,
    attribute: RelationAttribute,
    tenant: string | null,
    ids: readonly number[],
  ): Promise<number[]> {
    if (ids.length === 0) return [];
    const found = await manager.find<EntryRow>(getEntityName(this.types.targetOf(attribute), 'draft'), {
      select: { id: true },
      where: { id: In([...ids]), ...matchTenant(tenant) },
      ...(isExclusive(attribute) ? { order: { id: 'ASC' }, ...rowLock(manager) } : {}),
    });
    return ids.filter((id) => !found.some((row) => row.id === id));
  }

  /** Removes all relations from and to all versions of an entry. */
  async detach(manager: EntityManager, type: ContentType, entryId: number): Promise<void> {
    for (const status of listVersions(type)) await this.deleteLinks(manager, type, status, entryId);
    for (const { type: owner, attribute } of this.types.referrersOf(type)) {
      for (const status of listVersions(owner)) {
        if (isColumnRelation(attribute)) {
          const { name } = attribute;
          await manager.update(getEntityName(owner, status), { [name]: entryId }, { [name]: null });
        } else {
          await manager.delete(getLinkEntityName(owner, attribute, status), { target_id: entryId });
        }
      }
    }
  }

  /**
   * Copies the relations of one version of an entry to the other version.
   *
   * @param isReplacing whether the other version exists
   */
  async copy(
    manager: EntityManager,
    type: ContentType,
    row: EntryRow,
    { from, to, isReplacing }: { from: EntryStatus; to: EntryStatus; isReplacing: boolean },
  ): Promise<void> {
    for (const attribute of type.attributes) {
      if (!isColumnRelation(attribute)) continue;
      const target = row[attribute.name];
      const place: RelationPlace = { owner: type, attribute, isOwnSide: true };
      if (typeof target === 'number') await detachFromOthers(manager, place, to, row.id, [target]);
    }
    for (const attribute of listLinkRelations(type)) {
      const copied = await manager.findBy<LinkRow>(getLinkEntityName(type, attribute, from), {
        entry_id: row.id,
      });
      const links = await this.places.placeCopies(
        manager,
        { owner: type, attribute },
        copied,
        to,
        isReplacing,
      );
      await manager.delete(getLinkEntityName(type, attribute, to), { entry_id: row.id });
      const place: RelationPlace = { owner: type, attribute, isOwnSide: true };
      const targets = links.map(({ target_id }) => target_id);
      await detachFromOthers(manager, place, to, row.id, targets);
      if (links.length > 0) await manager.insert(getLinkEntityName(type, attribute, to), links);
    }
    await this.places.copyOrder(manager, type, row, from, to);
  }

  private async replaceLinks(
    manager: EntityManager,
    { owner, attribute }: RelationPlace,
    entryId: number,
    targets: readonly number[],
  ): Promise<void> {
    const links = targets.map((target_id, position): LinkRow => ({ entry_id: entryId, target_id, position }));
    const placed = await this.places.placeLinks(manager, { owner, attribute }, links);
    await manager.delete(getLinkEntityName(owner, attribute, 'draft'), { entry_id: entryId });
    await insertLinks(manager, { owner, attribute }, placed);
  }

  /** Deletes the rows of a version in link tables. */
  async deleteLinks(
    manager: EntityManager,
    type: ContentType,
    status: EntryStatus,
    entryId: number,
  ): Promise<void> {
    for (const attribute of listLinkRelations(type)) {
      await manager.delete(getLinkEntityName(type, attribute, status), { entry_id: entryId });
    }
  }
}

/** Whether a target can be linked by one entry only. */
function isExclusive({ relation }: RelationAttribute): boolean {
  return relation === 'oneToOne' || relation === 'oneToMany';
}

/** Detaches exclusive targets from other entries. */
async function detachFromOthers(
  manager: EntityManager,
  { owner, attribute }: RelationPlace,
  status: EntryStatus,
  entryId: number,
  targets: readonly number[],
): Promise<void> {
  if (!isExclusive(attribute) || targets.length === 0) return;
  const { name } = attribute;
  if (isColumnRelation(attribute)) {
    const others = { [name]: In([...targets]), id: Not(entryId) };
    await manager.update(getEntityName(owner, status), others, { [name]: null });
  } else {
    const others = { target_id: In([...targets]), entry_id: Not(entryId) };
    await manager.delete(getLinkEntityName(owner, attribute, status), others);
  }
}

/** Writes a relation from the side that does not store it: exactly the entries in `pointing` link to `entryId`. */
async function writeInverseSide(
  manager: EntityManager,
  { owner, attribute }: RelationPlace,
  entryId: number,
  pointing: readonly number[],
): Promise<void> {
  const { name } = attribute;
  const others = pointing.length > 0 ? Not(In([...pointing])) : null;
  if (isColumnRelation(attribute)) {
    const entity = getEntityName(owner, 'draft');
    await manager.update(entity, { [name]: entryId, ...(others && { id: others }) }, { [name]: null });
    if (pointing.length > 0) await manager.update(entity, { id: In([...pointing]) }, { [name]: entryId });
    if (isListedByTarget(attribute))
      await writePlaces(manager, { owner, attribute }, 'draft', entryId, pointing);
    return;
  }
  const entity = getLinkEntityName(owner, attribute, 'draft');
  await manager.delete(entity, { target_id: entryId, ...(others && { entry_id: others }) });
  if (pointing.length === 0) return;
  const links = await manager.findBy<LinkRow>(entity, { entry_id: In([...pointing]) });
  const fresh = pointing
    .filter((id) => !links.some((link) => link.entry_id === id && link.target_id === entryId))
    .map((id): LinkRow => {
      const positions = links.filter((link) => link.entry_id === id).map(({ position }) => position);
      return { entry_id: id, target_id: entryId, position: Math.max(-1, ...positions) + 1 };
    });
  await insertLinks(manager, { owner, attribute }, fresh);
  if (isListedByTarget(attribute))
    await writePlaces(manager, { owner, attribute }, 'draft', entryId, pointing);
}

/** Inserts links. A duplicate was inserted concurrently from the other side and is ignored. */
async function insertLinks(
  manager: EntityManager,
  { owner, attribute }: Pick<RelationPlace, 'owner' | 'attribute'>,
  links: readonly LinkRow[],
): Promise<void> {
  if (links.length === 0) return;
  const entity = getLinkEntityName(owner, attribute, 'draft');
  await manager
    .createQueryBuilder()
    .insert()
    .into(entity)
    .values([...links])
    .orIgnore()
    .updateEntity(false)
    .execute();
}
