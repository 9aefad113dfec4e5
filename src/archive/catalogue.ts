import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ArchiveError } from './archive-error.js';
import { indexLines } from './archive-lines.js';
import type { ArchiveStore } from './archive-store.js';
import { folderOf, hashOf, nameManifest, namePart, type PartManifest } from './manifest.js';

const unzip = promisify(gunzip);

/** Hours and parts whose contents are remembered: history is gone through in the order of time. */
const HOURS_KEPT = 48;
const PARTS_KEPT = 4;

/** The parts of an archive, hour by hour. */
export class ArchiveCatalogue {
  private readonly manifests = new Map<number, PartManifest[]>();
  private readonly versions = new Map<string, Map<string, string>>();

  constructor(readonly store: ArchiveStore) {}

  /** The manifests of an hour, oldest part first. */
  async partsOf(hour: number): Promise<readonly PartManifest[]> {
    const known = this.manifests.get(hour);
    if (known) return known;
    const found: PartManifest[] = [];
    for (;;) {
      const bytes = await this.store.read(nameManifest(hour, found.length + 1));
      if (!bytes) break;
      found.push(JSON.parse(bytes.toString('utf8')) as PartManifest);
    }
    keep(this.manifests, hour, found, HOURS_KEPT);
    return found;
  }

  /** Whether an hour has something in a version. It is looked for in the parts themselves, whose hashes are compared. */
  async has(hour: number, id: string, version: string): Promise<boolean> {
    for (const part of await this.partsOf(hour)) {
      if (id <= part.after || id > part.through) continue;
      if ((await this.indexOf(hour, part)).get(id) === version) return true;
    }
    return false;
  }

  /**
   * Adds a part: writes it, reads it back, compares its hash, and writes its manifest, with which it counts.
   *
   * @returns false: another instance has written a part of this number, and this one does not count
   */
  async add(
    hour: number,
    zipped: Buffer,
    about: Pick<
      PartManifest,
      'unpackedBytes' | 'after' | 'through' | 'firstId' | 'lastId' | 'counts' | 'writtenAt'
    >,
  ): Promise<boolean> {
    const number = (await this.partsOf(hour)).length + 1;
    const sha256 = hashOf(zipped);
    const part: PartManifest = {
      format: 1,
      hour: new Date(hour).toISOString(),
      part: number,
      file: namePart(number, sha256),
      sha256,
      bytes: zipped.length,
      ...about,
    };
    await this.store.write(`${folderOf(hour)}/${part.file}`, zipped);
    await this.readPart(hour, part);
    const manifest = Buffer.from(`${JSON.stringify(part, null, 2)}\n`);
    const isCreated = await this.store.create(nameManifest(hour, number), manifest);
    // Read again: what stands there is what counts.
    this.manifests.delete(hour);
    return isCreated;
  }

  /**
   * Reads a part.
   *
   * @returns its lines
   * @throws {ArchiveError} when it is not what its manifest says
   */
  async readPart(hour: number, part: PartManifest): Promise<string> {
    const name = `${folderOf(hour)}/${part.file}`;
    const bytes = await this.store.read(name);
    if (!bytes || hashOf(bytes) !== part.sha256) {
      throw new ArchiveError(
        `The part ${name} of the archive ${this.store.name} ${bytes ? 'has another hash than its manifest says' : 'is missing'}. Nothing that it should have is removed from the database. Put it back, or remove the manifest ${nameManifest(hour, part.part)} and all later ones of that hour: what the database still has is then archived anew.`,
      );
    }
    return (await unzip(bytes)).toString('utf8');
  }

  private async indexOf(hour: number, part: PartManifest): Promise<Map<string, string>> {
    const known = this.versions.get(part.sha256);
    if (known) return known;
    const index = indexLines(await this.readPart(hour, part));
    keep(this.versions, part.sha256, index, PARTS_KEPT);
    return index;
  }
}

function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
