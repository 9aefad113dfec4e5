import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { inReadCommitted } from '../../database/transactions.js';
import { ConflictError } from '../../http/envelope-error.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { mayReceiveAnew } from '../../webhooks/subscriptions/may-receive.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { InjectDatabase } from '../../host/tokens.js';
import { DeliveryCloser } from '../outcomes/delivery-closer.js';
import { holdDeliveries } from '../model/lock-deliveries.js';
import { type DeliveryEntity, RedeliveryEntity } from '../model/delivery-entities.js';
import { DeliveryWorker } from '../worker/delivery-worker.js';

/** Redelivers or cancels single deliveries on request. */
@Injectable()
export class ManualDeliveries {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly registry: WebhookSource,
    private readonly ending: DeliveryCloser,
    private readonly worker: DeliveryWorker,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
  ) {}

  /**
   * Requests one attempt now. The request is a row, so that any worker can claim it.
   *
   * @throws {ConflictError} when the webhook was deleted or went to another tenant, or the payload was erased, or removed
   *   by retention
   */
  async redeliver(delivery: DeliveryEntity): Promise<void> {
    const webhook = await this.registry.find(this.dataSource.manager, delivery.webhookId);
    if (!webhook) {
      throw new ConflictError('The webhook of this delivery was deleted, so it cannot be sent again.');
    }
    await inReadCommitted(this.dataSource, async (manager) => {
      const [locked] = await holdDeliveries(manager, [delivery.id]);
      if (locked?.erased) {
        const { at, by } = locked.erased;
        throw new ConflictError(
          `What this delivery sent was erased at ${new Date(at).toISOString()} by the erasure ${by}, so it cannot be sent again.`,
        );
      }
      if (!locked?.hasPayload) {
        throw new ConflictError(
          'What this delivery sent is no longer kept (the setting retention.payloadsDays), so it cannot be sent again.',
        );
      }
      if (!mayReceiveAnew(webhook, locked)) {
        throw new ConflictError(
          'The webhook of this delivery went to another tenant, so it cannot be sent there again.',
        );
      }
      await manager.insert(RedeliveryEntity, {
        id: this.ids.next(),
        deliveryId: delivery.id,
        dueAt: this.clock.now(),
        leaseToken: null,
      });
    });
    this.worker.notify();
  }

  /**
   * Ends a pending delivery as `cancelled`.
   *
   * @throws {ConflictError} when the delivery is not pending
   */
  async cancel(delivery: DeliveryEntity): Promise<void> {
    if (!(await this.ending.close(delivery.id, 'cancelled'))) {
      throw new ConflictError('Only a pending delivery can be cancelled, and this one has ended.');
    }
  }
}
