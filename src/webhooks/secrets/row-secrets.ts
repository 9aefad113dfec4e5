import type { WebhookEntity } from '../webhook.entity.js';
import { openValue } from './sealed-values.js';

/** A secret that was replaced and signs beside the new one for a while. */
export interface PreviousSecret {
  secret: string;
  /** Until when it signs, UTC epoch milliseconds. */
  expiresAt: number;
}

/** A secret that requests are signed with. */
export interface SigningSecret {
  /** `whsec_…` or `whsk_…` */
  readonly secret: string;
  /** Until when it signs, UTC epoch milliseconds; null: it is the webhook's own now. */
  readonly expiresAt: number | null;
}

/** What of a webhook's row is sealed. */
export type SealedRow = Pick<WebhookEntity, 'id' | 'secret' | 'sealedHeaders' | 'previousSecrets'>;

type Keys = readonly Buffer[];

/** @throws {SealError} when none of the keys opens it */
export function openSecret({ id, secret }: SealedRow, keys: Keys): string {
  return openValue(secret, id, 'secret', keys);
}

/** @throws {SealError} when none of the keys opens them */
export function openHeaders({ id, sealedHeaders }: SealedRow, keys: Keys): Record<string, string> {
  return JSON.parse(openValue(sealedHeaders, id, 'headers', keys)) as Record<string, string>;
}

/**
 * Newest first, also those whose time is over.
 *
 * @throws {SealError} when none of the keys opens them
 */
export function openPrevious({ id, previousSecrets }: SealedRow, keys: Keys): PreviousSecret[] {
  if (previousSecrets === null) return [];
  return JSON.parse(openValue(previousSecrets, id, 'previous', keys)) as PreviousSecret[];
}

/**
 * Everything that may sign, the newest first.
 *
 * @throws {SealError} when none of the keys opens it
 */
export function openSigningSecrets(row: SealedRow, keys: Keys): SigningSecret[] {
  return [{ secret: openSecret(row, keys), expiresAt: null }, ...openPrevious(row, keys)];
}

/** Those that sign at a time, newest first. */
export function livingSecrets(secrets: readonly SigningSecret[], now: number): string[] {
  const living: string[] = [];
  for (const { secret, expiresAt } of secrets) {
    if (expiresAt === null || expiresAt > now) living.push(secret);
  }
  return living;
}
