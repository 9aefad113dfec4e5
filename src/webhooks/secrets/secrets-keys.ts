import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY_BYTES = 32;
const KEY_FILE = 'secrets.key';

/** The keys that seal secrets cannot be used. */
export class SecretsKeyError extends Error {
  override readonly name = 'SecretsKeyError';
}

/** Where the keys come from. */
export interface SecretsKeySource {
  /** `SECRETS_KEY`: base64 of 32 bytes, several with commas, the newest first; null or empty: not set. */
  secretsKey: string | null;
  /** Where a key is made when none is set. */
  dataDir: string;
  /** `production` makes none: a key beside the database on the same disk would seal nothing. */
  environment: string;
}

/**
 * The keys that seal secrets, newest first.
 *
 * @throws {SecretsKeyError} when `SECRETS_KEY` is malformed, is not set in production, or the key's file cannot be used
 */
export function loadSecretsKeys({ secretsKey, dataDir, environment }: SecretsKeySource): Buffer[] {
  if (secretsKey !== null && secretsKey.trim() !== '') return parseSecretsKeys(secretsKey);
  if (environment === 'production') {
    throw new SecretsKeyError(
      'SECRETS_KEY is not set, and production does not start without it. Make one with: openssl rand -base64 32',
    );
  }
  return [keyInFile(dataDir)];
}

/** @throws {SecretsKeyError} naming the place of the key that is no base64 of 32 bytes */
export function parseSecretsKeys(text: string): Buffer[] {
  return text.split(',').map((part, index) => {
    const key = keyOf(part.trim());
    if (key) return key;
    throw new SecretsKeyError(
      `SECRETS_KEY: key ${index + 1} is no base64 of ${KEY_BYTES} bytes. Make one with: openssl rand -base64 32`,
    );
  });
}

function keyOf(text: string): Buffer | null {
  const key = Buffer.from(text, 'base64');
  const isWhole = key.toString('base64').replaceAll('=', '') === text.replaceAll('=', '');
  return key.length === KEY_BYTES && isWhole ? key : null;
}

function keyInFile(dataDir: string): Buffer {
  const file = join(dataDir, KEY_FILE);
  try {
    mkdirSync(dataDir, { recursive: true });
    makeOnce(file);
    const key = keyOf(readFileSync(file, 'utf8').trim());
    if (key) return key;
  } catch (error) {
    throw new SecretsKeyError(
      `The key that seals secrets cannot be kept in ${file}: ${(error as Error).message}. Set SECRETS_KEY.`,
    );
  }
  throw new SecretsKeyError(
    `${file} holds no base64 of ${KEY_BYTES} bytes. Put the key back that was there, or set SECRETS_KEY.`,
  );
}

/**
 * Makes the file if there is none. It appears whole or not at all, so that of processes that start together everyone
 * reads the same key, and none an empty file.
 */
function makeOnce(file: string): void {
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
