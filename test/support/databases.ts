import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';

/** An empty database of a test's own. */
export interface TestDatabase {
  /** A `DATABASE_URL`. */
  url: string;
  drop(): Promise<void>;
}

/** A kind of database that the tests run against. */
export interface DatabaseKind {
  name: 'sqlite' | 'mysql';
  create(): Promise<TestDatabase>;
}

const SQLITE: DatabaseKind = {
  name: 'sqlite',
  create: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-sqlite-'));
    return {
      url: `sqlite:${join(folder, 'posthorn.sqlite')}`,
      drop: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

function mysqlAt(server: string): DatabaseKind {
  return {
    name: 'mysql',
    create: async () => {
      const name = `posthorn_${randomBytes(8).toString('hex')}`;
      await onServer(server, `CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`);
      const url = new URL(server);
      url.pathname = `/${name}`;
      return { url: url.href, drop: () => onServer(server, `DROP DATABASE IF EXISTS \`${name}\``) };
    },
  };
}

async function onServer(server: string, sql: string): Promise<void> {
  const url = new URL(server);
  const connection = await createConnection({
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

/** SQLite, and MySQL where the global setup found or started a server. */
export function availableDatabases(): DatabaseKind[] {
  const server = process.env['POSTHORN_TEST_MYSQL'];
  return server ? [SQLITE, mysqlAt(server)] : [SQLITE];
}

/** Runs a block of tests once for each kind of database that is there. */
export function describeOnEveryDatabase(name: string, block: (database: DatabaseKind) => void): void {
  for (const database of availableDatabases()) {
    describe(`${name} (${database.name})`, () => block(database));
  }
}
