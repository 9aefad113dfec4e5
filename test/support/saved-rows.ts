/** A row as a driver gives it, and takes it back. */
export type Row = Record<string, unknown>;

/** What a database's tables hold, by their names; tables without a row are not there. */
export type SavedRows = ReadonlyMap<string, readonly Row[]>;

/** What {@link restoreRows} needs of a database; foreign keys must not be checked while it works. */
export interface RowStore {
  tables(): Promise<string[]>;
  query(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Removes all rows, and counts ids from the beginning again. */
  empty(table: string): Promise<void>;
}

/** Where the version of the webhooks stands. */
const REGISTRY = 'webhook_registry';

/** Reads all rows of all tables. */
export async function saveRows(store: RowStore): Promise<SavedRows> {
  const saved = new Map<string, Row[]>();
  for (const table of await tablesWithRows(store)) {
    saved.set(table, await store.query(`SELECT * FROM \`${table}\``));
  }
  return saved;
}

/** Brings the rows back that were saved, and removes all others. */
export async function restoreRows(store: RowStore, saved: SavedRows): Promise<void> {
  const version = await registryVersion(store);
  for (const table of await tablesWithRows(store)) {
    // Its rows follow the schema, which no test changes.
    if (table === 'migrations') continue;
    await store.empty(table);
    for (const row of saved.get(table) ?? []) await insert(store, table, row);
  }
  // A version that was there before would let the application take its webhooks from memory.
  if (version !== null) await store.query(`UPDATE ${REGISTRY} SET version = ?`, [version + 1]);
}

async function tablesWithRows(store: RowStore): Promise<string[]> {
  const tables = await store.tables();
  if (tables.length === 0) return [];
  const questions = tables.map(
    (table) => `SELECT '${table}' AS name FROM (SELECT 1) AS one WHERE EXISTS (SELECT 1 FROM \`${table}\`)`,
  );
  const rows = await store.query(questions.join(' UNION ALL '));
  return rows.map(({ name }) => String(name));
}

async function registryVersion(store: RowStore): Promise<number | null> {
  const tables = await store.tables();
  if (!tables.includes(REGISTRY)) return null;
  const [row] = await store.query(`SELECT version FROM ${REGISTRY}`);
  return row ? Number(row['version']) : null;
}

async function insert(store: RowStore, table: string, row: Row): Promise<void> {
  const columns = Object.keys(row).map((name) => `\`${name}\``);
  const places = columns.map(() => '?');
  await store.query(
    `INSERT INTO \`${table}\` (${columns.join(',')}) VALUES (${places.join(',')})`,
    Object.values(row),
  );
}
