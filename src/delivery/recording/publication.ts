import { hash as digest } from 'node:crypto';
import type { WebhookEventInit } from '../../events/webhook-event.js';
import { ConflictError } from '../../http/envelope-error.js';
import type { PublishedBy } from '../model/published-by.js';

/** An event to be published. */
export interface KeyedEvent {
  event: WebhookEventInit;
  /** Its idempotency key; null: none. */
  key: string | null;
  /** Who publishes it; null: it is not for the audit log. */
  by: PublishedBy | null;
}

/** An idempotency key of a request, as it is stored. */
export interface RequestKey {
  hash: string;
  /** Hash of what is to be recorded under the key. */
  requestHash: string;
}

/** An event of a {@link Publication}. */
export interface PublishedEvent<Row> {
  /** The id that it gets, unless its key was used before. */
  id: string;
  key: RequestKey | null;
  row: Row;
}

/** What one request publishes: all of it is recorded, or nothing. */
export interface Publication<Row> {
  /** Each once, though its key may be there twice. */
  events: PublishedEvent<Row>[];
  /** The event of each place of the request. */
  places: PublishedEvent<Row>[];
  /** The key of the request as a whole. */
  key: RequestKey | null;
  /** Whether the request is an array, whose faults name an index. */
  isArray: boolean;
}

/** Makes the id and the row of an event that is to be recorded. */
export type Prepare<Row> = (event: KeyedEvent) => { id: string; row: Row };

/** Prepares a request for one event. */
export function createPublication<Row>(given: KeyedEvent, prepare: Prepare<Row>): Publication<Row> {
  const { event, key } = given;
  const { id, row } = prepare(given);
  const only = { id, row, key: key === null ? null : toEventKey(event, key) };
  return { events: [only], places: [only], key: null, isArray: false };
}

/**
 * Prepares a request for an array of events.
 *
 * @param whole the key of the request, and the tenant of its caller
 * @throws {ConflictError} when two events have the same key and are not the same
 */
export function createArrayPublication<Row>(
  events: readonly KeyedEvent[],
  whole: { key: string | null; tenant: string | null },
  prepare: Prepare<Row>,
): Publication<Row> {
  const key = whole.key === null ? null : toWholeKey(events, whole.key, whole.tenant);
  const byKey = new Map<string, { only: PublishedEvent<Row>; index: number }>();
  const places = events.map((given, index): PublishedEvent<Row> => {
    const { event, key: text } = given;
    const ofEvent = text === null ? null : toEventKey(event, text);
    if (ofEvent && ofEvent.hash === key?.hash) throw refuseKey(index, 'the Idempotency-Key of the request');
    const same = ofEvent && byKey.get(ofEvent.hash);
    if (same && same.only.key?.requestHash === ofEvent.requestHash) return same.only;
    if (same) throw refuseKey(index, `that of [${same.index}], which is another event`);
    const { id, row } = prepare(given);
    const only = { id, row, key: ofEvent };
    if (ofEvent) byKey.set(ofEvent.hash, { only, index });
    return only;
  });
  return { events: [...new Set(places)], places, key, isArray: true };
}

/** The hashes of all keys of a publication. */
export function listHashes({ key, events }: Publication<unknown>): string[] {
  return [...(key ? [key.hash] : []), ...events.flatMap((event) => (event.key ? [event.key.hash] : []))];
}

function refuseKey(index: number, what: string): ConflictError {
  return new ConflictError(`[${index}]: this idempotencyKey is ${what}. Nothing was recorded.`);
}

/** The key of one event, the same whether it comes alone or in an array. It is unique within the event's tenant. */
export function toEventKey(event: WebhookEventInit, key: string): RequestKey {
  const keyHash = sha256(JSON.stringify([event.tenant ?? null, key]));
  return { hash: keyHash, requestHash: sha256(JSON.stringify(event)) };
}

/** The key of an array of events. Where all are of one tenant, it is the key that one of them would have alone. */
function toWholeKey(events: readonly KeyedEvent[], key: string, tenant: string | null): RequestKey {
  const [first = null, ...others] = new Set(events.map(({ event }) => event.tenant ?? null));
  return {
    hash: sha256(JSON.stringify([others.length === 0 ? first : tenant, key])),
    requestHash: sha256(JSON.stringify(events.map((each) => [each.key, each.event]))),
  };
}

function sha256(text: string): string {
  return digest('sha256', text, 'hex');
}
