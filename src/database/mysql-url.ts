import type { HostAddress } from './database-hosts.js';
import { type DatabaseSsl, SSL_MODES } from './mysql-tls.js';

/** `DATABASE_URL` is malformed, of an unknown database, or has a parameter that cannot be obeyed. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';
}

/** What a URL of MySQL says. */
export interface MysqlAddress {
  /** The first host. */
  host: string;
  port: number;
  /** Every host that the URL names, in its order. */
  hosts: HostAddress[];
  username: string;
  password: string;
  database: string;
  socketPath: string | null;
  ssl: DatabaseSsl;
}

const SSL_PARAMETERS = { 'ssl-mode': 'mode', 'ssl-ca': 'ca', 'ssl-cert': 'cert', 'ssl-key': 'key' } as const;

/** The parameters that a URL of MySQL may have, each once. */
const PARAMETERS = [...Object.keys(SSL_PARAMETERS), 'socketPath'];

/**
 * Parses `mysql://user:password@host:port/name?ssl-mode=REQUIRED`. There may be several hosts with commas, each with its
 * port.
 *
 * @param ssl what the settings say of TLS; parameters of the URL come before it
 * @throws {DatabaseUrlError} whose message names no password
 */
export function parseMysqlUrl(text: string, ssl: DatabaseSsl): MysqlAddress {
  const [first, ...others] = splitHosts(text);
  const url = parseUrl(first);
  const hosts = [url, ...others.map(parseUrl)].map(readHost);
  const parameters = readParameters(url);
  const given = Object.entries(SSL_PARAMETERS).flatMap(([name, key]) => {
    const value = parameters.get(name);
    return value === undefined ? [] : [[key, value]];
  });
  if (hosts.length > 1 && parameters.has('socketPath')) {
    throw new DatabaseUrlError('DATABASE_URL has several hosts and a socketPath. Remove one of them.');
  }
  return {
    ...readHost(url),
    hosts,
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    socketPath: parameters.get('socketPath') ?? null,
    ssl: { ...ssl, ...(Object.fromEntries(given) as Partial<DatabaseSsl>) },
  };
}

/** The URL once for each of its hosts. */
function splitHosts(text: string): [string, ...string[]] {
  const [, before = '', hosts = '', after = ''] = /^(\w+:\/\/(?:[^/]*@)?)([^/@]*)(.*)$/s.exec(text) ?? [];
  const named = hosts.split(',');
  if (named.length > 1 && named.includes('')) {
    throw new DatabaseUrlError('DATABASE_URL has a comma without a host before or behind it.');
  }
  const [, ...others] = named.map((host) => `${before}${host}${after}`);
  return others.length === 0 ? [text] : [`${before}${named[0]}${after}`, ...others];
}

function readHost({ hostname, port }: URL): HostAddress {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 3306 : Number(port) };
}

function parseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new DatabaseUrlError('DATABASE_URL is no URL. It looks like mysql://user:password@host:3306/name.');
  }
  if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') {
    throw new DatabaseUrlError(
      `DATABASE_URL begins with "${url.protocol}"; it can begin with mysql:, mariadb: or sqlite:.`,
    );
  }
  if (url.pathname.slice(1) === '')
    throw new DatabaseUrlError('DATABASE_URL names no database: mysql://user:password@host:3306/NAME.');
  if (url.hash !== '')
    throw new DatabaseUrlError('DATABASE_URL has a "#" in it. Write %23 where it belongs to a value.');
  return url;
}

function readParameters(url: URL): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!PARAMETERS.includes(name)) {
      throw new DatabaseUrlError(
        `DATABASE_URL has the parameter "${name}", which is unknown. It can have: ${PARAMETERS.join(', ')}.`,
      );
    }
    if (parameters.has(name)) throw new DatabaseUrlError(`DATABASE_URL has the parameter "${name}" twice.`);
    if (value === '') throw new DatabaseUrlError(`DATABASE_URL has the parameter "${name}" without a value.`);
    parameters.set(name, value);
  }
  const mode = parameters.get('ssl-mode');
  if (mode === undefined) return parameters;
  if (!(SSL_MODES as readonly string[]).includes(mode.toUpperCase())) {
    throw new DatabaseUrlError(
      `DATABASE_URL has ssl-mode=${mode}; it can be one of: ${SSL_MODES.join(', ')}.`,
    );
  }
  return parameters.set('ssl-mode', mode.toUpperCase());
}
