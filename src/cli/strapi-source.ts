import { existsSync } from 'node:fs';
import type { StrapiWebhookRow } from '../webhooks/imports/strapi-webhook.js';
import { CommandError } from './command.js';
import { parseUrl } from '../http/parse-url.js';

const QUERY = 'SELECT * FROM strapi_webhooks ORDER BY id';

/** Strapi's database. */
interface Source {
  /** The name of the database in messages, without a password. */
  shown: string;
  read(): Promise<StrapiWebhookRow[]>;
}

/**
 * Reads the table `strapi_webhooks` of a Strapi project; changes nothing.
 *
 * @param from a SQLite file's path, `sqlite:PATH`, `mysql://user:pass@host:port/name` or `mariadb://…`
 * @throws {CommandError} when the database cannot be read or has no such table; the message contains no password
 */
export async function readStrapiWebhooks(
  from: string,
): Promise<{ source: string; rows: StrapiWebhookRow[] }> {
  const source = /^(mysql|mariadb):/.test(from) ? createMysqlSource(from) : createSqliteSource(from);
  try {
    return { source: source.shown, rows: await source.read() };
  } catch (error) {
    throw new CommandError(
      `Strapi's webhooks cannot be read from ${source.shown}: ${describeError(error)}. Does --from lead to the database of a Strapi project?`,
      { cause: error },
    );
  }
}

function createSqliteSource(from: string): Source {
  const path = from.replace(/^sqlite:(\/\/(?=\/))?/, '');
  return {
    shown: path,
    read: async () => {
      if (!existsSync(path)) throw new Error('there is no such file');
      // A driver is loaded only when it is needed.
      const { default: Database } = await import('better-sqlite3');
      const database = new Database(path, { readonly: true, fileMustExist: true });
      try {
        return database.prepare<[], StrapiWebhookRow>(QUERY).all();
      } finally {
        database.close();
      }
    },
  };
}

function createMysqlSource(from: string): Source {
  const url = parseUrl(from);
  if (!url) throw new CommandError('--from is no URL. It looks like mysql://user:password@host:3306/name.');
  const database = decodeURIComponent(url.pathname.slice(1));
  return {
    shown: `mysql://${url.host}/${database}`,
    read: async () => {
      const { createConnection } = await import('mysql2/promise');
      const connection = await createConnection({
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: Number(url.port || 3306),
        user: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
        database,
        charset: 'utf8mb4',
        connectTimeout: 10_000,
      });
      try {
        const [rows] = await connection.query(QUERY);
        return rows as StrapiWebhookRow[];
      } finally {
        await connection.end();
      }
    },
  };
}

function describeError(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  // A refused connection to several addresses (AggregateError) has a code but no message.
  return message || code || 'no reason given';
}
