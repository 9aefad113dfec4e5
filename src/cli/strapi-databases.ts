import { parseUrl } from '../http/parse-url.js';
import type { StrapiWebhookRow } from '../webhooks/imports/strapi-webhook.js';
import { CommandError } from './command.js';
import type { StrapiSource } from './strapi-webhooks.js';

/** The table in which Strapi 5 lists its own migrations; earlier versions have none. */
const OF_STRAPI_5 = 'strapi_migrations_internal';

const CONNECT_TIMEOUT_MS = 10_000;

/** A SQLite file. */
export function createSqliteSource(path: string): StrapiSource {
  return {
    shown: path,
    read: async () => {
      // A driver is loaded only when it is needed.
      const { default: Database } = await import('better-sqlite3');
      const database = new Database(path, { readonly: true, fileMustExist: true });
      try {
        const rows = database
          .prepare<[], StrapiWebhookRow>('SELECT * FROM strapi_webhooks ORDER BY id')
          .all();
        const marks = database
          .prepare<[string]>('SELECT 1 FROM sqlite_master WHERE name = ?')
          .all(OF_STRAPI_5);
        return { rows, isStrapi5: marks.length > 0 };
      } finally {
        database.close();
      }
    },
  };
}

/** @param from `mysql://user:pass@host:port/name` */
export function createMysqlSource(from: string): StrapiSource {
  const place = parsePlace(from, 'mysql://user:password@host:3306/name');
  if (place.parameters.size > 0) throw refuseParameter([...place.parameters.keys()][0] ?? '');
  return {
    shown: `mysql://${place.shown}`,
    read: async () => {
      const { createConnection } = await import('mysql2/promise');
      const { host, user, password, database } = place;
      const connection = await createConnection({
        host,
        port: place.port ?? 3306,
        user,
        password,
        database,
        charset: 'utf8mb4',
        connectTimeout: CONNECT_TIMEOUT_MS,
      });
      try {
        const [rows] = await connection.query('SELECT * FROM strapi_webhooks ORDER BY id');
        const [marks] = await connection.query(
          'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
          [OF_STRAPI_5],
        );
        return { rows: rows as StrapiWebhookRow[], isStrapi5: (marks as unknown[]).length > 0 };
      } finally {
        await connection.end();
      }
    },
  };
}

/** @param from `postgres://user:pass@host:port/name`, with or without `?schema=` and `?sslmode=` */
export function createPostgresSource(from: string): StrapiSource {
  const place = parsePlace(from, 'postgres://user:password@host:5432/name');
  const schema = place.parameters.get('schema') ?? 'public';
  const ssl = parseSslMode(place.parameters.get('sslmode'));
  for (const name of place.parameters.keys()) {
    if (name !== 'schema' && name !== 'sslmode') throw refuseParameter(name);
  }
  return {
    shown: `postgres://${place.shown}`,
    read: async () => {
      const { Client } = await loadPostgres();
      const { host, user, password, database } = place;
      const client = new Client({
        host,
        port: place.port ?? 5432,
        user,
        password,
        database,
        ssl,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      });
      await client.connect();
      try {
        await client.query('SET default_transaction_read_only = on');
        const table = `${client.escapeIdentifier(schema)}.strapi_webhooks`;
        const { rows } = await client.query<StrapiWebhookRow & object>(`SELECT * FROM ${table} ORDER BY id`);
        const marks = await client.query(
          'SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = $2',
          [schema, OF_STRAPI_5],
        );
        return { rows, isStrapi5: marks.rows.length > 0 };
      } finally {
        await client.end();
      }
    },
  };
}

/** Where a database server is. */
interface Place {
  /** `host:port/name` */
  shown: string;
  host: string;
  port: number | null;
  user: string;
  password: string;
  database: string;
  parameters: URLSearchParams;
}

function parsePlace(from: string, example: string): Place {
  const url = parseUrl(from);
  if (!url || url.hostname === '') throw new CommandError(`--from is no URL. It looks like ${example}.`);
  const database = decodePart(url.pathname.slice(1), example);
  return {
    shown: `${url.host}/${database}`,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? null : Number(url.port),
    user: decodePart(url.username, example),
    password: decodePart(url.password, example),
    database,
    parameters: url.searchParams,
  };
}

function decodePart(text: string, example: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new CommandError(
      `--from has a % that begins no code. It looks like ${example}; a % itself is written %25.`,
    );
  }
}

function parseSslMode(mode: string | undefined | null): boolean | { rejectUnauthorized: boolean } {
  switch (mode ?? 'disable') {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-full':
      return true;
    default:
      throw new CommandError('sslmode of --from can be disable (the default), require or verify-full.');
  }
}

function refuseParameter(name: string): CommandError {
  return new CommandError(
    `--from has the parameter ${name}, which is unknown: PostgreSQL takes schema and sslmode, MySQL none.`,
  );
}

async function loadPostgres(): Promise<(typeof import('pg'))['default']> {
  try {
    return (await import('pg')).default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('the driver of PostgreSQL is not installed here: npm install pg', { cause: error });
  }
}
