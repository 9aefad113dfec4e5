import type { ContentTypeEvents } from '../model/webhook.entity.js';
import { isReservedHeader } from '../registrations/header-problems.js';
import type { WebhookInput } from '../registrations/webhook-input.js';

/** A row of Strapi's table `strapi_webhooks`, as the database driver returns it. */
export interface StrapiWebhookRow {
  id: unknown;
  name: unknown;
  url: unknown;
  /** JSON, as text or parsed already; null: none. */
  headers: unknown;
  /** As {@link headers}. */
  events: unknown;
  enabled: unknown;
  /** As {@link headers}; older versions do not have this column. */
  content_type_events?: unknown;
}

/** The events and content types of this deployment, to which a webhook can subscribe. */
export interface Subscribable {
  hasEvent(name: string): boolean;
  hasContentType(uid: string): boolean;
}

/** The result of reading a row. */
export type ReadWebhook =
  | { kind: 'unreadable'; reason: string }
  | {
      kind: 'webhook';
      input: WebhookInput & { contentTypeEvents: ContentTypeEvents };
      /** Whether it is enabled in Strapi. */
      isEnabled: boolean;
      /** Why the webhook is to be disabled; null: it is not. */
      disabledReason: string | null;
      /** What differs from Strapi's webhook, in words. */
      notes: string[];
    };

/** The `disabledReason` of a webhook that was disabled in Strapi. */
export const DISABLED_IN_STRAPI = 'disabled-in-strapi';
/** The beginning of the `disabledReason` of a webhook with unknown events; their names follow. */
export const UNKNOWN_EVENTS = 'unknown-events';

const LONGEST_REASON = 255;

/**
 * Reads one of Strapi's webhooks. Null headers and null events count as empty, as in Strapi; malformed JSON makes the
 * row unreadable. Unknown events are left out and the webhook is disabled, so that it does not look like one that gets
 * all its events. Headers that the server sets itself are left out.
 *
 * The result is not validated: saving it may fail.
 */
export function readStrapiWebhook(row: StrapiWebhookRow, known: Subscribable): ReadWebhook {
  const headers = parseJson(row.headers, {});
  if (!isObject(headers)) return { kind: 'unreadable', reason: 'its headers are no JSON object' };
  const events = parseJson(row.events, []);
  if (!isStringArray(events)) return { kind: 'unreadable', reason: 'its events are no JSON array of names' };
  const lists = parseJson(row.content_type_events, {});
  if (!isObject(lists) || !Object.values(lists).every(isStringArray)) {
    return { kind: 'unreadable', reason: 'its content_type_events are no JSON object of arrays of names' };
  }
  const unknown: string[] = [];
  const keepKnown = (names: readonly string[], uid: string | null) =>
    [...new Set(names)].filter((name) => {
      const isKnown = known.hasEvent(name) && (uid === null || known.hasContentType(uid));
      if (!isKnown) unknown.push(uid === null ? name : `${uid} ${name}`);
      return isKnown;
    });
  const input = {
    name: row.name as string,
    url: row.url as string,
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name]) => !isReservedHeader(name)),
    ) as Record<string, string>,
    events: keepKnown(events, null),
    contentTypeEvents: Object.fromEntries(
      Object.entries(lists as ContentTypeEvents).map(([uid, names]) => [uid, keepKnown(names, uid)]),
    ),
  };
  // The rules refuse an unknown content type, even with an empty list.
  for (const uid of Object.keys(input.contentTypeEvents)) {
    if (!known.hasContentType(uid)) delete input.contentTypeEvents[uid];
  }
  const omitted = Object.keys(headers).filter(isReservedHeader);
  return {
    kind: 'webhook',
    input,
    isEnabled: isEnabled(row.enabled),
    disabledReason: buildDisabledReason(unknown, isEnabled(row.enabled)),
    notes: [
      ...(unknown.length > 0 ? [`disabled, for it wants what is unknown here: ${unknown.join(', ')}`] : []),
      ...(isEnabled(row.enabled) ? [] : ['disabled, as it was there']),
      ...(omitted.length > 0
        ? [`without the headers that are set by this server: ${omitted.join(', ')}`]
        : []),
    ],
  };
}

function buildDisabledReason(unknown: readonly string[], wasEnabled: boolean): string | null {
  if (unknown.length > 0) return `${UNKNOWN_EVENTS}: ${unknown.join(', ')}`.slice(0, LONGEST_REASON);
  return wasEnabled ? null : DISABLED_IN_STRAPI;
}

/** Only true is enabled: Strapi sends nothing to a webhook whose column is null. */
function isEnabled(value: unknown): boolean {
  return value === true || value === 'true' || (value !== null && Number(value) === 1);
}

/** @returns undefined for malformed JSON */
function parseJson(value: unknown, absent: unknown): unknown {
  const text = Buffer.isBuffer(value) ? value.toString('utf8') : value;
  if (text === null || text === undefined || text === '') return absent;
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text) ?? absent;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
