import { EntitySchema } from 'typeorm';
import { EPOCH_MS } from './column-transformers.js';

/** Times that instances write: row 1 is what they notice a step of the clock by, row 2 a beat for a read replica. */
export class ClockEntity {
  id!: number;
  /** The latest time that an instance has written, UTC epoch milliseconds. */
  latest!: number;
  /** By how much an id may be ahead of the time at which it was made, milliseconds. */
  aheadMs!: number;
}

/** The entity schema of the clock's row; the prefix is the table's. */
export const clockSchema = (prefix = '') =>
  new EntitySchema<ClockEntity>({
    target: ClockEntity,
    name: 'WebhookClock',
    tableName: `${prefix}webhook_clock`,
    columns: {
      id: { type: 'int', primary: true },
      latest: { type: 'bigint', transformer: EPOCH_MS },
      aheadMs: { type: 'bigint', name: 'ahead_ms', transformer: EPOCH_MS },
    },
  });
