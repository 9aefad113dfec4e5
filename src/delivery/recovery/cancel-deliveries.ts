import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { Viewer } from '../../auth/tenancy.js';
import { Clock } from '../../host/clock.js';
import { DeliveryCloser } from '../outcomes/delivery-closer.js';
import { DeliveryEntity } from '../model/delivery-entities.js';
import { all, type Condition, type DeliverySelection, matchOf } from '../model/delivery-selection.js';
import { selectionOf } from '../history/filter-selection.js';
import type { DeliveriesFilter } from '../history/recovery.dto.js';
import { InjectDatabase } from '../../host/tokens.js';

/** How many ids are read at a time. */
const IDS_AT_A_TIME = 10_000;

/** Cancels many deliveries. */
@Injectable()
export class CancelDeliveries {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly ending: DeliveryCloser,
    private readonly clock: Clock,
  ) {}

  /**
   * Ends every pending delivery that a filter means, also while an attempt is out for it: the attempt is kept and
   * changes nothing. What is recorded meanwhile is not meant. It reads what is pending, whatever the length of the
   * history.
   *
   * @returns how many were ended
   * @throws {RequestValidationError} when the filter is empty, or asks for what has ended
   */
  async cancel(filter: DeliveriesFilter, viewer: Viewer): Promise<number> {
    const selection = selectionOf(filter, viewer, this.clock.now());
    if ((filter.state ?? 'pending') !== 'pending') {
      throw RequestValidationError.at(
        ['filter', 'state'],
        'state can only be pending here: what has ended cannot be cancelled',
        filter.state,
      );
    }
    let cancelled = 0;
    for (;;) {
      const ids = await this.pendingOf(selection);
      cancelled += await this.ending.closePending(ids, 'cancelled');
      if (ids.length < IDS_AT_A_TIME) return cancelled;
    }
  }

  private async pendingOf(selection: DeliverySelection): Promise<string[]> {
    const where = all([laneOf(selection), matchOf({ ...selection, state: 'pending' })]);
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${tableOf(this.dataSource, DeliveryEntity)} WHERE ${where.sql} LIMIT ${IDS_AT_A_TIME}`,
      where.values,
    );
    return rows.map(({ id }) => id);
  }
}

/**
 * The way through the index of due work, which holds what is pending alone. The range of ids is hidden from the planner,
 * which would walk the history by its primary key.
 */
function laneOf({ webhookId, after, before }: DeliverySelection): Condition {
  return all([
    webhookId === undefined ? { sql: 'lane > ?', values: [''] } : { sql: 'lane = ?', values: [webhookId] },
    { sql: "COALESCE(id, '') > ? AND COALESCE(id, '') < ?", values: [after, before] },
  ]);
}
