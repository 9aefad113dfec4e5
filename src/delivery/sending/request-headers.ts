import { MASK } from '../../auth/mask.js';
import { VERSION } from '../../package.js';
import type { Claim } from '../model/claim.js';

/** Headers that neither the configuration nor a webhook may set. */
const RESERVED = new Set([
  'x-strapi-event',
  'content-type',
  'user-agent',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'x-posthorn-attempt',
  'x-hub-signature-256',
]);

/** The `User-Agent` of every request. */
export const USER_AGENT = `Posthorn/${VERSION}`;

/** Headers that the configuration and a webhook may set otherwise. Strapi's requests have it. */
const DEFAULTS = { Accept: '*/*' };

/** The headers of a request, as they are sent and as the history may show them. */
export interface RequestHeaders {
  sent: Record<string, string>;
  /** Without the signatures, and with the values of the webhook's own and the configured headers masked. */
  shown: Record<string, string>;
}

/**
 * Builds the headers of one attempt, in ascending precedence: `Accept`, the configured defaults, the webhook's own, then ours.
 * Names are compared without regard to case, so that no header is sent twice.
 *
 * @param timestamp of this attempt, Unix seconds
 * @param signature value of `webhook-signature`
 * @param hubSignature value of `X-Hub-Signature-256`; null: the webhook does not want it
 * @param traceparent value of W3C Trace Context's header; null: only the webhook's own, if it has one
 */
export function buildRequestHeaders(
  claim: Pick<Claim, 'webhook' | 'eventId' | 'event' | 'contentType' | 'number'>,
  defaults: Readonly<Record<string, string>>,
  timestamp: number,
  signature: string,
  hubSignature: string | null = null,
  traceparent: string | null = null,
): RequestHeaders {
  const sent: Record<string, string> = { ...DEFAULTS };
  const shown: Record<string, string> = { ...DEFAULTS };
  for (const [name, value] of mergeCustomHeaders(defaults, claim.webhook.headers)) {
    if (name.toLowerCase() === 'accept') {
      delete sent['Accept'];
      delete shown['Accept'];
    }
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

/** Merges the configured headers with the webhook's own, which win. Reserved headers are dropped. */
export function mergeCustomHeaders(
  defaults: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Iterable<[string, string]> {
  const byName = new Map<string, [string, string]>();
  for (const headers of [defaults, own]) {
    for (const header of Object.entries(headers)) {
      const name = header[0].toLowerCase();
      if (!RESERVED.has(name)) byName.set(name, header);
    }
  }
  return byName.values();
}
