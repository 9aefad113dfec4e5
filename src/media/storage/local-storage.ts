import { randomUUID } from 'node:crypto';
import { constants, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { MEDIA_OPTIONS, type MediaOptions } from '../media-options.js';
import { getIncomingFolder } from './incoming-files.js';
import { type BytesReplacement, StorageProvider, type StoredFile } from './storage-provider.js';

/** The file names of this provider. Only these are served, so no path traversal is possible. */
const FILE_NAME = /^((thumbnail|small|medium|large)_)?[0-9a-f]{32}(\.[A-Za-z0-9]{1,16})?$/;

const A_DAY_MS = 24 * 60 * 60 * 1_000;

/** Storage provider on the local file system; `UploadsController` serves the files under `/uploads`. */
@Injectable()
export class LocalStorage extends StorageProvider implements OnModuleInit {
  override readonly name = 'local';
  /** The folder's absolute path. */
  readonly folder: string;

  constructor(@Inject(MEDIA_OPTIONS) { uploadsDir }: MediaOptions) {
    super();
    this.folder = resolve(uploadsDir);
  }

  /** Creates the folders and removes files that killed processes left. */
  async onModuleInit(): Promise<void> {
    await mkdir(getIncomingFolder(this.folder), { recursive: true });
    await this.removeLeftovers();
  }

  override async store(tempPath: string, file: StoredFile) {
    const name = toFileName(file);
    await rename(tempPath, join(this.folder, name));
    return { url: `/uploads/${name}`, providerMetadata: null };
  }

  override async replace(tempPath: string, file: StoredFile): Promise<BytesReplacement> {
    const path = join(this.folder, toFileName(file));
    // If the process dies before `settle`, `removeLeftovers` removes the copy.
    const old = join(getIncomingFolder(this.folder), randomUUID());
    const hadBytes = await copyIfPresent(path, old);
    await rename(tempPath, path);
    return {
      providerMetadata: null,
      undo: async () => {
        await copyIfPresent(path, tempPath);
        if (hadBytes) await rename(old, path);
      },
      settle: () => rm(old, { force: true }),
    };
  }

  override async remove(file: StoredFile): Promise<void> {
    await rm(join(this.folder, toFileName(file)), { force: true });
  }

  /** Whether a name in a URL is a valid file name of this provider. */
  isFileName(name: string): boolean {
    return FILE_NAME.test(name);
  }

  /** Removes incoming files that are older than a day: no upload takes that long, in any instance. */
  private async removeLeftovers(): Promise<void> {
    const folder = getIncomingFolder(this.folder);
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const found = await stat(path).catch(() => null);
      if (found && Date.now() - found.mtimeMs > A_DAY_MS) await rm(path, { force: true });
    }
  }
}

/**
 * Copies a file.
 *
 * @returns whether it existed: a file whose bytes are lost can still be replaced
 */
async function copyIfPresent(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function toFileName({ hash, ext }: StoredFile): string {
  return `${hash}${ext}`;
}
