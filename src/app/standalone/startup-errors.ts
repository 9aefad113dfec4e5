import { ContentTypeError } from '../../content/content-type-error.js';
import { DatabaseUrlError } from '../../database/data-source-options.js';
import { MigrationLockError } from '../../database/migrate.js';
import { DatabaseOpenError } from '../../database/open-database.js';
import { SettingsError } from '../../settings/load-settings.js';
import { NetworkError } from '../../webhooks/addresses/address-policy.js';
import { SecretsKeyError } from '../../webhooks/secrets/secrets-keys.js';

/** Faults whose message already says what to do. */
const SAID_WELL = [
  ContentTypeError,
  DatabaseOpenError,
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
 * What to tell the person who started the process, in one line. Null: a fault of the program, for which the stack is
 * the thing to show.
 */
export function startFault(error: unknown): string | null {
  if (SAID_WELL.some((kind) => error instanceof kind)) return oneLine((error as Error).message);
  const { code, syscall, address, port, path, message } = error as SystemError;
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${address} is in use by another process. Set PORT to a free one.`;
  }
  if (syscall === 'listen' || syscall === 'getaddrinfo') {
    return oneLine(`Cannot listen there: ${message}. Look at HOST and PORT.`);
  }
  if (path && syscall && ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST'].includes(code ?? '')) {
    return oneLine(`${path} cannot be used (${code}). Look at DATA_DIR and who may write there.`);
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
