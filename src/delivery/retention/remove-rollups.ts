import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { InjectDatabase } from '../../host/tokens.js';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { WebhookHourEntity, WebhookMinuteEntity } from '../rollups/rollup.entity.js';
import { type Removal, type RemovalResult, ROWS_PER_STATEMENT } from './removal.js';

/** Minutes are kept this long, days: charts by the minute reach back one day. */
const MINUTES_DAYS = 2;

/** Removes the old rows of one rollup table. */
abstract class RollupRemoval implements Removal {
  abstract readonly what: string;
  abstract readonly days: number;
  protected abstract readonly entity: EntityTarget<ObjectLiteral>;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) protected readonly options: DeliveryOptions,
  ) {}

  async removeBatch(before: number): Promise<RemovalResult> {
    const table = tableOf(this.dataSource, this.entity);
    const rows = await this.dataSource.query<{ at: string | number }[]>(
      `SELECT at FROM ${table} WHERE at < ? ORDER BY at LIMIT ${ROWS_PER_STATEMENT}`,
      [before],
    );
    const last = rows.at(-1);
    if (!last) return { count: 0, next: null };
    // Also the further rows of the last time: at most one for each webhook.
    await inReadCommitted(this.dataSource, (manager) =>
      manager.query(`DELETE FROM ${table} WHERE at <= ?`, [last.at]),
    );
    return { count: rows.length, next: rows.length < ROWS_PER_STATEMENT ? null : '' };
  }
}

/** Removes the old rollups by the minute: charts of more than a day use the hours. */
@Injectable()
export class MinuteRollupRemoval extends RollupRemoval {
  readonly what = 'minutes of rollups';
  protected readonly entity = WebhookMinuteEntity;

  get days(): number {
    const { rollupsDays } = this.options.retention;
    return rollupsDays === 0 ? MINUTES_DAYS : Math.min(MINUTES_DAYS, rollupsDays);
  }
}

/** Removes the old rollups by the hour. */
@Injectable()
export class HourRollupRemoval extends RollupRemoval {
  readonly what = 'hours of rollups';
  protected readonly entity = WebhookHourEntity;

  get days(): number {
    return this.options.retention.rollupsDays;
  }
}
