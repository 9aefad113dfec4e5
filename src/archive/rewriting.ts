import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ArchiveCatalogue } from './catalogue.js';
import {
  folderOf,
  hashOf,
  hourOfName,
  nameManifest,
  namePart,
  nameRewrite,
  type PartCounts,
  type PartManifest,
  parseMarkName,
  parsePartName,
  toBytes,
} from './manifest.js';

const zip = promisify(gzip);

/** Comes behind the names of all files of a folder. */
const LAST = '~';

/** Hours, oldest first, that have files, after one; null: there are none. */
export async function nextHour(catalogue: ArchiveCatalogue, after: number | null): Promise<number | null> {
  const text = after === null ? '' : `${folderOf(after)}/${LAST}`;
  const name = await catalogue.store.firstAfter(text);
  const hour = name === null ? Number.NaN : hourOfName(name);
  return Number.isNaN(hour) ? null : hour;
}

/**
 * Sees to it that nothing that was read from the database before now is added to an hour later: a part that was begun and
 * not finished gets its number taken by a part without lines. Its writer finds that it does not count, and begins anew.
 *
 * @param now epoch milliseconds
 * @returns the names of the hour's files, for {@link removeSuperseded}
 */
export async function closeBegunParts(
  catalogue: ArchiveCatalogue,
  hour: number,
  now: number,
): Promise<string[]> {
  const folder = folderOf(hour);
  const names = await catalogue.store.list(folder);
  catalogue.forget(hour);
  await catalogue.store.removeUnfinished(folder);
  for (const name of names) {
    const number = parseMarkName(name);
    if (number === null) continue;
    const mark = `${folder}/${name}`;
    if ((await catalogue.partsOf(hour)).length >= number) await catalogue.store.remove(mark);
    else await catalogue.add(hour, { number, mark }, await zip(''), { ...EMPTY, writtenAt: now });
  }
  return names;
}

const EMPTY = {
  unpackedBytes: 0,
  after: '',
  through: '',
  firstId: '',
  lastId: '',
  counts: { events: 0, bodies: 0, deliveries: 0, attempts: 0 },
};

/**
 * Puts other lines in place of those of a part: writes them as a file, reads it back and compares its hash, and creates the
 * manifest of the rewriting, with which it counts. Until then the part is as it was. The file before stays until
 * {@link removeSuperseded}.
 *
 * @param part as it was read
 * @param text the lines, with the same ids and versions
 * @returns false: another instance has rewritten the part since it was read, and these lines do not count
 */
export async function rewritePart(
  catalogue: ArchiveCatalogue,
  hour: number,
  part: PartManifest,
  text: string,
  counts: PartCounts,
): Promise<boolean> {
  const zipped = await zip(text);
  const sha256 = hashOf(zipped);
  const rewrites = (part.rewrites ?? 0) + 1;
  const rewritten: PartManifest = {
    ...part,
    file: namePart(part.part, sha256, rewrites),
    sha256,
    bytes: zipped.length,
    unpackedBytes: Buffer.byteLength(text),
    counts,
    rewrites,
  };
  await catalogue.writeVerified(hour, rewritten, zipped);
  const { store } = catalogue;
  await store.create(nameRewrite(hour, part.part, rewrites), toBytes(rewritten));
  catalogue.forget(hour);
  // A server may have created it and have been asked again: what stands there is what counts.
  const counting = (await catalogue.partsOf(hour))[part.part - 1];
  if (counting?.file !== rewritten.file) {
    await store.remove(`${folderOf(hour)}/${rewritten.file}`);
    return false;
  }
  // For who looks into the folder. A late one does no harm: the manifests of rewritings are read from there on.
  await store.write(nameManifest(hour, part.part), toBytes(rewritten));
  return true;
}

/**
 * Removes files of a part that do not count and never will: those before its last rewriting, and those of writers who were
 * late or stopped.
 *
 * @param names of the hour's files
 */
export async function removeSuperseded(
  catalogue: ArchiveCatalogue,
  hour: number,
  number: number,
  names: readonly string[],
): Promise<void> {
  const current = (await catalogue.partsOf(hour))[number - 1];
  if (!current) return;
  for (const name of names) {
    const file = parsePartName(name);
    if (file?.part !== number || file.rewrites > (current.rewrites ?? 0) || name === current.file) continue;
    await catalogue.store.remove(`${folderOf(hour)}/${name}`);
  }
}
