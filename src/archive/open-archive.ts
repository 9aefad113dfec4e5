import { ArchiveError } from './archive-error.js';
import type { ArchiveStore } from './archive-store.js';
import { parseArchiveUrl } from './archive-url.js';
import { FolderStore } from './folder-store.js';

const MARK = 'posthorn-archive.json';
const MARK_TEXT = `${JSON.stringify({ format: 1, about: 'History of Posthorn: by hour (UTC), each part with its manifest.' })}\n`;

/** Opens the archive of a URL. Nothing is written. */
export async function openArchive(url: string): Promise<ArchiveStore> {
  const place = parseArchiveUrl(url);
  if (place.kind === 'folder') return new FolderStore(place.path);
  // Loaded only here: few use it, and it loads a large package.
  const { openS3Store } = await import('./s3-store.js');
  return openS3Store(place);
}

/**
 * Opens the archive of a URL for writing, and marks it as one.
 *
 * @throws {ArchiveError} where the store lets one file be created twice: two instances would overwrite each other's
 */
export async function openArchiveToWrite(url: string): Promise<ArchiveStore> {
  const store = await openArchive(url);
  const bytes = Buffer.from(MARK_TEXT);
  if ((await store.create(MARK, bytes)) && (await store.create(MARK, bytes))) {
    throw new ArchiveError(
      `The archive ${store.name} lets a file be created twice (it ignores If-None-Match), so two instances could overwrite each other's. Nothing is archived or removed. Use a server that refuses it, as Amazon's and MinIO do.`,
    );
  }
  return store;
}
