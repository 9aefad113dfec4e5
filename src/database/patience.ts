import { setTimeout as pause } from 'node:timers/promises';
import { isAway } from './database-errors.js';
import type { Outage } from './outage.js';

/** How long a request waits for a database that is away unless a setting says otherwise, milliseconds. */
export const DEFAULT_PATIENCE_MS = 3_000;

/** The pause before the third try and each later one, milliseconds; it doubles. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/** Errors of something that was waited for as long as may be. */
const waitedFor = new WeakSet<object>();

/** The time for which one thing is tried again while the database is away. It begins with the first failure. */
export class Patience {
  private until: number | null = null;
  private pauseMs = 0;

  /**
   * @param limitMs milliseconds; 0: nothing is tried again
   * @param outage where it is waited for; null: nothing is tried again
   */
  constructor(
    private readonly limitMs: number,
    private readonly outage: Outage | null,
  ) {}

  /**
   * Waits for the database after a failure of which it is known that nothing was changed.
   *
   * @returns whether it is to be tried again; false: the time is over, too many wait, or the database is not away
   */
  async mayTryAgain(error: unknown): Promise<boolean> {
    if (this.limitMs === 0 || !this.outage || !isAway(error) || hasBeenWaitedFor(error)) return false;
    this.until ??= performance.now() + this.limitMs;
    // What fails again and again although the database is back, because it loses its connection, is tried less often.
    if (this.pauseMs > 0) await pause(this.pauseMs);
    this.pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, 2 * this.pauseMs), LONGEST_PAUSE_MS);
    const isBack = await this.outage.wait(this.until - performance.now());
    if (!isBack) waitedFor.add(error as object);
    return isBack;
  }
}

/** Whether an error comes of something that was waited for as long as may be: nobody else waits for it then. */
function hasBeenWaitedFor(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { driverError } = error as { driverError?: unknown };
  return waitedFor.has(error) || (driverError instanceof Error && waitedFor.has(driverError));
}
