import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { ClockSteps } from '../../database/clock-steps.js';
import { LostRaceError } from '../../database/database-errors.js';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { byPrimaryKey, dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { AttemptEntity, DeliveryEntity } from '../model/delivery-entities.js';
import { HistoryArchive, toHistoryRows } from './history-archive.js';
import { type Removal, type RemovalResult, ROWS_PER_STATEMENT } from './removal.js';
import { waitingFor } from '../model/lock-deliveries.js';
import { InjectDatabase } from '../../host/tokens.js';

interface OldDelivery {
  id: string;
  state: string;
  attempts_begun: number;
  attempt_count: number;
  finished_at: string | number | null;
}

/**
 * Removes deliveries that ended long ago, with their attempts. It keeps pending deliveries and those with a redelivery
 * request.
 */
@Injectable()
export class DeliveryRemoval implements Removal {
  readonly what = 'deliveries';

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly steps: ClockSteps,
    private readonly archive: HistoryArchive,
  ) {}

  get days(): number {
    return this.options.retention.deliveriesDays;
  }

  async removeBatch(before: number, from: string): Promise<RemovalResult> {
    // A delivery ends after its creation, at which its id was made.
    const rows = await this.dataSource.query<OldDelivery[]>(
      `SELECT id, state, attempts_begun, attempt_count, finished_at FROM ${tableOf(this.dataSource, DeliveryEntity)}
       WHERE id > ? AND id < ? ORDER BY id LIMIT ${ROWS_PER_STATEMENT}`,
      [from, this.steps.idsBefore(before)],
    );
    const old = rows.filter(
      ({ state, finished_at }) => state !== 'pending' && finished_at !== null && Number(finished_at) < before,
    );
    const archived = await this.archive.archive(toHistoryRows(old));
    let count = 0;
    for (const some of groupByAttempts(old.filter(({ id }) => archived.has(id)))) {
      count += await inReadCommitted(this.dataSource, (manager) => deleteDeliveries(manager, some, before));
    }
    return { count, next: rows.length < ROWS_PER_STATEMENT ? null : (rows.at(-1)?.id ?? null) };
  }
}

/**
 * What was read without a request for a redelivery is deleted, and then looked at again: whoever arranges for one holds
 * the delivery by a write, and so either finds it deleted or is found here.
 *
 * @throws {LostRaceError} when one was reopened, or a redelivery was asked for, since it was read
 */
async function deleteDeliveries(manager: EntityManager, ids: string[], before: number): Promise<number> {
  const dialect = dialectOf(manager);
  const deliveries = tableOf(manager, DeliveryEntity);
  const locked = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${deliveries}${byPrimaryKey(dialect)}
     WHERE id IN (${placeholders(ids.length)}) AND state <> 'pending' AND finished_at < ?${skipLocked(manager)}`,
    [...ids, before],
  );
  const waiting = await waitingFor(
    manager,
    locked.map(({ id }) => id),
  );
  const removable = locked.flatMap(({ id }) => (waiting.has(id) ? [] : [id])).sort();
  if (removable.length === 0) return 0;
  const deleted = await deleteByKeys(manager, deliveries, 'id', removable, {
    sql: "state <> 'pending' AND finished_at < ?",
    values: [before],
  });
  const isOneWanted = deleted < removable.length || (await waitingFor(manager, removable)).size > 0;
  if (isOneWanted) throw new LostRaceError('deliveries');
  await deleteByKeys(manager, tableOf(manager, AttemptEntity), 'delivery_id', removable);
  return removable.length;
}

/** Groups ids so that one statement may delete the attempts of a group: {@link ROWS_PER_STATEMENT} at the most. */
export function groupByAttempts(deliveries: Pick<OldDelivery, 'id' | 'attempts_begun'>[]): string[][] {
  const groups: string[][] = [];
  let attempts = ROWS_PER_STATEMENT;
  for (const { id, attempts_begun } of deliveries) {
    attempts += attempts_begun;
    if (attempts > ROWS_PER_STATEMENT || groups.length === 0) {
      groups.push([]);
      attempts = attempts_begun;
    }
    groups.at(-1)?.push(id);
  }
  return groups;
}
