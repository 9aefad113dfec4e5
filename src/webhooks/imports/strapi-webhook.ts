import { isReservedHeader } from '../registrations/header-problems.js';
import type { WebhookInput } from '../registrations/webhook-input.js';
import type { ContentTypeEvents } from '../model/webhook.entity.js';

/** A row of Strapi's table `strapi_webhooks`, as its database gives it. */
export interface StrapiWebhookRow {
  id: unknown;
  name: unknown;
  url: unknown;
  /** JSON, as text or read already; null: none. */
  headers: unknown;
  /** As {@link headers}. */
  events: unknown;
  enabled: unknown;
  /** As {@link headers}; in older versions there is no such column. */
  content_type_events?: unknown;
}

/** What there is here to subscribe to. */
export interface Subscribable {
  hasEvent(name: string): boolean;
  hasContentType(uid: string): boolean;
}

/** A row, read. */
export type ReadWebhook =
  | { kind: 'unreadable'; reason: string }
  | {
      kind: 'webhook';
      input: WebhookInput & { contentTypeEvents: ContentTypeEvents };
      /** Why it is to be disabled; null: it is not. */
      disabledReason: string | null;
      /** What is not as it was there, in words. */
      notes: string[];
    };

/** Why a webhook is disabled that was disabled where it comes from. */
export const DISABLED_IN_STRAPI = 'disabled-in-strapi';
/** Why one is that asked for events which are unknown here; they stand behind it. */
export const UNKNOWN_EVENTS = 'unknown-events';

const LONGEST_REASON = 255;

/**
 * Reads one of Strapi's webhooks. What Strapi itself takes as nothing (null headers, null events) is nothing; what is
 * no JSON is not guessed at. Events that are unknown here are left out and the webhook is disabled, so that nobody
 * takes it for one that tells everything; headers that are ours to set are left out.
 *
 * Whether the outcome can be saved is not asked here.
 */
export function readStrapiWebhook(row: StrapiWebhookRow, known: Subscribable): ReadWebhook {
  const headers = jsonIn(row.headers, {});
  if (!isObject(headers)) return { kind: 'unreadable', reason: 'its headers are no JSON object' };
  const events = jsonIn(row.events, []);
  if (!isTexts(events)) return { kind: 'unreadable', reason: 'its events are no JSON array of names' };
  const lists = jsonIn(row.content_type_events, {});
  if (!isObject(lists) || !Object.values(lists).every(isTexts)) {
    return { kind: 'unreadable', reason: 'its content_type_events are no JSON object of arrays of names' };
  }
  const unknown: string[] = [];
  const knownOf = (names: readonly string[], uid: string | null) =>
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
    events: knownOf(events, null),
    contentTypeEvents: Object.fromEntries(
      Object.entries(lists as ContentTypeEvents).map(([uid, names]) => [uid, knownOf(names, uid)]),
    ),
  };
  // A content type that is unknown here must not be named, not even for nothing.
  for (const uid of Object.keys(input.contentTypeEvents)) {
    if (!known.hasContentType(uid)) delete input.contentTypeEvents[uid];
  }
  const left = Object.keys(headers).filter(isReservedHeader);
  return {
    kind: 'webhook',
    input,
    disabledReason: disabledReason(unknown, isEnabled(row.enabled)),
    notes: [
      ...(unknown.length > 0 ? [`disabled, for it wants what is unknown here: ${unknown.join(', ')}`] : []),
      ...(isEnabled(row.enabled) ? [] : ['disabled, as it was there']),
      ...(left.length > 0 ? [`without the headers that are set by this server: ${left.join(', ')}`] : []),
    ],
  };
}

function disabledReason(unknown: readonly string[], wasEnabled: boolean): string | null {
  if (unknown.length > 0) return `${UNKNOWN_EVENTS}: ${unknown.join(', ')}`.slice(0, LONGEST_REASON);
  return wasEnabled ? null : DISABLED_IN_STRAPI;
}

/** A column without a value means true to Strapi, whose default it is. */
function isEnabled(value: unknown): boolean {
  return value === null || value === undefined || Boolean(Number(value)) || value === 'true';
}

function jsonIn(value: unknown, absent: unknown): unknown {
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

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
