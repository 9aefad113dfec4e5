import { createHash } from 'node:crypto';

export const HOUR_MS = 3_600_000;

/** What a part of an hour has. A part without a manifest does not count: whoever wrote it was stopped. */
export interface PartManifest {
  format: 1;
  /** The hour of the ids in it, ISO 8601: `2026-11-30T22:00:00.000Z`. */
  hour: string;
  /** Counted from 1 within the hour. */
  part: number;
  /** The name of the part beside the manifest: `0001-3f2a….ndjson.gz`. */
  file: string;
  /** Of the file as it stands there, hex. */
  sha256: string;
  /** Of the file as it stands there, and unpacked. */
  bytes: number;
  unpackedBytes: number;
  /** Every id in it is larger than `after`, and at most `through`. */
  after: string;
  through: string;
  firstId: string;
  lastId: string;
  counts: PartCounts;
  /** Epoch milliseconds. */
  writtenAt: number;
  /** How often erasures have rewritten it; missing: never. */
  rewrites?: number;
}

export interface PartCounts {
  events: number;
  bodies: number;
  deliveries: number;
  attempts: number;
}

/** The start of the hour of a time, both UTC epoch milliseconds. */
export function hourOf(time: number): number {
  return time - (time % HOUR_MS);
}

/** The folder of an hour: `2026/11/30/22`. */
export function folderOf(hour: number): string {
  return new Date(hour).toISOString().slice(0, 13).replace(/[-T]/g, '/');
}

/** The hour of a folder's name, or of a file in it; NaN: it is none. */
export function hourOfName(name: string): number {
  const [, year, month, day, hour] = /^(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)(?:\/|$)/.exec(name) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:00:00.000Z`);
}

/** The manifest of a part. It is created once, and written anew when the part was rewritten. */
export function nameManifest(hour: number, part: number): string {
  return `${folderOf(hour)}/${number(part)}.json`;
}

/** The manifest of a part that was rewritten. It is created once, which decides who has rewritten it, and stays. */
export function nameRewrite(hour: number, part: number, rewrites: number): string {
  return `${folderOf(hour)}/${number(part)}.r${number(rewrites)}.json`;
}

/**
 * Has the hash in it, so that two instances that write the same part at once do not overwrite each other's, and which
 * rewriting it is of, so that a name is never written again once another file counts.
 */
export function namePart(part: number, sha256: string, rewrites = 0): string {
  const rewriting = rewrites === 0 ? '' : `r${number(rewrites)}-`;
  return `${number(part)}-${rewriting}${sha256.slice(0, 16)}.ndjson.gz`;
}

/** The part and the rewriting of a file; null: it is no part. */
export function parsePartName(file: string): { part: number; rewrites: number } | null {
  const found = /^(\d+)-(?:r(\d+)-)?[0-9a-f]{16}\.ndjson\.gz$/.exec(file);
  return found && { part: Number(found[1]), rewrites: Number(found[2] ?? 0) };
}

/** Says that a process has begun to read what it is to write as a part. */
export function nameMark(hour: number, part: number, token: string): string {
  return `${folderOf(hour)}/${number(part)}-${token}.begun`;
}

/** The part that a mark is of; null: it is no mark. */
export function parseMarkName(file: string): number | null {
  const found = /^(\d+)-[0-9a-f-]{36}\.begun$/.exec(file);
  return found && Number(found[1]);
}

export function toBytes(manifest: PartManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function number(part: number): string {
  return String(part).padStart(4, '0');
}
