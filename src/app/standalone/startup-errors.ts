import { ContentTypeError } from '../../content/content-type-error.js';
import { DatabaseUrlError } from '../../database/data-source-options.js';
import { MigrationLockError } from '../../database/migration-lease.js';
import { DatabaseSslError } from '../../database/mysql-tls.js';
import { DatabaseOpenError } from '../../database/open-database.js';
import { DatabaseSessionError } from '../../database/session-settings.js';
import { SettingsError } from '../../settings/load-settings.js';
import { NetworkError } from '../../webhooks/addresses/address-policy.js';
import { SecretsKeyError } from '../../webhooks/secrets/secrets-keys.js';

/** Errors whose message says what to do. */
const SELF_EXPLAINING = [
  ContentTypeError,
  DatabaseOpenError,
  DatabaseSessionError,
  DatabaseSslError,
  DatabaseUrlError,
  MigrationLockError,
  NetworkError,
  SecretsKeyError,
  SettingsError,
];

interface SystemError extends Error {
  code?: string;
  syscall?: string;
  address?: string;
  port?: number;
  path?: string;
}

/**
 * Describes an error at the start in one line, with what to do. Null for a fault of the program, for which the stack is
 * shown instead.
 */
export function describeStartupError(error: unknown): string | null {
  if (SELF_EXPLAINING.some((kind) => error instanceof kind)) return oneLine((error as Error).message);
  const { code, syscall, address, port, path, message } = error as SystemError;
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${address} is in use by another process. Set PORT to a free one.`;
  }
  if (syscall === 'listen' || syscall === 'getaddrinfo') {
    return oneLine(`Cannot listen: ${message}. Check HOST and PORT.`);
  }
  if (path && syscall && ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST'].includes(code ?? '')) {
    return oneLine(`${path} cannot be used (${code}). Check DATA_DIR and who may write there.`);
  }
  return null;
}

function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}
