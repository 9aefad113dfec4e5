import { v7 as uuidV7 } from 'uuid';
import { Clock } from './clock.js';

const HIGHEST_SEQUENCE = 0xffff_ffff;

/**
 * Makes UUIDs of version 7 (RFC 9562): 36 characters whose alphabetical order is the order in which one process
 * made them, also within a millisecond and when the clock steps back. Ids of different processes are in the order
 * of their clocks.
 */
export class TimeOrderedIds {
  private lastMs = 0;
  private sequence = 0;

  constructor(private readonly clock: Clock) {}

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
    return uuidV7({ msecs: this.lastMs, seq: this.sequence });
  }
}

/** When an id of {@link TimeOrderedIds} was made: UTC epoch milliseconds. */
export function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * The smallest id that {@link TimeOrderedIds} can make at a time: a bound for "made at or after".
 *
 * @param epochMs UTC epoch milliseconds
 */
export function firstIdAt(epochMs: number): string {
  const hex = Math.max(0, Math.floor(epochMs)).toString(16).padStart(12, '0').slice(-12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-0000-000000000000`;
}
