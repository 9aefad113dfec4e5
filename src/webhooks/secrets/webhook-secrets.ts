import { Inject, Injectable } from '@nestjs/common';
import type { WebhookEntity } from '../model/webhook.entity.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { open, seal, decryptOrNull } from './encryption.js';
import type { PreviousSecret, SigningSecret } from '../model/webhook-secret.js';

/** Seals what is secret of one webhook, and opens it again. */
@Injectable()
export class WebhookSecrets {
  constructor(@Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions) {}

  /** @returns what may be stored */
  seal(secret: string, webhookId: string): string {
    return sealValue(secret, webhookId, 'secret', this.options.secretsKeys);
  }

  /** @returns what may be stored */
  sealHeaders(headers: Readonly<Record<string, string>>, webhookId: string): string {
    return sealValue(JSON.stringify(headers), webhookId, 'headers', this.options.secretsKeys);
  }

  /** @returns what may be stored; null for an empty list */
  sealPrevious(previous: readonly PreviousSecret[], webhookId: string): string | null {
    if (previous.length === 0) return null;
    return sealValue(JSON.stringify(previous), webhookId, 'previous', this.options.secretsKeys);
  }

  /** @throws {SealError} when none of the keys opens it */
  secretOf(webhook: WebhookEntity): string {
    return openSecret(webhook, this.options.secretsKeys);
  }

  /** @throws {SealError} when none of the keys opens them */
  headersOf(webhook: WebhookEntity): Record<string, string> {
    return openHeaders(webhook, this.options.secretsKeys);
  }

  /**
   * The secrets before the one that signs now, newest first, also those whose time is over.
   *
   * @throws {SealError} when none of the keys opens them
   */
  previousOf(webhook: WebhookEntity): PreviousSecret[] {
    return openPrevious(webhook, this.options.secretsKeys);
  }
}

/** What of a webhook is sealed. The name is part of what each value is bound to. */
export type SealedPlace = 'secret' | 'previous' | 'headers' | 'tls';

type Keys = readonly Buffer[];

/** What a value is bound to, so that it opens in its row and column alone: `webhooks/<id>/headers`. */
export function contextOf(webhookId: string, place: SealedPlace): string {
  return `webhooks/${webhookId}/${place}`;
}

/** Seals a value of a webhook with the newest key. */
export function sealValue(text: string, webhookId: string, place: SealedPlace, keys: Keys): string {
  return seal(text, contextOf(webhookId, place), keys);
}

/**
 * Opens a value of a webhook, also one from before values were bound to their column: secrets were bound to their row
 * alone, and headers stood in the clear.
 *
 * @throws {SealError} when no key opens it there
 */
export function openValue(stored: string, webhookId: string, place: SealedPlace, keys: Keys): string {
  if (place === 'headers' && isClearJson(stored)) return stored;
  const before = place === 'secret' ? decryptOrNull(() => open(stored, webhookId, keys)) : null;
  return before ?? open(stored, contextOf(webhookId, place), keys);
}

/**
 * A value sealed anew with the newest key, for its place; null where it is that already.
 *
 * @throws {SealError} when no key opens it
 */
export function sealedAnew(stored: string, webhookId: string, place: SealedPlace, keys: Keys): string | null {
  const newest = keys.slice(0, 1);
  if (decryptOrNull(() => open(stored, contextOf(webhookId, place), newest)) !== null) return null;
  return sealValue(openValue(stored, webhookId, place, keys), webhookId, place, keys);
}

/** A sealed text begins with its version, JSON of headers with a brace. */
function isClearJson(stored: string): boolean {
  return stored.startsWith('{');
}

/** What of a webhook's row is sealed. */
export type SealedRow = Pick<WebhookEntity, 'id' | 'secret' | 'sealedHeaders' | 'previousSecrets'>;

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
export function activeSecrets(secrets: readonly SigningSecret[], now: number): string[] {
  const living: string[] = [];
  for (const { secret, expiresAt } of secrets) {
    if (expiresAt === null || expiresAt > now) living.push(secret);
  }
  return living;
}
