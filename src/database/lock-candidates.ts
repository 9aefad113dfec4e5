/** How often candidates are read further on because other transactions hold those that were read before. */
export const MOST_LOOKS = 8;

/** What {@link lockCandidates} does with one kind of row. */
export interface CandidateSearch<Key, Row> {
  /** How many rows are wanted, at least 1. */
  most: number;
  /** Reads the keys of candidates without a lock, in the order in which they are wanted. */
  find(count: number, offset: number): Promise<Key[]>;
  /** Locks by their keys those that no other transaction holds and that still are what was looked for. */
  lock(keys: Key[]): Promise<Row[]>;
}

/**
 * Locks rows to work on, and waits for nobody. A read with `LIMIT … FOR UPDATE SKIP LOCKED` would do on MySQL, but
 * OceanBase takes the first rows and then leaves out those that are locked: a second worker would find nothing while the
 * first holds them. So candidates are read without a lock and locked by their keys, and where others hold them the next
 * candidates are read, until there are enough, or no more.
 */
export async function lockCandidates<Key, Row>({
  most,
  find,
  lock,
}: CandidateSearch<Key, Row>): Promise<Row[]> {
  const locked: Row[] = [];
  let offset = 0;
  for (let look = 0; look < MOST_LOOKS && locked.length < most; look += 1) {
    const count = most - locked.length;
    const keys = await find(count, offset);
    if (keys.length > 0) locked.push(...(await lock(keys)));
    if (keys.length < count) break;
    offset += keys.length;
  }
  return locked;
}
