import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DamagedPartError } from './archive-error.js';
import { indexLines } from './archive-lines.js';
import type { ArchiveStore } from './archive-store.js';
import {
  folderOf,
  hashOf,
  nameManifest,
  nameMark,
  namePart,
  nameRewrite,
  type PartManifest,
  toBytes,
} from './manifest.js';

const unzip = promisify(gunzip);

/** Hours and parts whose contents are remembered: history is gone through in the order of time. */
const HOURS_KEPT = 48;
const PARTS_KEPT = 4;

/** What the manifest of a new part says that its bytes do not. */
export type AboutPart = Pick<
  PartManifest,
  'unpackedBytes' | 'after' | 'through' | 'firstId' | 'lastId' | 'counts' | 'writtenAt'
>;

/** A part that a process has begun. */
export interface BegunPart {
  number: number;
  /** The name of the file that says so. */
  mark: string;
}

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
      const part = await this.readManifest(hour, found.length + 1);
      if (!part) break;
      found.push(part);
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

  /** Forgets what it knows of an hour: others may have written there. */
  forget(hour: number): void {
    this.manifests.delete(hour);
  }

  /**
   * Begins a part: leaves a mark that tells an erasure that a process reads what it is to write. Only what is read
   * afterwards may be added as this part.
   */
  async begin(hour: number): Promise<BegunPart> {
    const number = (await this.partsOf(hour)).length + 1;
    const mark = nameMark(hour, number, randomUUID());
    await this.store.write(mark, Buffer.alloc(0));
    return { number, mark };
  }

  /** Ends a part that was begun and is not to be added. */
  async abandon({ mark }: BegunPart): Promise<void> {
    await this.store.remove(mark);
  }

  /**
   * Adds a part: writes it, reads it back, compares its hash, and writes its manifest, with which it counts.
   *
   * @returns false: another instance has written a part of this number, or an erasure has, and this one does not count
   */
  async add(hour: number, { number, mark }: BegunPart, zipped: Buffer, about: AboutPart): Promise<boolean> {
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
    await this.writeVerified(hour, part, zipped);
    await this.store.create(nameManifest(hour, number), toBytes(part));
    // A server may have created it and have been asked again: what stands there is what counts.
    this.forget(hour);
    const isCounting = (await this.partsOf(hour))[number - 1]?.file === part.file;
    if (!isCounting) await this.store.remove(`${folderOf(hour)}/${part.file}`);
    await this.store.remove(mark);
    return isCounting;
  }

  /** Writes the file of a part, reads it back and compares its hash. @throws {DamagedPartError} when it differs */
  async writeVerified(hour: number, part: PartManifest, zipped: Buffer): Promise<void> {
    await this.store.write(`${folderOf(hour)}/${part.file}`, zipped);
    if (!(await this.readFile(hour, part))) throw this.damaged(hour, part, true);
  }

  /**
   * Reads a part, as it is now where an erasure has rewritten it meanwhile.
   *
   * @returns its lines
   * @throws {DamagedPartError} when it is not what its manifest says
   */
  async readPart(hour: number, part: PartManifest): Promise<string> {
    for (let current = part; ;) {
      const bytes = await this.readFile(hour, current);
      if (bytes) return (await unzip(bytes)).toString('utf8');
      this.forget(hour);
      const newest = (await this.partsOf(hour))[part.part - 1];
      if (!newest || newest.file === current.file) {
        throw this.damaged(hour, current, (await this.store.read(nameOf(hour, current))) !== null);
      }
      current = newest;
    }
  }

  /** The manifest that counts: that of the last rewriting. */
  private async readManifest(hour: number, number: number): Promise<PartManifest | null> {
    let found = parse(await this.store.read(nameManifest(hour, number)));
    let next = found;
    while (next) {
      found = next;
      next = parse(await this.store.read(nameRewrite(hour, number, (found.rewrites ?? 0) + 1)));
    }
    return found;
  }

  /** @returns the bytes of a part; null: they are missing, or others than its manifest says */
  private async readFile(hour: number, part: PartManifest): Promise<Buffer | null> {
    const bytes = await this.store.read(nameOf(hour, part));
    return bytes && hashOf(bytes) === part.sha256 ? bytes : null;
  }

  private damaged(hour: number, part: PartManifest, isThere: boolean): DamagedPartError {
    const name = nameOf(hour, part);
    return new DamagedPartError(
      name,
      `The part ${name} of the archive ${this.store.name} ${isThere ? 'has another hash than its manifest says' : 'is missing'}. Nothing that it should have is removed from the database. Put it back, or remove its manifests (${nameManifest(hour, part.part).replace(/json$/, '*json')}) and all later ones of that hour: what the database still has is then archived anew.`,
    );
  }

  private async indexOf(hour: number, part: PartManifest): Promise<Map<string, string>> {
    const known = this.versions.get(part.sha256);
    if (known) return known;
    const index = indexLines(await this.readPart(hour, part));
    keep(this.versions, part.sha256, index, PARTS_KEPT);
    return index;
  }
}

function nameOf(hour: number, { file }: PartManifest): string {
  return `${folderOf(hour)}/${file}`;
}

function parse(bytes: Buffer | null): PartManifest | null {
  return bytes && (JSON.parse(bytes.toString('utf8')) as PartManifest);
}

function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
