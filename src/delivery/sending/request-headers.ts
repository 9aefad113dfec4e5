import type { Claim } from '../claiming/claim.js';
import { VERSION } from '../../version.js';

/** What stands in the history where a header's value was. */
export const MASK = '••••••';

export const USER_AGENT = `Posthorn/${VERSION}`;

/** A request's headers, as they are sent and as the history may show them. */
export interface RequestHeaders {
  sent: Record<string, string>;
  /** The signature left out, the values of the webhook's own and the configured headers masked. */
  shown: Record<string, string>;
}

/**
 * The headers of one attempt, in growing precedence: the configured defaults, the webhook's own, then ours. Names are
 * merged without regard to case, so that no header is sent twice.
 *
 * @param timestamp unix seconds of this attempt
 * @param signature value of `webhook-signature`
 */
export function requestHeaders(
  claim: Pick<Claim, 'webhook' | 'eventId' | 'event' | 'contentType' | 'number'>,
  defaults: Readonly<Record<string, string>>,
  timestamp: number,
  signature: string,
): RequestHeaders {
  const ours: Record<string, string> = {
    'X-Strapi-Event': claim.event,
    'Content-Type': claim.contentType,
    'User-Agent': USER_AGENT,
    'webhook-id': claim.eventId,
    'webhook-timestamp': String(timestamp),
    'X-Posthorn-Attempt': String(claim.number),
  };
  const names = new Map<string, string>();
  const sent: Record<string, string> = {};
  const shown: Record<string, string> = {};
  const put = (name: string, value: string, showing: string) => {
    const earlier = names.get(name.toLowerCase());
    if (earlier !== undefined) {
      delete sent[earlier];
      delete shown[earlier];
    }
    names.set(name.toLowerCase(), name);
    sent[name] = value;
    shown[name] = showing;
  };
  for (const [name, value] of Object.entries(defaults)) put(name, value, MASK);
  for (const [name, value] of Object.entries(claim.webhook.headers)) put(name, value, MASK);
  for (const [name, value] of Object.entries(ours)) put(name, value, value);
  put('webhook-signature', signature, MASK);
  delete shown['webhook-signature'];
  return { sent, shown };
}
