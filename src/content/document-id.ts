import { createHash, randomFillSync } from 'node:crypto';

const LENGTH = 24;
const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Bytes from here on are dropped (rejection sampling): 252 is a multiple of 36, so all letters are equally likely. */
const FAIR = 252;

/** Random bytes are drawn in blocks: a small request costs as much as a large one. */
const pool = new Uint8Array(4096);
let used = pool.length;

/** Generates the document id of a new entry: 24 random characters of `[a-z0-9]`, in Strapi 5's form. */
export function createDocumentId(bytes: (count: number) => Uint8Array = drawRandomBytes): string {
  let id = '';
  while (id.length < LENGTH) id += toLetters(bytes(LENGTH + 8));
  return id.slice(0, LENGTH);
}

/**
 * Derives the document id of an entry that is older than document ids. The result depends on the entry only (SHA-256),
 * so it is the same before and after the upgrade has stored it.
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

function drawRandomBytes(count: number): Uint8Array {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}
