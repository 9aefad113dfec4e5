import type { WebhookEntity } from '../webhook.entity.js';
import { wantsConsent } from './consent.js';
import type { HandshakeState, WebhookHandshakeEntity } from './webhook-handshake.entity.js';

/** How a receiver was asked for its consent, on the wire. */
export interface HandshakeView {
  state: HandshakeState;
  /** The most requests a minute that it allows; null: no bound. */
  allowedRate: number | null;
  /** ISO 8601, UTC; null: not asked yet. */
  askedAt: string | null;
  /** Why it is no consent yet; null: nothing to say. */
  problem: string | null;
}

/** @returns null where the webhook asks for no consent */
export function handshakeView(
  webhook: WebhookEntity,
  handshake: WebhookHandshakeEntity | null,
): HandshakeView | null {
  if (!wantsConsent(webhook)) return null;
  if (handshake?.url !== webhook.url) {
    return { state: 'pending', allowedRate: null, askedAt: null, problem: null };
  }
  const { state, allowedRate, askedAt, problem } = handshake;
  return { state, allowedRate, askedAt: askedAt === null ? null : new Date(askedAt).toISOString(), problem };
}
