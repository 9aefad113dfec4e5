import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { ClockSteps, type ClockStep } from '../../database/clock-steps.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { readInPages } from '../../database/read-in-pages.js';
import { inReadCommitted } from '../../database/transactions.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import { WebhookHandshakeEntity } from '../../webhooks/model/webhook-handshake.entity.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { WebhookEntity } from '../../webhooks/model/webhook.entity.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import {
  DeliveryEntity,
  RedeliveryEntity,
  WebhookEventEntity,
  WebhookSlotEntity,
} from '../model/delivery-entities.js';
import { RecoveryEntity } from '../model/recovery.entity.js';

/** The most deliveries that one statement changes. */
const ROWS_PER_STATEMENT = 500;

/** A webhook seems to have been made this long before the step was noticed: events were recorded meanwhile. */
const NOTICED_WITHIN_MS = 20_000;

/** Tables with few rows that wait for a time, and its column. */
const WAITING: [EntityTarget<ObjectLiteral>, string][] = [
  [RedeliveryEntity, 'due_at'],
  [WebhookSlotEntity, 'held_until'],
  [WebhookHealthEntity, 'paused_until'],
  [WebhookHealthEntity, 'rate_tokens_at'],
  [WebhookHandshakeEntity, 'due_at'],
  [RecoveryEntity, 'due_at'],
];

/**
 * Sets the times back that a clock which was ahead has written, when it was set right: due times, leases and pauses end
 * as much later as they were meant to. Without it nothing that waits would go on until the wrong time has come.
 */
@Injectable()
export class DueTimes implements OnModuleInit {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly steps: ClockSteps,
    private readonly webhooks: WebhookSource,
    private readonly ids: TimeOrderedIds,
  ) {}

  onModuleInit(): void {
    this.steps.onStepBack((step) => this.setBack(step));
  }

  private async setBack({ now, byMs }: ClockStep): Promise<void> {
    await inReadCommitted(this.dataSource, async (manager) => {
      for (const [entity, column] of WAITING) {
        // Who has read a receiver's health before must not write the old times back.
        const token = entity === WebhookHealthEntity ? [this.ids.next()] : [];
        await manager.query(
          `UPDATE ${tableOf(manager, entity)} SET ${column} = ${column} - ?${token.length > 0 ? ', write_token = ?' : ''}
           WHERE ${column} > ?`,
          [byMs, ...token, now],
        );
      }
      // A postponed event has its time as a negative number.
      await manager.query(
        `UPDATE ${tableOf(manager, WebhookEventEntity)} SET fan_out_due_at = fan_out_due_at + ? WHERE fan_out_due_at < ?`,
        [byMs, -now],
      );
      // Else it would miss the events until the time at which it seems to have been made.
      await this.webhooks.bumpVersion(manager);
      await manager.query(
        `UPDATE ${tableOf(manager, WebhookEntity)} SET created_at = ? WHERE created_at > ?`,
        [now - NOTICED_WITHIN_MS, now],
      );
    });
    const lanes = await readInPages<{ id: string }, string>(
      ({ id }) => id,
      (after, most) =>
        this.dataSource.query<{ id: string }[]>(
          `SELECT id FROM ${tableOf(this.dataSource, WebhookEntity)} WHERE id > ? ORDER BY id LIMIT ${most}`,
          [after ?? ''],
        ),
    );
    for (const { id } of lanes) await this.setLaneBack(id, now, byMs);
  }

  /** Walks up the due times of a webhook; those that were set back lie below the cursor. */
  private async setLaneBack(lane: string, now: number, byMs: number): Promise<void> {
    const table = tableOf(this.dataSource, DeliveryEntity);
    let cursor = now;
    for (;;) {
      const rows = await this.dataSource.query<{ id: string; due_at: string | number }[]>(
        `SELECT id, due_at FROM ${table} WHERE lane = ? AND due_at > ? ORDER BY due_at LIMIT ${ROWS_PER_STATEMENT}`,
        [lane, cursor],
      );
      const last = rows.at(-1);
      if (!last) return;
      // Rows of the same time belong together: the cursor is a time.
      cursor = Number(last.due_at);
      await inReadCommitted(this.dataSource, (manager) =>
        manager.query(
          `UPDATE ${table}${byPrimaryKey(dialectOf(manager))}
           SET due_at = due_at - ?, next_attempt_at = next_attempt_at - ?
           WHERE id IN (${placeholders(rows.length)}) AND due_at > ?`,
          [byMs, byMs, ...rows.map(({ id }) => id), now],
        ),
      );
    }
  }
}
