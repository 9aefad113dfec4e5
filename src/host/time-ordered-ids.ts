import { randomFillSync } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import { Clock } from './clock.js';

const BYTES_PER_ID = 16;
const POOL_BYTES = 256 * BYTES_PER_ID;
/** The largest time that 48 bits hold: in the year 10889. */
const LATEST_MS = 0xffff_ffff_ffff;
const HIGHEST_SEQUENCE = 0xffff_ffff;

/**
 * Makes UUIDs of version 7 (RFC 9562): 36 characters whose alphabetical order is the order in which one process
 * made them, also within a millisecond and when the clock steps back. Ids of different processes are in the order
 * of their clocks.
 */
export class TimeOrderedIds {
  private lastMs = 0;
  private sequence = 0;
  private readonly pool = new Uint8Array(POOL_BYTES);
  private poolAt = POOL_BYTES;

  constructor(private readonly clock: Clock) {}

  /** By how much the next id will be ahead of the clock, because that was set back; milliseconds. */
  get aheadMs(): number {
    return Math.max(0, this.lastMs - this.clock.now());
  }

  /** Makes the next id. */
  next(): string {
    const now = this.clock.now();
    if (now > this.lastMs) {
      this.lastMs = now;
      this.sequence = 0;
    } else if (this.sequence < HIGHEST_SEQUENCE) {
      this.sequence += 1;
    } else {
      this.lastMs += 1;
      this.sequence = 0;
    }
    return uuidV7({ msecs: this.lastMs, seq: this.sequence, random: this.randomBytes() });
  }

  /** Taken from a pool: asking the operating system for 16 bytes costs as much as for a thousand. */
  private randomBytes(): Uint8Array {
    if (this.poolAt >= POOL_BYTES) {
      randomFillSync(this.pool);
      this.poolAt = 0;
    }
    this.poolAt += BYTES_PER_ID;
    return this.pool.subarray(this.poolAt - BYTES_PER_ID, this.poolAt);
  }
}

/**
 * The time in an id, UTC epoch milliseconds: that at which {@link TimeOrderedIds} made it, or a later one after the clock
 * was set back. Ids order; what happened when, recorded times tell.
 */
export function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * The smallest id that {@link TimeOrderedIds} can make at a time: a bound for "made at or after". Times before 1970 give
 * the smallest id of all, times after the year 10889 the bound of the largest.
 *
 * @param epochMs UTC epoch milliseconds
 */
export function firstIdAt(epochMs: number): string {
  const hex = Math.min(Math.max(0, Math.floor(epochMs)), LATEST_MS)
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-0000-000000000000`;
}
