import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { PrivateMysql } from '../support/private-mysql.mjs';
import { findPostgres, startPostgres } from '../support/private-postgres.mjs';

const DATABASE = 'strapi';

/** Strapi's tables on a private server. */
export class MysqlTables {
  static async create(folder) {
    const server = await PrivateMysql.create([], { parent: folder });
    await server.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`);
    return new MysqlTables(server);
  }

  constructor(server) {
    this.server = server;
    const connection = {
      host: '127.0.0.1',
      port: server.port,
      user: 'root',
      password: '',
      database: DATABASE,
    };
    this.connection = { client: 'mysql', connection };
  }

  query(sql) {
    return this.server.query(sql.replaceAll(/(FROM|UPDATE) /g, `$1 ${DATABASE}.`));
  }

  remove() {
    return this.server.remove();
  }
}

/** Strapi's tables on a private server, in a schema that is not the default one. */
export class PostgresTables {
  static async create() {
    const server = await startPostgres(findPostgres());
    const pool = new pg.Pool({ connectionString: server.url, options: `-c search_path=${DATABASE}` });
    // The server's end cuts idle connections off.
    pool.on('error', () => {});
    await pool.query(`CREATE SCHEMA ${DATABASE}`);
    return new PostgresTables(server, pool);
  }

  constructor(server, pool) {
    this.server = server;
    this.pool = pool;
    this.connection = {
      client: 'postgres',
      connection: { connectionString: server.url, schema: DATABASE },
    };
  }

  async query(sql) {
    return (await this.pool.query(sql)).rows;
  }

  async remove() {
    await this.pool.end();
    await this.server.stop();
  }
}

/** Strapi's tables in a file. */
export class SqliteTables {
  static create(folder) {
    return new SqliteTables(join(folder, 'strapi.db'));
  }

  constructor(filename) {
    this.filename = filename;
    this.connection = { client: 'sqlite', connection: { filename }, useNullAsDefault: true };
  }

  query(sql) {
    return readAll(this.filename, sql);
  }

  remove() {}
}

/** What Posthorn has recorded: read after its end. */
export function readPosthorn(folder) {
  const file = join(folder, 'data-1', 'posthorn.sqlite');
  return {
    events: readAll(
      file,
      "SELECT id, type, snapshot FROM webhook_events WHERE type NOT LIKE 'webhook.%' ORDER BY id",
    ),
    keys: readAll(file, 'SELECT key_hash, event_id FROM webhook_idempotency_keys'),
  };
}

function readAll(file, sql) {
  const database = new Sqlite(file, { readonly: true, timeout: 10_000 });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}
