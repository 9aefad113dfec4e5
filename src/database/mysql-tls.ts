import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';

/**
 * How a connection to MySQL is secured, as MySQL's own clients name it. `DISABLED`: not at all; `REQUIRED`: TLS, with any
 * certificate unless there is a `ca`; `VERIFY_CA`: a certificate of a trusted authority; `VERIFY_IDENTITY`: and for the
 * host of the URL.
 */
export const SSL_MODES = ['DISABLED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] as const;

export type SslMode = (typeof SSL_MODES)[number];

/** TLS to MySQL, from the settings and the URL. The files are PEM. */
export interface DatabaseSsl {
  /** Null: `VERIFY_CA` where there is a `ca`, `REQUIRED` where there is a `cert`, else `DISABLED`. */
  mode: SslMode | null;
  /** The file of the authorities to trust; null: the well-known ones. */
  ca: string | null;
  /** The file of this client's certificate. */
  cert: string | null;
  /** The file of its key. */
  key: string | null;
}

export const NO_SSL: DatabaseSsl = { mode: null, ca: null, cert: null, key: null };

/** TLS to MySQL cannot be set up as the settings or the URL say. */
export class DatabaseSslError extends Error {
  override readonly name = 'DatabaseSslError';
}

/** The driver's options of TLS. */
export interface DriverTls {
  ssl?: { rejectUnauthorized: boolean; verifyIdentity: boolean; ca?: string; cert?: string; key?: string };
  /** Opens the socket of a connection. */
  stream?: () => Socket;
}

/**
 * Translates TLS into options of the driver. Reads the files.
 *
 * @throws {DatabaseSslError} when a file cannot be read, or one of `cert` and `key` is missing
 */
export function buildDriverTls(ssl: DatabaseSsl, { host, port }: { host: string; port: number }): DriverTls {
  const mode = ssl.mode ?? (ssl.ca !== null ? 'VERIFY_CA' : ssl.cert !== null ? 'REQUIRED' : 'DISABLED');
  if ((ssl.cert === null) !== (ssl.key === null)) {
    throw new DatabaseSslError('A client certificate for the database needs both ssl-cert and ssl-key.');
  }
  if (mode === 'DISABLED') {
    if (ssl.ca === null && ssl.cert === null) return {};
    throw new DatabaseSslError('ssl-mode is DISABLED, but ssl-ca or ssl-cert is set. Remove one of them.');
  }
  const verifyIdentity = mode === 'VERIFY_IDENTITY';
  return {
    ssl: {
      rejectUnauthorized: mode !== 'REQUIRED' || ssl.ca !== null,
      verifyIdentity,
      ...readPem('ca', ssl.ca),
      ...readPem('cert', ssl.cert),
      ...readPem('key', ssl.key),
    },
    ...(verifyIdentity && isIP(host) !== 0 ? { stream: () => connectToAddress(host, port) } : {}),
  };
}

/**
 * Opens a socket to an IP address, so that the certificate is compared with the address. Node takes the name to compare
 * from the socket, where it is only set when the name was resolved; without it, it compares with "localhost".
 */
function connectToAddress(host: string, port: number): Socket {
  const socket = connect({ host, port, keepAlive: true, noDelay: true });
  return Object.assign(socket, { _host: host });
}

/** What a message of a failed handshake says, and what to do. */
const FAILURES: [RegExp, string][] = [
  [
    /does not match certificate's altnames/,
    'its certificate is for another host than that of DATABASE_URL. Name the host as the certificate does',
  ],
  [/has expired|not yet valid/, 'its certificate is not valid now. Renew it'],
  [
    /self[- ]signed|unable to (?:verify|get)/,
    'its certificate was signed by no authority that is trusted here. Set ssl-ca to the PEM file of its authority',
  ],
];

/**
 * Describes why no connection came about because of TLS.
 *
 * @returns a clause and a sentence with what to do, without the full stop; null where the error is of something else
 */
export function describeTlsFailure(error: unknown): string | null {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = String(message);
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') {
    return 'it takes no TLS, which ssl-mode asks for. Turn TLS on at the server';
  }
  if (text.includes('require_secure_transport')) {
    return 'it takes connections with TLS alone. Set ssl-mode to REQUIRED, VERIFY_CA or VERIFY_IDENTITY';
  }
  if (code !== 'HANDSHAKE_SSL_ERROR') return null;
  const known = FAILURES.find(([pattern]) => pattern.test(text));
  return known ? known[1] : 'no TLS version or cipher suits both it and this program';
}

function readPem(
  name: 'ca' | 'cert' | 'key',
  file: string | null,
): Partial<Record<'ca' | 'cert' | 'key', string>> {
  if (file === null) return {};
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN ')) return { [name]: text };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DatabaseSslError(
      `The file of ssl-${name}, ${file}, cannot be read (${code ?? String(error)}).`,
      {
        cause: error,
      },
    );
  }
  throw new DatabaseSslError(
    `The file of ssl-${name}, ${file}, is no PEM file: nothing in it begins with -----BEGIN.`,
  );
}
