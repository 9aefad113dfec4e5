import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, placeholderRows, tableOf } from '../../database/dialect.js';
import { Clock } from '../../host/clock.js';
import { mayReceiveAnew } from '../../webhooks/subscriptions/may-receive.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { holdDeliveries, waitingFor } from '../model/lock-deliveries.js';
import { RedeliveryEntity } from '../model/delivery-entities.js';
import type { RecoveryStep, StepProgress } from './recovery-step.js';
import type { RecoveryEntity } from '../model/recovery.entity.js';
import { findNextMatches } from './scan-in-slices.js';
import { InjectDatabase } from '../../host/tokens.js';

/**
 * The most redelivery requests that wait at a time. Workers claim them before everything else, so a hundred thousand at
 * once would delay the deliveries of new events.
 */
const MAX_WAITING = 32;

/** One step of `redeliver`: requests one attempt for each delivery that matches the filter. */
@Injectable()
export class RedeliverStep implements RecoveryStep {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
    private readonly clock: Clock,
  ) {}

  async capacity(): Promise<number> {
    const waiting = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM ${tableOf(this.dataSource, RedeliveryEntity)} LIMIT ${MAX_WAITING}`,
    );
    const capacity = MAX_WAITING - waiting.length;
    // A transaction for a few requests costs more than it gains.
    return capacity < MAX_WAITING / 2 ? 0 : capacity;
  }

  /**
   * Skips deliveries without a webhook or without a payload, those whose webhook went to another tenant, and those that
   * have a redelivery request already.
   */
  async run(
    manager: EntityManager,
    { id, filter, cursor }: RecoveryEntity,
    capacity: number,
  ): Promise<StepProgress> {
    const matches = await findNextMatches(manager, filter.deliveries, cursor, capacity);
    const { byId } = await this.webhooks.current(manager);
    const locked = await holdDeliveries(
      manager,
      matches.found.filter(({ webhookId }) => byId.has(webhookId)).map((match) => match.id),
    );
    const waiting = await waitingFor(
      manager,
      locked.map((delivery) => delivery.id),
    );
    const sendable = locked.filter((delivery) => {
      const webhook = byId.get(delivery.webhookId);
      return delivery.hasPayload && webhook !== undefined && mayReceiveAnew(webhook, delivery);
    });
    await this.insertRequests(
      manager,
      id,
      sendable.filter((delivery) => !waiting.has(delivery.id)).map((one) => one.id),
    );
    return {
      done: matches.found.length,
      next: matches.cursor === null ? null : { phase: 'deliveries', cursor: matches.cursor },
    };
  }

  private async insertRequests(
    manager: EntityManager,
    recoveryId: string,
    deliveryIds: string[],
  ): Promise<void> {
    if (deliveryIds.length === 0) return;
    const now = this.clock.now();
    await manager.query(
      `${insertIgnore(dialectOf(manager))} ${tableOf(manager, RedeliveryEntity)} (id, delivery_id, due_at)
       VALUES ${placeholderRows(deliveryIds.length, 3)}`,
      deliveryIds.flatMap((deliveryId) => [hashRequestId(recoveryId, deliveryId), deliveryId, now]),
    );
  }
}

/** The same id for the same recovery and delivery, so that a retried step inserts no second request. */
function hashRequestId(recoveryId: string, deliveryId: string): string {
  return createHash('sha256').update(`${recoveryId}/${deliveryId}`).digest('hex');
}
