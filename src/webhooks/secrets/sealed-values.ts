import { open, seal, unlessLost } from './seal.js';

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
  const before = place === 'secret' ? unlessLost(() => open(stored, webhookId, keys)) : null;
  return before ?? open(stored, contextOf(webhookId, place), keys);
}

/**
 * A value sealed anew with the newest key, for its place; null where it is that already.
 *
 * @throws {SealError} when no key opens it
 */
export function sealedAnew(stored: string, webhookId: string, place: SealedPlace, keys: Keys): string | null {
  const newest = keys.slice(0, 1);
  if (unlessLost(() => open(stored, contextOf(webhookId, place), newest)) !== null) return null;
  return sealValue(openValue(stored, webhookId, place, keys), webhookId, place, keys);
}

/** A sealed text begins with its version, JSON of headers with a brace. */
function isClearJson(stored: string): boolean {
  return stored.startsWith('{');
}
