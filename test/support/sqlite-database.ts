import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { TestDatabase } from './databases.js';
import { restoreRows, type Row, type RowStore, type SavedRows, saveRows } from './saved-rows.js';
import { makeTemplate, migrate } from './schema-template.js';
import { testFolder } from './test-folder.js';

/** Makes a database file in a folder of its own. */
export async function sqliteDatabase({ isMigrated }: { isMigrated: boolean }): Promise<TestDatabase> {
  const folder = await mkdtemp(join(testFolder(), 'sqlite-'));
  const file = join(folder, 'posthorn.sqlite');
  if (isMigrated) await copyFile(await template(), file);
  let saved: SavedRows = new Map();
  return {
    url: `sqlite:${file}`,
    save: async () => {
      saved = await withStore(file, saveRows);
    },
    restore: () => withStore(file, (store) => restoreRows(store, saved)),
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A file to copy. */
function template(): Promise<string> {
  // Closed by the last of its connections, the file stands alone: nothing of it is in a journal beside it.
  return makeTemplate('sqlite', (file) => migrate(`sqlite:${file}`));
}

async function withStore<T>(file: string, work: (store: RowStore) => Promise<T>): Promise<T> {
  const connection = new Sqlite(file, { timeout: 5_000 });
  try {
    connection.pragma('foreign_keys = OFF');
    connection.exec('BEGIN IMMEDIATE');
    const result = await work(rowStore(connection));
    connection.exec('COMMIT');
    return result;
  } finally {
    connection.close();
  }
}

function rowStore(connection: Sqlite.Database): RowStore {
  const query = (sql: string, values: unknown[] = []): Row[] => {
    const statement = connection.prepare<unknown[], Row>(sql);
    if (statement.reader) return statement.all(values);
    statement.run(values);
    return [];
  };
  const tables = () =>
    query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").map(({ name }) =>
      String(name),
    );
  const countsIds = query("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").length > 0;
  return {
    tables: () => Promise.resolve(tables()),
    query: (sql, values) => Promise.resolve(query(sql, values)),
    empty: (table) => {
      query(`DELETE FROM \`${table}\``);
      if (countsIds) query('DELETE FROM sqlite_sequence WHERE name = ?', [table]);
      return Promise.resolve();
    },
  };
}
