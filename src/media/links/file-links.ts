import type { EntityManager } from 'typeorm';
import { FileLinkEntity } from '../file.entity.js';

/** A field of an entry. */
export interface Place {
  uid: string;
  entryId: number;
  field: string;
}

/** Hangs files at a field instead of those that hang there. The entry is locked by then. */
export async function replaceLinks(
  manager: EntityManager,
  place: Place,
  fileIds: readonly number[],
): Promise<void> {
  await manager.delete(FileLinkEntity, toPlace(place));
  await insertLinks(manager, place, fileIds, 0);
}

/** Hangs files at a field behind those that hang there. The entry is locked by then. */
export async function appendLinks(
  manager: EntityManager,
  place: Place,
  fileIds: readonly number[],
): Promise<void> {
  const last = await manager.maximum(FileLinkEntity, 'position', toPlace(place));
  await insertLinks(manager, place, fileIds, last === null ? 0 : Number(last) + 1);
}

async function insertLinks(
  manager: EntityManager,
  place: Place,
  fileIds: readonly number[],
  first: number,
): Promise<void> {
  if (fileIds.length === 0) return;
  const links = fileIds.map((fileId, index) => ({ fileId, ...toPlace(place), position: first + index }));
  await manager.insert(FileLinkEntity, links);
}

function toPlace({ uid, entryId, field }: Place): Place {
  return { uid, entryId, field };
}
