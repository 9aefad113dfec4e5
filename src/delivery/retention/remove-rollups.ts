import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { InjectDatabase } from '../../host/tokens.js';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { WebhookHourEntity, WebhookMinuteEntity } from '../rollups/rollup.entity.js';
import { type Removal, type Removed, ROWS_PER_STATEMENT } from './removal.js';

/** Charts by the minute reach back a day. */
const MINUTES_DAYS = 2;

abstract class RemoveRollups implements Removal {
  abstract readonly what: string;
  abstract readonly days: number;
  protected abstract readonly entity: EntityTarget<ObjectLiteral>;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) protected readonly options: DeliveryOptions,
  ) {}

  async removeSome(before: number): Promise<Removed> {
    const table = tableOf(this.dataSource, this.entity);
    const rows = await this.dataSource.query<{ at: string | number }[]>(
      `SELECT at FROM ${table} WHERE at < ? ORDER BY at LIMIT ${ROWS_PER_STATEMENT}`,
      [before],
    );
    const last = rows.at(-1);
    if (!last) return { count: 0, next: null };
    // All of one time at once: as many as there were webhooks.
    await inReadCommitted(this.dataSource, (manager) =>
      manager.query(`DELETE FROM ${table} WHERE at <= ?`, [last.at]),
    );
    return { count: rows.length, next: rows.length < ROWS_PER_STATEMENT ? null : '' };
  }
}

/** Removes what is counted by the minute: charts of more than a day are drawn of hours. */
@Injectable()
export class RemoveMinutes extends RemoveRollups {
  readonly what = 'minutes of rollups';
  protected readonly entity = WebhookMinuteEntity;

  get days(): number {
    const { rollupsDays } = this.options.retention;
    return rollupsDays === 0 ? MINUTES_DAYS : Math.min(MINUTES_DAYS, rollupsDays);
  }
}

/** Removes what is counted by the hour. */
@Injectable()
export class RemoveHours extends RemoveRollups {
  readonly what = 'hours of rollups';
  protected readonly entity = WebhookHourEntity;

  get days(): number {
    return this.options.retention.rollupsDays;
  }
}
