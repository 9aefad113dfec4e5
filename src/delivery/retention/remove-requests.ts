import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import { DeliveryEntity } from '../model/delivery-entities.js';
import { RequestEntity } from '../model/request.entity.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { type Removal, type RemovalResult } from './removal.js';

/** How many rows one batch scans: each asks for the deliveries of its webhook. */
const REQUESTS_PER_BATCH = 50;

/** A row is marked as used once a day: an attempt may be so much younger than the mark. */
const MARK_EVERY_MS = 86_400_000;

/** Removes what old requests had in common, once no delivery is left that may have an attempt with it. */
@Injectable()
export class RequestRemoval implements Removal {
  readonly what = 'requests';

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
  ) {}

  get days(): number {
    return this.options.retention.deliveriesDays;
  }

  async removeBatch(before: number, from: string): Promise<RemovalResult> {
    const [fromTime = '0', fromId = ''] = from.split('/');
    const rows = await this.dataSource.query<{ id: string; webhook_id: string; used_at: string | number }[]>(
      `SELECT id, webhook_id, used_at FROM ${tableOf(this.dataSource, RequestEntity)}
       WHERE used_at < ? AND used_at >= ? AND (used_at > ? OR id > ?)
       ORDER BY used_at, id LIMIT ${REQUESTS_PER_BATCH}`,
      [before, Number(fromTime), Number(fromTime), fromId],
    );
    const last = rows.at(-1);
    if (!last) return { count: 0, next: null };
    const unused: string[] = [];
    for (const { id, webhook_id, used_at } of rows) {
      if (!(await this.isAnyDeliveryLeft(webhook_id, Number(used_at) + MARK_EVERY_MS))) unused.push(id);
    }
    if (unused.length > 0) {
      await inReadCommitted(this.dataSource, (manager) =>
        deleteByKeys(manager, tableOf(manager, RequestEntity), 'id', unused.sort(), {
          sql: 'used_at < ?',
          values: [before],
        }),
      );
    }
    return {
      count: unused.length,
      next: rows.length < REQUESTS_PER_BATCH ? null : `${last.used_at}/${last.id}`,
    };
  }

  /** Ids are time-ordered, and no attempt is older than its delivery. */
  private async isAnyDeliveryLeft(webhookId: string, until: number): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM ${tableOf(this.dataSource, DeliveryEntity)} WHERE webhook_id = ? AND id < ? LIMIT 1`,
      [webhookId, firstIdAt(until)],
    );
    return rows.length > 0;
  }
}
