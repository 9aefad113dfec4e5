/**
 * The most rows that one statement reads where nothing else bounds them. Vitess refuses an answer of more than 10,000, and
 * a long answer holds its connection and its rows in memory.
 */
export const ROWS_PER_READ = 5_000;

/**
 * Reads rows page by page, in the order of their keys.
 *
 * @param read gives at most so many rows after a key, or from the beginning where it is null
 */
export async function readInPages<Row, Key>(
  keyOf: (row: Row) => Key,
  read: (after: Key | null, most: number) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const last = rows.at(-1);
    const page = await read(last === undefined ? null : keyOf(last), ROWS_PER_READ);
    for (const row of page) rows.push(row);
    if (page.length < ROWS_PER_READ) return rows;
  }
}

/**
 * Reads rows for a long list of keys, so many keys at a time that an answer stays short.
 *
 * @param read gives at most one row for each key
 */
export async function readByParts<Row, Key>(
  keys: readonly Key[],
  read: (some: Key[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < keys.length; start += ROWS_PER_READ) {
    for (const row of await read(keys.slice(start, start + ROWS_PER_READ))) rows.push(row);
  }
  return rows;
}
