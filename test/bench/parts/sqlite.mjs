import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { EVENT_COLUMNS, eventRows } from './recorded-events.mjs';

/** An SQLite file of its own, with the face of the MySQL one. Its tables are made by the instance that opens it. */
export function createSqlite(scope) {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-bench-sqlite-'));
  const file = join(folder, 'posthorn.sqlite');
  const connection = new Database(file, { timeout: 10_000 });
  scope.defer(() => {
    connection.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const query = async (sql, values = []) => {
    const statement = connection.prepare(sql);
    return statement.reader ? statement.all(...values) : statement.run(...values);
  };
  return {
    url: `sqlite:${file}`,
    pid: null,
    query,
    async insertEvents(count, tenants) {
      const insert = connection.prepare(
        `INSERT INTO webhook_events (${EVENT_COLUMNS.join(',')}) VALUES (${EVENT_COLUMNS.map(() => '?').join(',')})`,
      );
      const insertAll = connection.transaction((rows) => rows.forEach((row) => insert.run(...row)));
      let first;
      for (const rows of eventRows(count, tenants)) {
        first ??= rows[0][0];
        insertAll(rows);
      }
      return first;
    },
    counters: async () => null,
  };
}
