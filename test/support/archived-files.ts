import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ArchiveLine } from '../../src/archive/archive-lines.js';
import { ArchiveCatalogue } from '../../src/archive/catalogue.js';
import { FolderStore } from '../../src/archive/folder-store.js';
import { hourOfName } from '../../src/archive/manifest.js';

/** The files of an archive in a folder, whatever they are. */
export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name).slice(folder.length + 1)] : []))
    .toSorted();
}

/** The names of files in which a text stands, packed or not. */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await filesOf(folder)) {
    const bytes = await readFile(join(folder, name));
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    if ((isPacked ? gunzipSync(bytes) : bytes).includes(text)) found.push(name);
  }
  return found;
}

/** The lines of the parts that count, whose hashes are compared. */
export async function linesIn(folder: string): Promise<ArchiveLine[]> {
  const catalogue = new ArchiveCatalogue(new FolderStore(folder));
  const hours = new Set((await filesOf(folder)).map(hourOfName).filter((hour) => !Number.isNaN(hour)));
  const lines: ArchiveLine[] = [];
  for (const hour of hours) {
    for (const part of await catalogue.partsOf(hour)) {
      const text = (await catalogue.readPart(hour, part)).trim();
      if (text !== '') lines.push(...text.split('\n').map((line) => JSON.parse(line) as ArchiveLine));
    }
  }
  return lines;
}
