import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { ClockSteps } from '../../database/clock-steps.js';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { placeholders, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { AttemptEntity, DeliveryEntity } from '../model/delivery-entities.js';
import { HistoryArchive, toHistoryRows } from './history-archive.js';
import { type Removal, type RemovalResult, ROWS_PER_STATEMENT } from './removal.js';
import { InjectDatabase } from '../../host/tokens.js';

interface OldAttempt {
  delivery_id: string;
  number: number;
  started_at: string | number;
}

/** Removes old attempts, except those of pending deliveries. */
@Injectable()
export class AttemptRemoval implements Removal {
  readonly what = 'attempts';

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly steps: ClockSteps,
    private readonly archive: HistoryArchive,
  ) {}

  get days(): number {
    return this.options.retention.attemptsDays;
  }

  async removeBatch(before: number, from: string): Promise<RemovalResult> {
    const [fromId = '', fromNumber = '0'] = from.split('/');
    const rows = await this.dataSource.query<OldAttempt[]>(
      `SELECT delivery_id, number, started_at FROM ${tableOf(this.dataSource, AttemptEntity)}
       WHERE delivery_id >= ? AND delivery_id < ? AND (delivery_id > ? OR number > ?)
       ORDER BY delivery_id, number LIMIT ${ROWS_PER_STATEMENT}`,
      [fromId, this.steps.idsBefore(before), fromId, Number(fromNumber)],
    );
    const last = rows.at(-1);
    if (!last) return { count: 0, next: null };
    const old = await this.keepArchived(rows.filter(({ started_at }) => Number(started_at) < before));
    const count = await inReadCommitted(this.dataSource, (manager) =>
      deleteOldAttempts(manager, old, last, before),
    );
    return {
      count,
      next: rows.length < ROWS_PER_STATEMENT ? null : `${last.delivery_id}/${last.number}`,
    };
  }

  /** Those whose deliveries the archive has with these attempts; without an archive all. */
  private async keepArchived(attempts: OldAttempt[]): Promise<OldAttempt[]> {
    if (!this.archive.isOn || attempts.length === 0) return attempts;
    const ids = [...new Set(attempts.map(({ delivery_id }) => delivery_id))];
    const rows = await this.dataSource.query<
      { id: string; finished_at: string | number; attempt_count: number }[]
    >(
      `SELECT id, finished_at, attempt_count FROM ${tableOf(this.dataSource, DeliveryEntity)}
       WHERE id IN (${placeholders(ids.length)}) AND state <> 'pending' AND finished_at IS NOT NULL`,
      ids,
    );
    const archived = await this.archive.archive(toHistoryRows(rows));
    return attempts.filter(({ delivery_id }) => archived.has(delivery_id));
  }
}

/** @param last the last attempt that was scanned: the next batch scans further attempts of its delivery */
async function deleteOldAttempts(
  manager: EntityManager,
  old: OldAttempt[],
  last: OldAttempt,
  before: number,
): Promise<number> {
  const ids = [...new Set(old.map(({ delivery_id }) => delivery_id))];
  if (ids.length === 0) return 0;
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${tableOf(manager, DeliveryEntity)} WHERE id IN (${placeholders(ids.length)}) AND state = 'pending'`,
    ids,
  );
  const pending = new Set(rows.map(({ id }) => id));
  const whole = ids.filter((id) => id !== last.delivery_id && !pending.has(id));
  const attempts = tableOf(manager, AttemptEntity);
  await deleteByKeys(manager, attempts, 'delivery_id', whole, { sql: 'started_at < ?', values: [before] });
  if (!pending.has(last.delivery_id)) {
    await deleteByKeys(manager, attempts, 'delivery_id', [last.delivery_id], {
      sql: 'number <= ? AND started_at < ?',
      values: [last.number, before],
    });
  }
  return old.filter(({ delivery_id }) => !pending.has(delivery_id)).length;
}
