import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { CommandError } from './command.js';
import { maskCredentials } from './mask-credentials.js';
import { parseStrapiAnswer } from './strapi-answer.js';
import { createMysqlSource, createPostgresSource, createSqliteSource } from './strapi-databases.js';
import type { StrapiSource, StrapiWebhooks } from './strapi-webhooks.js';

/** The first bytes of a SQLite file. */
const SQLITE = 'SQLite format 3';

/**
 * Reads the webhooks of a Strapi project; changes nothing.
 *
 * @param from a SQLite file's path, `sqlite:PATH`, `mysql://user:pass@host:port/name`, `mariadb://…`, `postgres://…`,
 *   `postgresql://…`, or the path of a JSON file with the answer of `GET /admin/webhooks`
 * @throws {CommandError} when they cannot be read; the message contains no password
 */
export async function readStrapiWebhooks(from: string): Promise<StrapiWebhooks & { source: string }> {
  const source = createSource(from);
  try {
    return { source: source.shown, ...(await source.read()) };
  } catch (error) {
    throw new CommandError(
      `Strapi's webhooks cannot be read from ${source.shown}: ${describeError(error)}. Does --from lead to the database of a Strapi project, or to a JSON file of GET /admin/webhooks?`,
    );
  }
}

function createSource(from: string): StrapiSource {
  // A drive of Windows (C:\…) is one letter.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(from)?.[1]?.toLowerCase() ?? 'sqlite';
  switch (scheme) {
    case 'mysql':
    case 'mariadb':
      return createMysqlSource(from);
    case 'postgres':
    case 'postgresql':
      return createPostgresSource(from);
    case 'sqlite':
      return createFileSource(from.replace(/^sqlite:(\/\/(?=\/))?/i, ''));
    default:
      throw new CommandError(
        `--from begins with ${scheme}:, and can be a file, mysql://, mariadb://, postgres:// or postgresql://.`,
      );
  }
}

function createFileSource(path: string): StrapiSource {
  const shown = maskCredentials(path);
  return {
    shown,
    read: async () => {
      if (!existsSync(path)) throw new Error('there is no such file');
      if (!path.endsWith('.json') && isSqlite(path)) return createSqliteSource(path).read();
      return parseStrapiAnswer(readFileSync(path, 'utf8'));
    },
  };
}

/** Whether a file is a SQLite database; an empty one is. */
function isSqlite(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(SQLITE.length);
    return readSync(file, head) === 0 || head.toString('latin1') === SQLITE;
  } finally {
    closeSync(file);
  }
}

function describeError(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  // A refused connection to several addresses (AggregateError) has a code but no message.
  return maskCredentials(message || code || 'no reason given');
}
