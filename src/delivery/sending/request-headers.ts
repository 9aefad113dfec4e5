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
  { webhook, eventId, event, contentType, number }: HeaderFacts,
  defaults: Readonly<Record<string, string>>,
  timestamp: number,
  signature: string,
  hubSignature: string | null = null,
  traceparent: string | null = null,
): RequestHeaders {
  const templates = findTemplates(webhook, defaults);
  const { custom, all } = traceparent === null ? templates.plain : templates.traced;
  const shown = { ...all };
  shown['X-Strapi-Event'] = event;
  shown['Content-Type'] = contentType;
  shown['webhook-id'] = eventId;
  shown['webhook-timestamp'] = String(timestamp);
  shown['X-Posthorn-Attempt'] = String(number);
  if (traceparent !== null) shown['traceparent'] = traceparent;
  const sent = { ...shown };
  for (const [name, value] of custom) sent[name] = value;
  sent['webhook-signature'] = signature;
  if (hubSignature !== null) sent['X-Hub-Signature-256'] = hubSignature;
  return { sent, shown };
}

type HeaderFacts = Pick<Claim, 'webhook' | 'eventId' | 'event' | 'contentType' | 'number'>;

/**
 * What a request of a webhook looks like. Copying it and setting what is of one request costs a fiftieth of building the
 * headers name by name.
 */
interface Template {
  /** The configured headers and the webhook's own, with their values. */
  custom: readonly [string, string][];
  /** All names in their order, with the values that are the same in each request, and masks of {@link Template.custom}. */
  all: Record<string, string>;
}

interface Templates {
  defaults: Readonly<Record<string, string>>;
  plain: Template;
  /** Of requests with a `traceparent` of ours. */
  traced: Template;
}

const known = new WeakMap<HeaderFacts['webhook'], Templates>();

/** Made once for each webhook as it was read. */
function findTemplates(
  webhook: HeaderFacts['webhook'],
  defaults: Readonly<Record<string, string>>,
): Templates {
  let templates = known.get(webhook);
  if (templates?.defaults !== defaults) {
    const custom = [...mergeCustomHeaders(defaults, webhook.headers)];
    const others = custom.filter(([name]) => name.toLowerCase() !== 'traceparent');
    const plain = makeTemplate(custom);
    const { all, ...traced } = makeTemplate(others);
    templates = { defaults, plain, traced: { ...traced, all: { ...all, traceparent: '' } } };
    known.set(webhook, templates);
  }
  return templates;
}

function makeTemplate(custom: readonly [string, string][]): Template {
  const hasAccept = custom.some(([name]) => name.toLowerCase() === 'accept');
  const all = {
    ...(hasAccept ? {} : DEFAULTS),
    ...Object.fromEntries(custom.map(([name]) => [name, MASK])),
    'X-Strapi-Event': '',
    'Content-Type': '',
    'User-Agent': USER_AGENT,
    'webhook-id': '',
    'webhook-timestamp': '',
    'X-Posthorn-Attempt': '',
  };
  return { custom, all };
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
