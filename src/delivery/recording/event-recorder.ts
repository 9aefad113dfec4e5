import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { EntityManager } from 'typeorm';
import { leaveEvidence } from '../../database/commit-evidence.js';
import { isDiskFull } from '../../database/database-errors.js';
import { tableOf } from '../../database/dialect.js';
import { markOwnTransaction } from '../../database/own-transactions.js';
import { WebhookEvent } from '../../events/webhook-event.js';
import { InjectEmitter } from '../../host/tokens.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { AdmissionControl } from '../admission/admission-control.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import { HandOff } from '../model/hand-off.js';
import { Tracing } from '../tracing/tracing.js';
import { awaitCommit, awaitCommitOf, CommitWatch, readRecorded } from './commit-watch.js';
import { type EventRecord, sizeOfData, toEventRow } from './insert-event.js';
import { insertOffered } from './insert-offered.js';
import { allocatePosition, hashOrderKey, OrderingMonitor } from './ordering.js';

/** An event that is about to be recorded. */
export interface PreparedEvent {
  id: string;
  content: EventRecord;
  /** The line in which it must be given a position; null: none. */
  orderKey: string | null;
  /** Ends its span. Null: it was not recorded. */
  end(eventId: string | null): void;
}

/**
 * Writes the transactional outbox: it listens to every emitted event and inserts its row in the transaction of the
 * change. An error propagates to the emitter of the event, so that the change is rolled back.
 *
 * It listens with `onAny`, because `@OnEvent('**')` receives nothing in a host whose emitter has wildcards off or
 * another delimiter, and a list of names would miss a host's own events.
 */
@Injectable()
export class EventRecorder implements OnModuleInit, OnApplicationShutdown {
  // oxlint-disable-next-line max-params
  constructor(
    @InjectEmitter() private readonly emitter: EventEmitter2,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
    private readonly ordering: OrderingMonitor,
    private readonly tracing: Tracing,
    private readonly admission: AdmissionControl,
    private readonly commits: CommitWatch,
    private readonly handOff: HandOff,
  ) {}

  onModuleInit(): void {
    this.commits.onCommit((recorded) => this.admission.noteCommit(recorded));
    this.emitter.onAny(this.onAnyEvent);
  }

  onApplicationShutdown(): void {
    this.emitter.offAny(this.onAnyEvent);
  }

  /**
   * Records an event in the transaction of its manager, or in a new one when none is open.
   *
   * @returns the event's id
   * @throws {EventRefusedError} before anything is written, while a bound of `limits` is passed, or the transaction alone
   *   passes it; also when the disk of the database is full
   */
  async record(event: WebhookEvent): Promise<string> {
    this.admission.admit(readRecorded(event.manager));
    const { id, content, orderKey, end } = this.prepare(event);
    const write = async (manager: EntityManager) => {
      const order = orderKey === null ? null : await allocatePosition(manager, orderKey);
      const row = toEventRow({ ...content, order });
      const offers = await insertOffered(manager, [row], this.handOff);
      leaveEvidence(manager, tableOf(manager, WebhookEventEntity), id);
      awaitCommit(manager, sizeOfData(row));
      awaitCommitOf(manager, offers);
    };
    const writeAlone = async (manager: EntityManager) => {
      markOwnTransaction(manager);
      await write(manager);
    };
    try {
      if (event.manager.queryRunner?.isTransactionActive) await write(event.manager);
      else await event.manager.transaction(writeAlone);
    } catch (error) {
      end(null);
      throw isDiskFull(error) ? this.admission.noteFullDisk(error) : error;
    }
    event.acknowledge(id);
    end(id);
    return id;
  }

  /** Gives an event its id, and starts its span. Nothing is written. */
  prepare(event: WebhookEvent): PreparedEvent {
    const { type, model, uid, key, tenant, data } = event;
    const { traceparent: trace, end } = this.tracing.startPublishSpan(event);
    const context = trace === null ? event.context : { ...event.context, trace };
    // The time before the id: an id is never behind the recorded time.
    const createdAt = this.clock.now();
    const id = this.ids.next();
    return {
      id,
      content: {
        type,
        model,
        uid,
        key,
        tenant,
        data,
        context,
        id,
        createdAt,
        order: null,
        publishedBy: null,
      },
      orderKey: this.ordering.isRequired ? hashOrderKey(event) : null,
      end,
    };
  }

  private readonly onAnyEvent = async (_name: string | string[], event: unknown): Promise<void> => {
    if (WebhookEvent.is(event) && event.recordedId === null) await this.record(event);
  };
}
