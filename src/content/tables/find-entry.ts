import { type EntityManager, type FindOptionsWhere, In, IsNull } from 'typeorm';
import { rowLock } from '../../database/row-lock.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { ownedBy, type Viewer } from '../../auth/tenancy.js';
import type { ContentType, EntryStatus } from '../content-type.js';
import { getEntityName, type EntryRow } from './content-entities.js';

/** The condition under which a row is one tenant's, or nobody's: unlike a viewer's, it is never everyone's. */
export function matchTenant(tenant: string | null): FindOptionsWhere<EntryRow> {
  return { tenant: tenant ?? IsNull() };
}

/** A version of an entry that exists for a viewer; null when there is none. */
export async function findEntry(
  manager: EntityManager,
  type: ContentType,
  status: EntryStatus,
  id: number,
  viewer: Viewer,
): Promise<EntryRow | null> {
  return manager.findOne<EntryRow>(getEntityName(type, status), { where: { id, ...ownedBy(viewer) } });
}

/**
 * An entry that exists for a viewer, kept for this transaction: overlapping changes wait for it. Of a type with drafts
 * it is the draft, and its published version is kept with it.
 *
 * @returns null when there is none
 */
export async function lockEntry(
  manager: EntityManager,
  type: ContentType,
  id: number,
  viewer: Viewer,
): Promise<EntryRow | null> {
  return manager.findOne<EntryRow>(getEntityName(type, 'draft'), {
    where: { id, ...ownedBy(viewer) },
    ...rowLock(manager),
  });
}

/** Several entries as {@link lockEntry} does it, in the order of their ids, in which everyone keeps them. */
export async function lockEntries(
  manager: EntityManager,
  type: ContentType,
  ids: readonly number[],
  viewer: Viewer,
): Promise<EntryRow[]> {
  return manager.find<EntryRow>(getEntityName(type, 'draft'), {
    where: { id: In([...ids]), ...ownedBy(viewer) },
    order: { id: 'ASC' },
    ...rowLock(manager),
  });
}

/** The one entry of a single type that a tenant has; null when it has none. */
export async function findSingle(
  manager: EntityManager,
  type: ContentType,
  status: EntryStatus,
  tenant: string | null,
): Promise<EntryRow | null> {
  return manager.findOne<EntryRow>(getEntityName(type, status), { where: matchTenant(tenant) });
}

/** @throws {NotFoundError} when there is none */
export function requireEntry(row: EntryRow | null): EntryRow {
  if (!row) throw new NotFoundError();
  return row;
}
