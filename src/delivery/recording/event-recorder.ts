import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { EntityManager } from 'typeorm';
import { leaveEvidence } from '../../database/commit-evidence.js';
import { isDiskFull } from '../../database/database-errors.js';
import { tableOf } from '../../database/dialect.js';
import { WebhookEvent } from '../../events/webhook-event.js';
import { InjectEmitter } from '../../host/tokens.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { AdmissionControl } from '../admission/admission-control.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import { Tracing } from '../tracing/tracing.js';
import { awaitCommit, CommitWatch, readRecorded } from './commit-watch.js';
import { insertEvent } from './insert-event.js';
import { allocatePosition, hashOrderKey, OrderingMonitor } from './ordering.js';

/**
 * Writes the transactional outbox: it listens to every emitted event and inserts its row in the transaction of the
 * change. An error propagates to the emitter of the event, so that the change is rolled back.
 *
 * It listens with `onAny`, because `@OnEvent('**')` receives nothing in a host whose emitter has wildcards off or
 * another delimiter, and a list of names would miss a host's own events.
 */
@Injectable()
export class EventRecorder implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @InjectEmitter() private readonly emitter: EventEmitter2,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
    private readonly ordering: OrderingMonitor,
    private readonly tracing: Tracing,
    private readonly admission: AdmissionControl,
    private readonly commits: CommitWatch,
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
    const span = this.tracing.startPublishSpan(event);
    let id: string | null = null;
    try {
      id = await this.write(event, span.traceparent);
      return id;
    } catch (error) {
      throw isDiskFull(error) ? this.admission.noteFullDisk(error) : error;
    } finally {
      span.end(id);
    }
  }

  private async write(event: WebhookEvent, trace: string | null): Promise<string> {
    // The time before the id: an id is never behind the recorded time.
    const createdAt = this.clock.now();
    const id = this.ids.next();
    const write = async (manager: EntityManager) => {
      const orderKey = this.ordering.isRequired ? hashOrderKey(event) : null;
      const order = orderKey === null ? null : await allocatePosition(manager, orderKey);
      const size = await insertEvent(manager, { ...this.toContent(event, trace), id, createdAt, order });
      leaveEvidence(manager, tableOf(manager, WebhookEventEntity), id);
      awaitCommit(manager, size);
    };
    if (event.manager.queryRunner?.isTransactionActive) await write(event.manager);
    else await event.manager.transaction(write);
    event.acknowledge(id);
    return id;
  }

  private readonly onAnyEvent = async (_name: string | string[], event: unknown): Promise<void> => {
    if (WebhookEvent.is(event) && event.recordedId === null) await this.record(event);
  };

  private toContent({ type, model, uid, key, tenant, data, context }: WebhookEvent, trace: string | null) {
    return { type, model, uid, key, tenant, data, context: trace === null ? context : { ...context, trace } };
  }
}
