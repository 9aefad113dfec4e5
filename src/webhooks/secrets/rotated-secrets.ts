import type { PreviousSecret } from './row-secrets.js';

/** How many replaced secrets may sign beside the new one. */
export const MOST_PREVIOUS = 10;

/** A replacement of a webhook's secret. */
export interface Rotation {
  /** The secret that signs until now; null where no key opens it any more. */
  current: string | null;
  /** The ones before it, newest first. */
  previous: readonly PreviousSecret[];
  /** The one that signs from now on. */
  next: string;
  /** How long the current one goes on signing, milliseconds; 0: not at all. */
  graceMs: number;
  /** Epoch milliseconds. */
  now: number;
}

/**
 * The secrets that sign beside the next one: the one that it replaces, then those before it whose time is not over.
 * Each keeps the time that it was promised. There may be more than {@link MOST_PREVIOUS}: whoever asks decides.
 */
export function previousAfter({ current, previous, next, graceMs, now }: Rotation): PreviousSecret[] {
  const living = previous.filter(({ secret, expiresAt }) => expiresAt > now && secret !== next);
  return current === null || graceMs === 0
    ? living
    : [{ secret: current, expiresAt: now + graceMs }, ...living];
}
