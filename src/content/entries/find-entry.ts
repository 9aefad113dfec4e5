import { type EntityManager, type FindOptionsWhere, IsNull } from 'typeorm';
import { rowLock } from '../../database/row-lock.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { ownedBy, type Viewer } from '../../http/tenancy.js';
import type { ContentType } from '../content-type.js';
import { entityOf, type EntryRow } from '../tables/content-entities.js';

/** The condition under which a row is one tenant's, or nobody's: unlike a viewer's, it is never everyone's. */
export function oneTenant(tenant: string | null): FindOptionsWhere<EntryRow> {
  return { tenant: tenant ?? IsNull() };
}

/** An entry that exists for a viewer; null when there is none. */
export async function findEntry(
  manager: EntityManager,
  type: ContentType,
  id: number,
  viewer: Viewer,
): Promise<EntryRow | null> {
  return manager.findOne<EntryRow>(entityOf(type), { where: { id, ...ownedBy(viewer) } });
}

/**
 * An entry that exists for a viewer, kept for this transaction: overlapping changes wait for it.
 *
 * @returns null when there is none
 */
export async function lockEntry(
  manager: EntityManager,
  type: ContentType,
  id: number,
  viewer: Viewer,
): Promise<EntryRow | null> {
  return manager.findOne<EntryRow>(entityOf(type), {
    where: { id, ...ownedBy(viewer) },
    ...rowLock(manager),
  });
}

/** @throws {NotFoundError} when there is none */
export function mustExist(row: EntryRow | null): EntryRow {
  if (!row) throw new NotFoundError();
  return row;
}
