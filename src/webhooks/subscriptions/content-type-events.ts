import type { EventCatalogue } from '../../events/event-catalogue.js';
import type { ContentTypeEvents } from '../model/webhook.entity.js';
import { matchesEventName } from './is-subscribed.js';

/** Something wrong with `contentTypeEvents`. */
export interface ContentTypeEventsProblem {
  /** The content type; null: all lists together. */
  uid: string | null;
  message: string;
  /** The value in the request. */
  value?: unknown;
}

const MOST_LISTS = 100;
const MOST_EVENTS = 100;

/** Finds everything wrong with the lists: unknown content types or events, events without a content type, no lists. */
export function findContentTypeEventsProblems(
  lists: Record<string, unknown>,
  uids: readonly string[],
  catalogue: Pick<EventCatalogue, 'get'>,
): ContentTypeEventsProblem[] {
  const entries = Object.entries(lists);
  if (entries.length > MOST_LISTS) {
    return [{ uid: null, message: `contentTypeEvents may hold at most ${MOST_LISTS} content types` }];
  }
  return entries.flatMap(([uid, list]): ContentTypeEventsProblem[] => {
    if (!uids.includes(uid)) {
      return [{ uid, message: `contentTypeEvents: there is no content type "${uid}"`, value: list }];
    }
    if (!Array.isArray(list)) {
      return [{ uid, message: `contentTypeEvents: "${uid}" must hold an array of events`, value: list }];
    }
    if (list.length > MOST_EVENTS) {
      return [{ uid, message: `contentTypeEvents: "${uid}" may hold at most ${MOST_EVENTS} events` }];
    }
    return list.flatMap((event: unknown) => {
      const message = findEventProblem(event, uid, catalogue);
      return message === null ? [] : [{ uid, message, value: event }];
    });
  });
}

/** Removes the events that `events` matches already, duplicates, and lists that are then empty. */
export function pruneContentTypeEvents(
  lists: ContentTypeEvents,
  events: readonly string[],
): ContentTypeEvents {
  return Object.fromEntries(
    Object.entries(lists)
      .map(
        ([uid, list]) =>
          [uid, [...new Set(list)].filter((event) => !matchesEventName(events, event))] as const,
      )
      .filter(([, list]) => list.length > 0),
  );
}

function findEventProblem(
  event: unknown,
  uid: string,
  catalogue: Pick<EventCatalogue, 'get'>,
): string | null {
  if (typeof event !== 'string') return `contentTypeEvents: "${uid}" must hold names of events`;
  const type = catalogue.get(event);
  if (!type) return `Webhook event ${event} is not supported`;
  return type.hasUid ? null : `contentTypeEvents: ${event} belongs to no content type; list it in "events"`;
}
