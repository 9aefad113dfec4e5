import type { EntityManager } from 'typeorm';
import { FileLinkEntity } from '../file.entity.js';

/** A field of an entry. */
export interface Place {
  uid: string;
  entryId: number;
  field: string;
}

/** Replaces the files of a field. The caller has locked the entry. */
export async function replaceLinks(
  manager: EntityManager,
  place: Place,
  fileIds: readonly number[],
): Promise<void> {
  await manager.delete(FileLinkEntity, toPlace(place));
  await insertLinks(manager, place, fileIds, 0);
}

/** Appends files to a field. The caller has locked the entry. */
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
