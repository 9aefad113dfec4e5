import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, placeholderRows, tableOf } from '../../database/dialect.js';
import { Clock } from '../../host/clock.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { holdDeliveries, waitingFor } from '../model/lock-deliveries.js';
import { RedeliveryEntity } from '../model/delivery-entities.js';
import type { RecoveryStep, Progress } from './recovery-step.js';
import type { RecoveryEntity } from '../model/recovery.entity.js';
import { nextMatches } from './scan-in-slices.js';
import { InjectDatabase } from '../../host/tokens.js';

/**
 * How many wishes for a redelivery may wait at a time before more are made. They go out before everything else, so
 * that a hundred thousand at once would hold back what just happened.
 */
const MOST_WAITING = 32;

/** Asks for one attempt of each delivery that a person's filter means. */
@Injectable()
export class RedeliverBatch implements RecoveryStep {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
    private readonly clock: Clock,
  ) {}

  async room(): Promise<number> {
    const waiting = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM ${tableOf(this.dataSource, RedeliveryEntity)} LIMIT ${MOST_WAITING}`,
    );
    const room = MOST_WAITING - waiting.length;
    // A transaction for each single one would cost more than it hastens.
    return room < MOST_WAITING / 2 ? 0 : room;
  }

  /** Passes over what has nowhere to go or nothing to send, and what waits for its redelivery already. */
  async make(
    manager: EntityManager,
    { id, filter, cursor }: RecoveryEntity,
    room: number,
  ): Promise<Progress> {
    const matches = await nextMatches(manager, filter.deliveries, cursor, room);
    const { byId } = await this.webhooks.current(manager);
    const held = await holdDeliveries(
      manager,
      matches.found.filter(({ webhookId }) => byId.has(webhookId)).map((match) => match.id),
    );
    const waiting = await waitingFor(
      manager,
      held.map((delivery) => delivery.id),
    );
    await this.wish(
      manager,
      id,
      held.filter((delivery) => delivery.hasPayload && !waiting.has(delivery.id)).map((one) => one.id),
    );
    return {
      done: matches.found.length,
      next: matches.cursor === null ? null : { phase: 'deliveries', cursor: matches.cursor },
    };
  }

  private async wish(manager: EntityManager, recoveryId: string, deliveryIds: string[]): Promise<void> {
    if (deliveryIds.length === 0) return;
    const now = this.clock.now();
    await manager.query(
      `${insertIgnore(dialectOf(manager))} ${tableOf(manager, RedeliveryEntity)} (id, delivery_id, due_at)
       VALUES ${placeholderRows(deliveryIds.length, 3)}`,
      deliveryIds.flatMap((deliveryId) => [wishId(recoveryId, deliveryId), deliveryId, now]),
    );
  }
}

/** One recovery wishes for a delivery once, also when its batch is made again. */
function wishId(recoveryId: string, deliveryId: string): string {
  return createHash('sha256').update(`${recoveryId}/${deliveryId}`).digest('hex');
}
