import { Inject, Injectable } from '@nestjs/common';
import type { PreviousSecret, SigningSecret } from '../model/webhook-secret.js';
import type { WebhookEntity } from '../model/webhook.entity.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { decrypt, decryptOrNull, encrypt } from './encryption.js';

/** Encrypts the secret values of a webhook for its row, and decrypts them. */
@Injectable()
export class WebhookSecrets {
  constructor(@Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions) {}

  /** @returns the value of the column `secret` */
  encryptSecret(secret: string, webhookId: string): string {
    return encryptValue(secret, webhookId, 'secret', this.options.secretsKeys);
  }

  /** @returns the value of the column `headers` */
  encryptHeaders(headers: Readonly<Record<string, string>>, webhookId: string): string {
    return encryptValue(JSON.stringify(headers), webhookId, 'headers', this.options.secretsKeys);
  }

  /** @returns the value of the column `previous_secrets`; null for an empty list */
  encryptPrevious(previous: readonly PreviousSecret[], webhookId: string): string | null {
    if (previous.length === 0) return null;
    return encryptValue(JSON.stringify(previous), webhookId, 'previous', this.options.secretsKeys);
  }

  /** @throws {EncryptionError} when no key decrypts it */
  decryptSecret(webhook: WebhookEntity): string {
    return decryptSecret(webhook, this.options.secretsKeys);
  }

  /** @throws {EncryptionError} when no key decrypts them */
  decryptHeaders(webhook: WebhookEntity): Record<string, string> {
    return decryptHeaders(webhook, this.options.secretsKeys);
  }

  /**
   * Decrypts the replaced secrets, newest first, expired ones included.
   *
   * @throws {EncryptionError} when no key decrypts them
   */
  decryptPrevious(webhook: WebhookEntity): PreviousSecret[] {
    return decryptPreviousSecrets(webhook, this.options.secretsKeys);
  }
}

/** The encrypted values of a webhook. The name is part of the encryption context, so it must not change. */
export type EncryptedField = 'secret' | 'previous' | 'headers' | 'tls';

/** The columns of a webhook's row that are encrypted as a whole. */
export type EncryptedRow = Pick<WebhookEntity, 'id' | 'secret' | 'sealedHeaders' | 'previousSecrets'>;

type Keys = readonly Buffer[];

/** Builds the context that binds a value to its row and column: `webhooks/<id>/headers`. */
export function buildEncryptionContext(webhookId: string, field: EncryptedField): string {
  return `webhooks/${webhookId}/${field}`;
}

/** Encrypts one value of a webhook with the newest key. */
export function encryptValue(text: string, webhookId: string, field: EncryptedField, keys: Keys): string {
  return encrypt(text, buildEncryptionContext(webhookId, field), keys);
}

/**
 * Decrypts one value of a webhook. It reads the older forms too: secrets that are bound to their row but not to their
 * column, and headers in clear text.
 *
 * @throws {EncryptionError} when no key decrypts it in that place
 */
export function decryptValue(stored: string, webhookId: string, field: EncryptedField, keys: Keys): string {
  if (field === 'headers' && isClearJson(stored)) return stored;
  const oldForm = field === 'secret' ? decryptOrNull(() => decrypt(stored, webhookId, keys)) : null;
  return oldForm ?? decrypt(stored, buildEncryptionContext(webhookId, field), keys);
}

/**
 * Encrypts a stored value again with the newest key, bound to its row and column.
 *
 * @returns null where the stored value has that form already
 * @throws {EncryptionError} when no key decrypts it
 */
export function reencryptValue(
  stored: string,
  webhookId: string,
  field: EncryptedField,
  keys: Keys,
): string | null {
  const newest = keys.slice(0, 1);
  const context = buildEncryptionContext(webhookId, field);
  if (decryptOrNull(() => decrypt(stored, context, newest)) !== null) return null;
  return encryptValue(decryptValue(stored, webhookId, field, keys), webhookId, field, keys);
}

/** @throws {EncryptionError} when no key decrypts it */
export function decryptSecret({ id, secret }: EncryptedRow, keys: Keys): string {
  return decryptValue(secret, id, 'secret', keys);
}

/** @throws {EncryptionError} when no key decrypts them */
export function decryptHeaders({ id, sealedHeaders }: EncryptedRow, keys: Keys): Record<string, string> {
  return JSON.parse(decryptValue(sealedHeaders, id, 'headers', keys)) as Record<string, string>;
}

/**
 * Decrypts the replaced secrets, newest first, expired ones included.
 *
 * @throws {EncryptionError} when no key decrypts them
 */
export function decryptPreviousSecrets({ id, previousSecrets }: EncryptedRow, keys: Keys): PreviousSecret[] {
  if (previousSecrets === null) return [];
  return JSON.parse(decryptValue(previousSecrets, id, 'previous', keys)) as PreviousSecret[];
}

/**
 * Decrypts all secrets that may sign, newest first.
 *
 * @throws {EncryptionError} when no key decrypts one of them
 */
export function decryptSigningSecrets(row: EncryptedRow, keys: Keys): SigningSecret[] {
  return [{ secret: decryptSecret(row, keys), expiresAt: null }, ...decryptPreviousSecrets(row, keys)];
}

/**
 * Selects the secrets that have not expired, newest first.
 *
 * @param now UTC epoch milliseconds
 */
export function selectActiveSecrets(secrets: readonly SigningSecret[], now: number): string[] {
  const active: string[] = [];
  for (const { secret, expiresAt } of secrets) {
    if (expiresAt === null || expiresAt > now) active.push(secret);
  }
  return active;
}

/** Headers in clear text are a JSON object and begin with a brace; a ciphertext begins with its version. */
function isClearJson(stored: string): boolean {
  return stored.startsWith('{');
}
