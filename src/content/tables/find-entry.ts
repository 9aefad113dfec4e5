import { type EntityManager, type FindOptionsWhere, IsNull } from 'typeorm';
import { rowLock } from '../../database/row-lock.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import type { ContentType, EntryStatus } from '../content-type.js';
import { getEntityName, type EntryRow } from './content-entities.js';
import { findRowsById } from './find-rows.js';

/**
 * The condition for rows of one tenant, or without a tenant for null. Unlike a viewer's condition it never matches all.
 */
export function matchTenant(tenant: string | null): FindOptionsWhere<EntryRow> {
  return { tenant: tenant ?? IsNull() };
}

/**
 * Finds a version of an entry that exists for a viewer.
 *
 * @returns null when it does not exist
 */
export async function findEntry(
  manager: EntityManager,
  type: ContentType,
  status: EntryStatus,
  id: number,
  viewer: Viewer,
): Promise<EntryRow | null> {
  return manager.findOne<EntryRow>(getEntityName(type, status), {
    where: { id, ...restrictToTenant(viewer) },
  });
}

/**
 * Finds an entry that exists for a viewer and locks its row for the transaction, so that concurrent changes wait. With
 * draft and publish it is the draft, whose lock guards the published version too.
 *
 * @returns null when it does not exist
 */
export async function lockEntry(
  manager: EntityManager,
  type: ContentType,
  id: number,
  viewer: Viewer,
): Promise<EntryRow | null> {
  return manager.findOne<EntryRow>(getEntityName(type, 'draft'), {
    where: { id, ...restrictToTenant(viewer) },
    ...rowLock(manager),
  });
}

/**
 * {@link lockEntry} for several entries, in the order of their ids: one lock order avoids deadlocks.
 *
 * @throws {AmplificationError} when the entries are too much to hold in memory
 */
export async function lockEntries(
  manager: EntityManager,
  type: ContentType,
  ids: readonly number[],
  viewer: Viewer,
): Promise<EntryRow[]> {
  const options = { where: restrictToTenant(viewer), ...rowLock(manager) };
  return findRowsById(manager, getEntityName(type, 'draft'), ids, options);
}

/**
 * Finds a tenant's entry of a single type.
 *
 * @returns null when it does not exist
 */
export async function findSingle(
  manager: EntityManager,
  type: ContentType,
  status: EntryStatus,
  tenant: string | null,
): Promise<EntryRow | null> {
  return manager.findOne<EntryRow>(getEntityName(type, status), { where: matchTenant(tenant) });
}

/** @throws {NotFoundError} when the row is null */
export function requireEntry(row: EntryRow | null): EntryRow {
  if (!row) throw new NotFoundError();
  return row;
}
