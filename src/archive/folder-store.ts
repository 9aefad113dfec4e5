import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ArchiveStore } from './archive-store.js';

/** An archive in a folder. Whoever may read the folder may read all history: it is made for its owner alone. */
export class FolderStore implements ArchiveStore {
  readonly name: string;

  constructor(private readonly folder: string) {
    this.name = pathToFileURL(folder).href;
  }

  async read(name: string): Promise<Buffer | null> {
    try {
      return await readFile(join(this.folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async write(name: string, bytes: Buffer): Promise<void> {
    await this.place(name, bytes, rename);
  }

  async create(name: string, bytes: Buffer): Promise<boolean> {
    try {
      // A link is made whole or not at all, and never over another file.
      await this.place(name, bytes, link);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Writes the bytes beside the place under a name of their own, to the disk, and then puts them there. */
  private async place(
    name: string,
    bytes: Buffer,
    put: (from: string, to: string) => Promise<void>,
  ): Promise<void> {
    const path = join(this.folder, name);
    const folder = dirname(path);
    const unfinished = join(folder, `.${randomUUID()}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const file = await open(unfinished, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await put(unfinished, path);
      await flushFolders(this.folder, folder);
    } finally {
      await rm(unfinished, { force: true });
    }
  }
}

/** A name is on the disk only once its folder is, and that folder's name in the one above. */
async function flushFolders(top: string, folder: string): Promise<void> {
  for (let one = folder; one.length >= top.length; one = dirname(one)) {
    const handle = await open(one, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (one === dirname(one)) return;
  }
}
