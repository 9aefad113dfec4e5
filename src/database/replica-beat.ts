import type { EntityManager } from 'typeorm';
import { ClockEntity } from './clock-steps.entity.js';
import { tableOf } from './dialect.js';

/** The row of the clock's table that holds the beat; the row 1 is what {@link ClockSteps} goes by. */
const BEAT_ROW = 2;

/** What lies further ahead of the time than clocks differ was written before the clock was set back. */
const STEP_MS = 2_000;

/**
 * Writes the time into the primary, for a replica to tell how old its newest rows are. Where instances beat at the same
 * time the latest one counts, unless it was written before the clock was set back.
 *
 * @param now UTC epoch milliseconds
 */
export async function writeBeat(manager: EntityManager, now: number): Promise<void> {
  await manager.query(
    `INSERT INTO ${tableOf(manager, ClockEntity)} (id, latest, ahead_ms) VALUES (${BEAT_ROW}, ?, 0)
     ON DUPLICATE KEY UPDATE latest = IF(latest > ?, ?, GREATEST(latest, ?))`,
    [now, now + STEP_MS, now, now],
  );
}

/** Reads the newest beat that a server has, UTC epoch milliseconds; null: it has none. */
export async function readBeat(manager: EntityManager): Promise<number | null> {
  const [row] = await manager.query<{ latest: string | number }[]>(
    `SELECT latest FROM ${tableOf(manager, ClockEntity)} WHERE id = ${BEAT_ROW}`,
  );
  return row === undefined ? null : Number(row.latest);
}

/**
 * Tells by how much a replica is behind, milliseconds. 0: it has the newest beat that is known to be on the primary.
 *
 * @param beat the newest one of the replica
 * @param written the newest one that is known to be on the primary
 * @param now when the replica was asked
 * @returns null where it cannot be told: one of the two is not known, or the clock was set back
 */
export function computeLag(beat: number | null, written: number | null, now: number): number | null {
  if (beat === null || written === null || beat > now + STEP_MS) return null;
  return beat >= written ? 0 : Math.max(0, now - beat);
}
