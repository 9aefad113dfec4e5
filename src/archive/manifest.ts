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

export function nameManifest(hour: number, part: number): string {
  return `${folderOf(hour)}/${number(part)}.json`;
}

/** Has the hash in it, so that two instances that write the same part at once do not overwrite each other's. */
export function namePart(part: number, sha256: string): string {
  return `${number(part)}-${sha256.slice(0, 16)}.ndjson.gz`;
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function number(part: number): string {
  return String(part).padStart(4, '0');
}
