import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY_BYTES = 32;
const KEY_FILE = 'secrets.key';

/** The keys that encrypt secrets cannot be used. */
export class SecretsKeyError extends Error {
  override readonly name = 'SecretsKeyError';
}

/** The settings that {@link loadSecretsKeys} reads. */
export interface SecretsKeySource {
  /** `SECRETS_KEY`: base64 of 32 bytes, several separated by commas, newest first; null or empty: not set. */
  secretsKey: string | null;
  /** The folder of the key file, which is created when `SECRETS_KEY` is not set. */
  dataDir: string;
  /** In `production` no key file is created: a key beside the database would protect nothing. */
  environment: string;
}

/**
 * Loads the keys that encrypt secrets, newest first: from `SECRETS_KEY`, else from the key file.
 *
 * @throws {SecretsKeyError} when `SECRETS_KEY` is malformed, is not set in production, or the key file cannot be used
 */
export function loadSecretsKeys({ secretsKey, dataDir, environment }: SecretsKeySource): Buffer[] {
  if (secretsKey !== null && secretsKey.trim() !== '') return parseSecretsKeys(secretsKey);
  if (environment === 'production') {
    throw new SecretsKeyError(
      'SECRETS_KEY is not set, and production does not start without it. Make one with: openssl rand -base64 32',
    );
  }
  return [loadKeyFile(dataDir)];
}

/** @throws {SecretsKeyError} naming the position of a key that is no base64 of 32 bytes */
export function parseSecretsKeys(text: string): Buffer[] {
  return text.split(',').map((part, index) => {
    const key = parseKey(part.trim());
    if (key) return key;
    throw new SecretsKeyError(
      `SECRETS_KEY: key ${index + 1} is no base64 of ${KEY_BYTES} bytes. Make one with: openssl rand -base64 32`,
    );
  });
}

function parseKey(text: string): Buffer | null {
  const key = Buffer.from(text, 'base64');
  const isWhole = key.toString('base64').replaceAll('=', '') === text.replaceAll('=', '');
  return key.length === KEY_BYTES && isWhole ? key : null;
}

function loadKeyFile(dataDir: string): Buffer {
  const file = join(dataDir, KEY_FILE);
  try {
    mkdirSync(dataDir, { recursive: true });
    createKeyFileOnce(file);
    const key = parseKey(readFileSync(file, 'utf8').trim());
    if (key) return key;
  } catch (error) {
    throw new SecretsKeyError(
      `The key that encrypts secrets cannot be kept in ${file}: ${(error as Error).message}. Set SECRETS_KEY.`,
    );
  }
  throw new SecretsKeyError(
    `${file} holds no base64 of ${KEY_BYTES} bytes. Put the key back that was there, or set SECRETS_KEY.`,
  );
}

/**
 * Creates the key file if there is none, atomically (a link to a complete file): of processes that start together all
 * read the same key, and none reads an empty file.
 */
function createKeyFileOnce(file: string): void {
  if (existsSync(file)) return;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
