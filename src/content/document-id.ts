import { createHash, randomFillSync } from 'node:crypto';

const LENGTH = 24;
const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';

/** The greatest multiple of 36 that a byte holds: beyond it the first letters would come more often. */
const FAIR = 252;

/** Asking the system for a few bytes costs as much as for some thousand. */
const pool = new Uint8Array(4096);
let used = pool.length;

function drawRandomBytes(count: number): Uint8Array {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}

/** A new entry's document id: 24 characters of `[a-z0-9]`, as Strapi 5 makes them. */
export function createDocumentId(bytes: (count: number) => Uint8Array = drawRandomBytes): string {
  let id = '';
  while (id.length < LENGTH) id += toLetters(bytes(LENGTH + 8));
  return id.slice(0, LENGTH);
}

/**
 * The document id of an entry that was made before there were any: always the same one for the same entry, so that it
 * holds from the first time that it is told, whether it was written down yet or not.
 */
export function deriveDocumentId(uid: string, entryId: number): string {
  let id = '';
  for (let round = 0; id.length < LENGTH; round += 1) {
    id += toLetters(createHash('sha256').update(`${uid}/${entryId}/${round}`).digest());
  }
  return id.slice(0, LENGTH);
}

function toLetters(bytes: Uint8Array): string {
  let letters = '';
  for (const byte of bytes) if (byte < FAIR) letters += LETTERS.charAt(byte % LETTERS.length);
  return letters;
}
