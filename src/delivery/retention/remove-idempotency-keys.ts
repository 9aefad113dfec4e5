import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { IdempotencyKeyEntity } from '../model/delivery-entities.js';
import { type Removal, type RemovalResult, ROWS_PER_STATEMENT } from './removal.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Removes old idempotency keys of publish requests: they are kept as long as the payload of their event. */
@Injectable()
export class IdempotencyKeyRemoval implements Removal {
  readonly what = 'idempotency keys';

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
  ) {}

  get days(): number {
    return this.options.retention.payloadsDays;
  }

  async removeBatch(before: number): Promise<RemovalResult> {
    const table = tableOf(this.dataSource, IdempotencyKeyEntity);
    const rows = await this.dataSource.query<{ key_hash: string }[]>(
      `SELECT key_hash FROM ${table} WHERE created_at < ? ORDER BY created_at LIMIT ${ROWS_PER_STATEMENT}`,
      [before],
    );
    if (rows.length === 0) return { count: 0, next: null };
    const hashes = rows.map(({ key_hash }) => key_hash).sort();
    const count = await inReadCommitted(this.dataSource, (manager) =>
      deleteByKeys(manager, table, 'key_hash', hashes, { sql: 'created_at < ?', values: [before] }),
    );
    return { count, next: rows.length < ROWS_PER_STATEMENT ? null : '' };
  }
}
