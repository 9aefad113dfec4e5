import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ClockSteps } from '../../database/clock-steps.js';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { InjectDatabase } from '../../host/tokens.js';
import { ErasureEntity } from '../model/erasure.entity.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { type Removal, type RemovalResult, ROWS_PER_STATEMENT } from './removal.js';

/** Removes erasures that finished long ago: not before the tombstones that name them. */
@Injectable()
export class ErasureRemoval implements Removal {
  readonly what = 'erasures';

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly steps: ClockSteps,
  ) {}

  get days(): number {
    const { deliveriesDays, payloadsDays } = this.options.retention;
    return deliveriesDays === 0 || payloadsDays === 0 ? 0 : Math.max(deliveriesDays, payloadsDays);
  }

  async removeBatch(before: number, from: string): Promise<RemovalResult> {
    const table = tableOf(this.dataSource, ErasureEntity);
    const rows = await this.dataSource.query<{ id: string; finished_at: string | number | null }[]>(
      `SELECT id, finished_at FROM ${table} WHERE id > ? AND id < ? ORDER BY id LIMIT ${ROWS_PER_STATEMENT}`,
      [from, this.steps.idsBefore(before)],
    );
    const ids = rows.flatMap(({ id, finished_at }) =>
      finished_at !== null && Number(finished_at) < before ? [id] : [],
    );
    const count =
      ids.length === 0
        ? 0
        : await inReadCommitted(this.dataSource, (manager) => deleteByKeys(manager, table, 'id', ids));
    return { count, next: rows.length < ROWS_PER_STATEMENT ? null : (rows.at(-1)?.id ?? null) };
  }
}
