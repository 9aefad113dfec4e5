import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import type { ClientTransaction } from '../../database/clients/client-transaction.js';
import { isDiskFull } from '../../database/database-errors.js';
import { type WebhookEventInit, WebhookEvent } from '../../events/webhook-event.js';
import type { RecordedSize } from '../admission/admission-bounds.js';
import { AdmissionControl } from '../admission/admission-control.js';
import { InjectDatabase } from '../../host/tokens.js';
import type { PublishedBy } from '../model/published-by.js';
import { findKeys } from './claim-keys.js';
import { readRecorded } from './commit-watch.js';
import { EventRecorder, type PreparedEvent } from './event-recorder.js';
import { type EventRow, placeInOrder, sizeOfData, toEventRow } from './insert-event.js';
import { insertThroughClient } from './insert-through-client.js';
import { allocatePosition } from './ordering.js';
import {
  createArrayPublication,
  createPublication,
  type KeyedEvent,
  listHashes,
  type Prepare,
  type Publication,
  type PublishedEvent,
} from './publication.js';
import { PublicationCommitter } from './publication-committer.js';
import { decideRepeat, type PublicationOutcome } from './write-publications.js';

/** Records events that are published through the API, rather than emitted by a change. */
@Injectable()
export class EventPublisher {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly recorder: EventRecorder,
    private readonly committer: PublicationCommitter,
    private readonly admission: AdmissionControl,
  ) {}

  /**
   * Records an event in the caller's transaction.
   *
   * @returns the event's id
   * @throws {EventRefusedError} while a bound of `limits` is passed, or this transaction alone passes it. The transaction
   *   does not know of the event then, so that a publisher who catches the error may commit the change without it
   */
  async publish(manager: EntityManager, event: WebhookEventInit): Promise<string> {
    this.admission.admit(readRecorded(manager));
    return this.recorder.record(new WebhookEvent(event, manager));
  }

  /**
   * Records an event in a transaction of a client of the host. Its commit is not heard, so that no worker leases the event:
   * the next poll finds it.
   *
   * @returns the event's id
   * @throws {EventRefusedError} while a bound of `limits` is passed
   * @throws the client's error
   */
  async publishThrough(transaction: ClientTransaction, event: WebhookEventInit): Promise<string> {
    this.admission.admit();
    const { manager } = this.dataSource;
    const { id, content, orderKey, end } = this.recorder.prepare(new WebhookEvent(event, manager));
    const row = toEventRow(content);
    try {
      await insertThroughClient(this.dataSource, transaction, row, orderKey);
    } catch (error) {
      end(null);
      throw isDiskFull(error) ? this.admission.noteFullDisk(error) : error;
    }
    end(id);
    // Counted here: a rollback that is counted too is put right by the next reading.
    this.admission.noteCommit({ events: 1, bytes: sizeOfData(row) });
    return id;
  }

  /**
   * Records an event in its own transaction, once per idempotency key: a repeated request with the same key returns the
   * id of the first one, also when both run at the same time.
   *
   * @param key chosen by the publisher, unique within its tenant; null: always a new event
   * @param by who publishes it, for the audit log. Default: it is not for the audit log
   * @returns the event's id
   * @throws {ConflictError} when the key was used for a different request
   * @throws {EventRefusedError} as {@link publish} does
   */
  async publishOnce(
    event: WebhookEventInit,
    key: string | null,
    by: PublishedBy | null = null,
  ): Promise<string> {
    const [id] = await this.record((prepare) => createPublication({ event, key, by }, prepare));
    return id as string;
  }

  /**
   * Records events in one transaction: all or none. Each may have an idempotency key of its own, as in
   * {@link publishOnce}; the request may have one for the whole.
   *
   * @param key of the request; null: none
   * @param tenant the caller's
   * @returns the ids in the order of the events
   * @throws {ConflictError} when a key was used for a different request, or twice here for different events
   * @throws {EventRefusedError} as {@link publish} does
   */
  async publishAll(
    events: readonly KeyedEvent[],
    key: string | null,
    tenant: string | null,
  ): Promise<string[]> {
    return this.record((prepare) => createArrayPublication(events, { key, tenant }, prepare));
  }

  private async record(create: (prepare: Prepare<EventRow>) => Publication<EventRow>): Promise<string[]> {
    const prepared: PreparedEvent[] = [];
    let ids: readonly string[] = [];
    try {
      const publication = create(({ event, by }) => {
        const one = this.recorder.prepare(new WebhookEvent(event, this.dataSource.manager));
        prepared.push(one);
        return { id: one.id, row: toEventRow({ ...one.content, publishedBy: by }) };
      });
      const outcome = (await this.findRepeat(publication)) ?? (await this.commit(publication, prepared));
      if (outcome.isRefused) throw outcome.error;
      ids = outcome.ids;
      return outcome.ids;
    } catch (error) {
      throw isDiskFull(error) ? this.admission.noteFullDisk(error) : error;
    } finally {
      for (const { id, end } of prepared) end(ids.includes(id) ? id : null);
    }
  }

  /** While no event is recorded, a repeated request is answered all the same. */
  private async findRepeat(publication: Publication<EventRow>): Promise<PublicationOutcome | null> {
    if (this.admission.closedBy === null) return null;
    return decideRepeat(publication, await findKeys(this.dataSource.manager, listHashes(publication)));
  }

  private async commit(
    publication: Publication<EventRow>,
    prepared: readonly PreparedEvent[],
  ): Promise<PublicationOutcome> {
    this.admission.admit(sizeBeforeLast(publication));
    // A position in a line is locked until the commit, which others should not wait for.
    if (prepared.every(({ orderKey }) => orderKey === null)) return this.committer.commit(publication);
    return this.committer.commitAlone(publication, (manager, events) =>
      allocatePositions(manager, events, prepared),
    );
  }
}

/** What the last event of a publication finds recorded by its transaction. */
function sizeBeforeLast({ events }: Publication<EventRow>): RecordedSize {
  const before = events.slice(0, -1);
  return { events: before.length, bytes: before.reduce((sum, { row }) => sum + sizeOfData(row), 0) };
}

/**
 * Gives events their positions in their lines. It takes the lines in their order, so that two transactions do not
 * deadlock, and within a line the events in theirs.
 */
async function allocatePositions(
  manager: EntityManager,
  events: readonly PublishedEvent<EventRow>[],
  prepared: readonly PreparedEvent[],
): Promise<void> {
  const lines = new Map(prepared.map(({ id, orderKey }) => [id, orderKey]));
  const lineOf = ({ id }: { id: string }) => lines.get(id) ?? '';
  const ordered = events
    .filter((event) => lineOf(event) !== '')
    .toSorted((one, other) => (lineOf(one) < lineOf(other) ? -1 : lineOf(one) > lineOf(other) ? 1 : 0));
  for (const event of ordered) {
    event.row = placeInOrder(event.row, await allocatePosition(manager, lineOf(event)));
  }
}
