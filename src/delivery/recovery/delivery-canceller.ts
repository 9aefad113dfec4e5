import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ClockSteps } from '../../database/clock-steps.js';
import { tableOf } from '../../database/dialect.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { Viewer } from '../../auth/tenancy.js';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import { DeliveryCloser } from '../outcomes/delivery-closer.js';
import { DeliveryEntity } from '../model/delivery-entities.js';
import { all, type Condition, type DeliverySelection, matchOf } from '../model/delivery-selection.js';
import { buildSelection } from '../history/filter-selection.js';
import type { DeliveriesFilter } from '../history/recovery.dto.js';

/** How many ids one statement reads. */
const IDS_PER_BATCH = 10_000;

/** Cancels the pending deliveries that match a filter. */
@Injectable()
export class DeliveryCanceller {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly closer: DeliveryCloser,
    private readonly clock: Clock,
    private readonly steps: ClockSteps,
  ) {}

  /**
   * Ends every matching pending delivery as `cancelled`, also while an attempt is running: the attempt is recorded but
   * does not change the state. Deliveries created meanwhile do not match. It scans the index of due work, so that the
   * cost does not depend on the history.
   *
   * @returns how many deliveries were cancelled
   * @throws {RequestValidationError} when the filter is empty, or has a `state` other than `pending`
   */
  async cancel(filter: DeliveriesFilter, viewer: Viewer): Promise<number> {
    const selection = buildSelection(filter, viewer, this.clock.now(), (time) => this.steps.idsBefore(time));
    if ((filter.state ?? 'pending') !== 'pending') {
      throw RequestValidationError.at(
        ['filter', 'state'],
        'state can only be pending here: what has ended cannot be cancelled',
        filter.state,
      );
    }
    let cancelled = 0;
    for (;;) {
      const ids = await this.findPending(selection);
      cancelled += await this.closer.closePending(ids, 'cancelled');
      if (ids.length < IDS_PER_BATCH) return cancelled;
    }
  }

  private async findPending(selection: DeliverySelection): Promise<string[]> {
    const where = all([buildLaneCondition(selection), matchOf({ ...selection, state: 'pending' })]);
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${tableOf(this.dataSource, DeliveryEntity)} WHERE ${where.sql} LIMIT ${IDS_PER_BATCH}`,
      where.values,
    );
    return rows.map(({ id }) => id);
  }
}

/**
 * A range of the index of due work, which holds pending deliveries alone. COALESCE hides the range of ids from the
 * query planner, which would walk the history by its primary key.
 */
function buildLaneCondition({ webhookId, after, before }: DeliverySelection): Condition {
  return all([
    webhookId === undefined ? { sql: 'lane > ?', values: [''] } : { sql: 'lane = ?', values: [webhookId] },
    { sql: "COALESCE(id, '') > ? AND COALESCE(id, '') < ?", values: [after, before] },
  ]);
}
