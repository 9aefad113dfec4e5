import { readFile, writeFile } from 'node:fs/promises';
import { createConnection, type Connection } from 'mysql2/promise';
import type { TestDatabase } from './databases.js';
import { restoreRows, type Row, type RowStore, type SavedRows, saveRows } from './saved-rows.js';
import { makeTemplate, migrate } from './schema-template.js';

/**
 * Makes a database on a server.
 *
 * @param server the server's URL, without a database
 */
export async function mysqlDatabase(
  server: string,
  name: string,
  { isMigrated }: { isMigrated: boolean },
): Promise<TestDatabase> {
  const schema = isMigrated ? await template(server) : '';
  await onServer(server, async (connection) => {
    await createDatabase(connection, name);
    if (schema !== '') await connection.query(`USE \`${name}\`; ${schema}`);
  });
  let saved: SavedRows = new Map();
  const inDatabase = <T>(work: (store: RowStore) => Promise<T>) =>
    onServer(server, async (connection) => {
      await connection.query(`USE \`${name}\`; SET FOREIGN_KEY_CHECKS = 0`);
      return work(rowStore(connection));
    });
  return {
    url: urlOf(server, name),
    save: async () => {
      saved = await inDatabase(saveRows);
    },
    restore: () => inDatabase((store) => restoreRows(store, saved)),
    drop: () => onServer(server, (connection) => dropDatabase(connection, name)),
  };
}

/** The statements that make the schema: migrating takes seconds, running them a fraction of one. */
async function template(server: string): Promise<string> {
  const file = await makeTemplate(`mysql-${new URL(server).port}`, async (into) => {
    const name = 'posthorn_template';
    await onServer(server, async (connection) => {
      await dropDatabase(connection, name);
      await createDatabase(connection, name);
      await migrate(urlOf(server, name));
      await connection.query(`USE \`${name}\``);
      await writeFile(into, await dump(connection));
      await dropDatabase(connection, name);
    });
  });
  return readFile(file, 'utf8');
}

/** Every table of the current database with its rows, as statements. */
async function dump(connection: Connection): Promise<string> {
  const store = rowStore(connection);
  const statements = ['SET FOREIGN_KEY_CHECKS = 0'];
  for (const table of await store.tables()) {
    const [made] = await store.query(`SHOW CREATE TABLE \`${table}\``);
    statements.push(String(made?.['Create Table']));
    for (const row of await store.query(`SELECT * FROM \`${table}\``)) {
      statements.push(connection.format('INSERT INTO ?? SET ?', [table, row]));
    }
  }
  return statements.join(';\n');
}

function rowStore(connection: Connection): RowStore {
  const query = async (sql: string, values: unknown[] = []): Promise<Row[]> => {
    const [rows] = await connection.query(sql, values);
    return Array.isArray(rows) ? (rows as Row[]) : [];
  };
  let countingIds: Promise<Set<string>> | undefined;
  return {
    tables: async () => {
      const rows = await query(
        "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
      );
      return rows.map(({ name }) => String(name));
    },
    query,
    empty: async (table) => {
      countingIds ??= tablesWithCountedIds(query);
      // A TRUNCATE makes the table anew and takes ten times as long, but alone counts ids from 1 again.
      const isCounting = (await countingIds).has(table);
      await query(isCounting ? `TRUNCATE TABLE \`${table}\`` : `DELETE FROM \`${table}\``);
    },
  };
}

async function tablesWithCountedIds(query: RowStore['query']): Promise<Set<string>> {
  const rows = await query(
    "SELECT TABLE_NAME AS name FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND EXTRA LIKE '%auto_increment%'",
  );
  return new Set(rows.map(({ name }) => String(name)));
}

async function createDatabase(connection: Connection, name: string): Promise<void> {
  await connection.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`);
}

async function dropDatabase(connection: Connection, name: string): Promise<void> {
  await connection.query(`DROP DATABASE IF EXISTS \`${name}\``);
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function onServer<T>(server: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const url = new URL(server);
  const connection = await createConnection({
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    charset: 'utf8mb4',
    supportBigNumbers: true,
    multipleStatements: true,
  });
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}
