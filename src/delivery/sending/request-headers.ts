import type { Claim } from '../model/claim.js';
import { MASK } from '../../auth/mask.js';
import { VERSION } from '../../package.js';

/** Headers that nobody else sets. */
const OURS = new Set([
  'x-strapi-event',
  'content-type',
  'user-agent',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'x-posthorn-attempt',
  'x-hub-signature-256',
]);

export const USER_AGENT = `Posthorn/${VERSION}`;

/** A request's headers, as they are sent and as the history may show them. */
export interface RequestHeaders {
  sent: Record<string, string>;
  /** Signatures left out, the values of the webhook's own and the configured headers masked. */
  shown: Record<string, string>;
}

/**
 * The headers of one attempt, in growing precedence: the configured defaults, the webhook's own, then ours. Names are
 * merged without regard to case, so that no header is sent twice.
 *
 * @param timestamp unix seconds of this attempt
 * @param signature value of `webhook-signature`
 * @param hubSignature value of `X-Hub-Signature-256`; null: the webhook does not ask for it
 * @param traceparent W3C Trace Context's header; null: none but the webhook's own
 */
export function requestHeaders(
  claim: Pick<Claim, 'webhook' | 'eventId' | 'event' | 'contentType' | 'number'>,
  defaults: Readonly<Record<string, string>>,
  timestamp: number,
  signature: string,
  hubSignature: string | null = null,
  traceparent: string | null = null,
): RequestHeaders {
  const sent: Record<string, string> = {};
  const shown: Record<string, string> = {};
  for (const [name, value] of theirs(defaults, claim.webhook.headers)) {
    sent[name] = value;
    shown[name] = MASK;
  }
  const ours: Record<string, string> = {
    'X-Strapi-Event': claim.event,
    'Content-Type': claim.contentType,
    'User-Agent': USER_AGENT,
    'webhook-id': claim.eventId,
    'webhook-timestamp': String(timestamp),
    'X-Posthorn-Attempt': String(claim.number),
  };
  if (traceparent !== null) {
    for (const name of Object.keys(sent)) {
      if (name.toLowerCase() !== 'traceparent') continue;
      delete sent[name];
      delete shown[name];
    }
    ours['traceparent'] = traceparent;
  }
  return {
    sent: Object.assign(
      sent,
      ours,
      { 'webhook-signature': signature },
      hubSignature === null ? {} : { 'X-Hub-Signature-256': hubSignature },
    ),
    shown: Object.assign(shown, ours),
  };
}

/** What the configuration and the webhook add; the webhook's win, ours cannot be replaced. */
export function theirs(
  defaults: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Iterable<[string, string]> {
  const byName = new Map<string, [string, string]>();
  for (const headers of [defaults, own]) {
    for (const header of Object.entries(headers)) {
      const name = header[0].toLowerCase();
      if (!OURS.has(name)) byName.set(name, header);
    }
  }
  return byName.values();
}
