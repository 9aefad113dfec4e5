import { hash as digest } from 'node:crypto';

/** Characters of a UUID that tell its time and its version: `0197a1a2-0000-7`. */
const TIME_LENGTH = 15;

/**
 * Derives the id of a delivery from its event and its webhook, so that whoever makes it makes the same one. It begins with
 * the time of the event, and is a UUID of version 7 as all ids are.
 */
export function deriveDeliveryId(eventId: string, webhookId: string): string {
  const hash = digest('sha256', `${eventId}\n${webhookId}`, 'hex');
  // The variant of RFC 9562: binary 10 at the front of the fourth group.
  const variant = ((Number.parseInt(hash.charAt(3), 16) & 0x3) | 0x8).toString(16);
  return `${eventId.slice(0, TIME_LENGTH)}${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}
