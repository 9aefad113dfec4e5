import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ArchiveError } from './archive-error.js';
import type { ArchiveStore } from './archive-store.js';

/** How often a file is written whose unfinished one was swept. */
const TRIES = 3;

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
      if (codeOf(error) === 'ENOENT') return null;
      throw this.explain(error);
    }
  }

  async write(name: string, bytes: Buffer): Promise<void> {
    try {
      await this.place(name, bytes, rename);
    } catch (error) {
      throw this.explain(error);
    }
  }

  async create(name: string, bytes: Buffer): Promise<boolean> {
    try {
      // A link is made whole or not at all, and never over another file.
      await this.place(name, bytes, link);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw this.explain(error);
    }
  }

  async remove(name: string): Promise<void> {
    const path = join(this.folder, name);
    try {
      await rm(path);
      await flushFolders(dirname(path), dirname(path));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw this.explain(error);
    }
  }

  async list(folder: string): Promise<string[]> {
    const entries = await this.entriesOf(folder);
    return entries.flatMap((entry) => (entry.isFile() && !isUnfinished(entry) ? [entry.name] : []));
  }

  async firstAfter(text: string, folder = ''): Promise<string | null> {
    const entries = (await this.entriesOf(folder)).map((entry) => {
      const name = folder + entry.name;
      return { entry, name: entry.isDirectory() ? `${name}/` : name };
    });
    for (const { entry, name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (isUnfinished(entry) || (name <= text && !text.startsWith(name))) continue;
      const found = entry.isDirectory() ? await this.firstAfter(text, name) : name;
      if (found !== null && found > text) return found;
    }
    return null;
  }

  async removeUnfinished(folder: string): Promise<void> {
    for (const entry of await this.entriesOf(folder)) {
      if (isUnfinished(entry)) await this.remove(`${folder}/${entry.name}`);
    }
  }

  private async entriesOf(folder: string): Promise<Dirent[]> {
    try {
      return await readdir(join(this.folder, folder), { withFileTypes: true });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw this.explain(error);
    }
  }

  private async place(
    name: string,
    bytes: Buffer,
    put: (from: string, to: string) => Promise<void>,
  ): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.placeOnce(name, bytes, put);
        return;
      } catch (error) {
        // An erasure has taken what is not in its place yet for a killed writer's.
        if (codeOf(error) !== 'ENOENT' || tries === TRIES) throw error;
      }
    }
  }

  /** Writes the bytes beside the place under a name of their own, to the disk, and then puts them there. */
  private async placeOnce(
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

  private explain(error: unknown): ArchiveError {
    return new ArchiveError(
      `The archive ${this.name} cannot be used: ${(error as Error).message}. Is the folder there, writable and not full?`,
      { cause: error },
    );
  }
}

/** Whether a writer has not put it to its place, or was stopped before. */
function isUnfinished({ name }: Dirent): boolean {
  return name.startsWith('.');
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
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
