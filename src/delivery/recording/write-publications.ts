import type { EntityManager } from 'typeorm';
import { leaveEvidence } from '../../database/commit-evidence.js';
import { tableOf } from '../../database/dialect.js';
import { ConflictError } from '../../http/envelope-error.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import { ERASED_REQUEST } from '../model/erased-events.js';
import { claimKeys, type KeyedIds, setEventIds, unclaimKeys } from './claim-keys.js';
import type { HandOff } from '../model/hand-off.js';
import { awaitCommit, awaitCommitOf } from './commit-watch.js';
import { type EventRow, sizeOfData } from './insert-event.js';
import { insertOffered } from './insert-offered.js';
import { listHashes, type Publication, type PublishedEvent, type RequestKey } from './publication.js';

/** What comes of a publication with the commit of its transaction. */
export type PublicationOutcome =
  /** The ids in the order of its places; of those that stood under their key already, the ids that they have. */
  | { isRefused: false; ids: string[] }
  /** A key was used for something else: nothing of it is recorded. */
  | { isRefused: true; error: ConflictError };

/** A publication that is not recorded has won keys beside others. Its transaction must roll back; alone each succeeds. */
export class PublicationsInterfereError extends Error {
  override readonly name = 'PublicationsInterfereError';

  constructor() {
    super('Events cannot be recorded together, because one of them does not get the keys that it has won.');
  }
}

interface Decision {
  outcome: PublicationOutcome;
  /** The events to be inserted. */
  recorded: PublishedEvent<EventRow>[];
  /** Whether it keeps the keys that it has won. */
  isKept: boolean;
  /** Whether some of its ids are those of former events. */
  hasFormerIds: boolean;
}

/**
 * Records publications in an open transaction: claims their keys, and inserts the events that have none or have won it.
 * A publication is recorded as a whole or not at all, whatever becomes of the others.
 *
 * @param handOff takes events for the worker of this process
 * @param now epoch milliseconds
 * @param complete called with the events to be inserted, before they are: it may change their rows
 * @returns the outcomes in the order of the publications
 * @throws {PublicationsInterfereError} only where there are several
 */
export async function writePublications(
  manager: EntityManager,
  publications: readonly Publication<EventRow>[],
  handOff: HandOff,
  now: number,
  complete: (events: PublishedEvent<EventRow>[]) => Promise<void> = async () => {},
): Promise<PublicationOutcome[]> {
  const known = await claimKeys(manager, listKeys(publications), now);
  const decisions = publications.map((publication) => decide(publication, known));
  const stray = publications
    .filter((_, n) => !decisions[n]?.isKept)
    .flatMap((one) => listWonKeys(one, known));
  if (stray.length > 0 && publications.length > 1) throw new PublicationsInterfereError();
  await unclaimKeys(manager, stray);
  for (const [n, { key }] of publications.entries()) {
    const { outcome, isKept, hasFormerIds } = decisions[n] as Decision;
    if (key && isKept && hasFormerIds && !outcome.isRefused)
      await setEventIds(manager, key.hash, outcome.ids);
  }
  const recorded = decisions.flatMap((decision) => decision.recorded);
  await complete(recorded);
  const offers = await insertOffered(
    manager,
    recorded.map(({ row }) => row),
    handOff,
  );
  noteRecorded(manager, recorded);
  awaitCommitOf(manager, offers);
  return decisions.map(({ outcome }) => outcome);
}

/** Lets the commit be told of, and looked up where its answer is lost: one row of a transaction is there with all. */
function noteRecorded(manager: EntityManager, recorded: readonly PublishedEvent<EventRow>[]): void {
  const [first] = recorded;
  if (first) leaveEvidence(manager, tableOf(manager, WebhookEventEntity), first.id);
  for (const { row } of recorded) awaitCommit(manager, sizeOfData(row));
}

/**
 * Decides about a publication that was recorded before.
 *
 * @param known the keys that were found, by their hashes
 * @returns null when something of it would have to be recorded
 */
export function decideRepeat(
  publication: Publication<EventRow>,
  known: ReadonlyMap<string, KeyedIds>,
): PublicationOutcome | null {
  const { key, events } = publication;
  const isKnown = (one: RequestKey | null) => one !== null && known.has(one.hash);
  const isRepeat = key ? isKnown(key) : events.every((event) => isKnown(event.key));
  return isRepeat ? decide(publication, known).outcome : null;
}

/** Where several publications have the same key, the first one tries to win it. */
function listKeys(publications: readonly Publication<EventRow>[]): KeyedIds[] {
  const keys = new Map<string, KeyedIds>();
  const add = (key: RequestKey | null, eventId: string, eventIds: string[] | null) => {
    if (key && !keys.has(key.hash)) keys.set(key.hash, { ...key, eventId, eventIds });
  };
  for (const { key, events, places } of publications) {
    if (key) add(key, idOfWhole(events), answerIds(places, new Map()));
    for (const event of events) add(event.key, event.id, null);
  }
  return [...keys.values()];
}

function decide(publication: Publication<EventRow>, known: ReadonlyMap<string, KeyedIds>): Decision {
  const { key, events, places } = publication;
  const whole = key && findKey(known, key);
  if (key && whole && whole.eventId !== idOfWhole(events)) {
    if (whole.requestHash !== key.requestHash || !whole.eventIds) return refuse(null, whole);
    const outcome = { isRefused: false as const, ids: whole.eventIds };
    return { outcome, recorded: [], isKept: false, hasFormerIds: true };
  }
  const former = new Map<PublishedEvent<EventRow>, string>();
  for (const event of events) {
    const winner = event.key && findKey(known, event.key);
    if (!event.key || !winner || winner.eventId === event.id) continue;
    if (winner.requestHash !== event.key.requestHash) {
      return refuse(publication.isArray ? places.indexOf(event) : null, winner);
    }
    former.set(event, winner.eventId);
  }
  return {
    outcome: { isRefused: false, ids: answerIds(places, former) },
    recorded: events.filter((event) => !former.has(event)),
    isKept: true,
    hasFormerIds: former.size > 0,
  };
}

/** It was inserted or stood there, and our lock on it keeps it there. */
function findKey(known: ReadonlyMap<string, KeyedIds>, { hash }: RequestKey): KeyedIds {
  const key = known.get(hash);
  if (!key) throw new Error('An idempotency key that was claimed is not there. Nothing was recorded.');
  return key;
}

/**
 * @param index of the event whose key it is; null: the header's
 * @param found the key as it is stored
 */
function refuse(index: number | null, { requestHash }: KeyedIds): Decision {
  const which = index === null ? 'This Idempotency-Key' : `[${index}]: this idempotencyKey`;
  const what = requestHash === ERASED_REQUEST ? 'an event that was erased since' : 'another request';
  const error = new ConflictError(`${which} was used for ${what}. Nothing was recorded.`);
  return { outcome: { isRefused: true, error }, recorded: [], isKept: false, hasFormerIds: false };
}

function listWonKeys(publication: Publication<EventRow>, known: ReadonlyMap<string, KeyedIds>): string[] {
  const ids = new Set(publication.events.map(({ id }) => id));
  return listHashes(publication).filter((hash) => ids.has(known.get(hash)?.eventId ?? ''));
}

function idOfWhole(events: readonly PublishedEvent<EventRow>[]): string {
  return (events[0] as PublishedEvent<EventRow>).id;
}

/** @param former the ids of those that were recorded under their key before */
function answerIds(
  places: readonly PublishedEvent<EventRow>[],
  former: ReadonlyMap<PublishedEvent<EventRow>, string>,
): string[] {
  return places.map((event) => former.get(event) ?? event.id);
}
