import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { inReadCommitted } from '../../database/transactions.js';
import { type WebhookEventInit, WebhookEvent } from '../../events/webhook-event.js';
import { ConflictError } from '../../http/envelope-error.js';
import { Clock } from '../../host/clock.js';
import { AdmissionControl } from '../admission/admission-control.js';
import { InjectDatabase } from '../../host/tokens.js';
import { IdempotencyKeyEntity } from '../model/delivery-entities.js';
import { readRecorded } from './commit-watch.js';
import { EventRecorder } from './event-recorder.js';

/** Records events that are published through the API, rather than emitted by a change. */
@Injectable()
export class EventPublisher {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly recorder: EventRecorder,
    private readonly clock: Clock,
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
   * Records an event in its own transaction, once per idempotency key: a repeated request with the same key returns the
   * id of the first one, also when both run at the same time.
   *
   * @param key chosen by the publisher, unique within its tenant; null: always a new event
   * @returns the event's id
   * @throws {ConflictError} when the key was used for a different request
   */
  async publishOnce(event: WebhookEventInit, key: string | null): Promise<string> {
    if (key === null) return inReadCommitted(this.dataSource, (manager) => this.publish(manager, event));
    const keyHash = sha256(JSON.stringify([event.tenant ?? null, key]));
    const requestHash = sha256(JSON.stringify(event));
    const known = await this.findPublished(keyHash, requestHash);
    if (known) return known;
    try {
      return await inReadCommitted(this.dataSource, async (manager) => {
        const eventId = await this.publish(manager, event);
        await manager.insert(IdempotencyKeyEntity, {
          keyHash,
          eventId,
          requestHash,
          createdAt: this.clock.now(),
        });
        return eventId;
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const winner = await this.findPublished(keyHash, requestHash);
      if (!winner) throw error;
      return winner;
    }
  }

  /** @throws {ConflictError} when the key was used for a different request */
  private async findPublished(keyHash: string, requestHash: string): Promise<string | null> {
    const known = await this.dataSource.manager.findOneBy(IdempotencyKeyEntity, { keyHash });
    if (known && known.requestHash !== requestHash) {
      throw new ConflictError('This Idempotency-Key was used for another request. Nothing was recorded.');
    }
    return known?.eventId ?? null;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
