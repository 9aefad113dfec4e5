import type { AdmissionBounds, AdmissionObstacle } from '../options/admission-limits.js';

/** What a transaction has recorded. */
export interface RecordedSize {
  events: number;
  /** Of their data, about. */
  bytes: number;
}

/** What was measured; null: not asked for, or it cannot be asked. */
export type AdmissionReading = { readonly [Bound in keyof AdmissionBounds]: number | null };

/** Hysteresis: recording that was closed opens again this far on the good side of the bound, so that it does not flap. */
const MARGIN = 0.1;

/** Where several are passed, the disk is named first: it endangers what is recorded already. */
const BOUNDS: readonly (keyof AdmissionBounds)[] = ['freeBytes', 'pendingDeliveries', 'unsentBytes'];

/**
 * Finds the bound that a reading is past; null: none, so that events may be recorded.
 *
 * @param closedBy what keeps new events out until now
 */
export function findPassedBound(
  reading: AdmissionReading,
  bounds: AdmissionBounds,
  closedBy: AdmissionObstacle | null,
): keyof AdmissionBounds | null {
  return BOUNDS.find((bound) => isPast(bound, reading[bound], bounds[bound], closedBy === bound)) ?? null;
}

function isPast(
  bound: keyof AdmissionBounds,
  value: number | null,
  limit: number,
  wasPast: boolean,
): boolean {
  if (limit === 0 || value === null) return false;
  if (bound === 'freeBytes') return value < (wasPast ? computeOpening(bound, limit) : limit);
  return wasPast ? value > computeOpening(bound, limit) : value >= limit;
}

/** Computes the value at which recording opens again. */
export function computeOpening(bound: keyof AdmissionBounds, limit: number): number {
  return bound === 'freeBytes' ? Math.ceil(limit * (1 + MARGIN)) : Math.floor(limit * (1 - MARGIN));
}

/** Says why new events are refused, for an answer: a sentence without figures of the deployment. */
export function describeRefusal(obstacle: AdmissionObstacle): string {
  return `No new event is recorded now: ${REASONS[obstacle]}. Nothing was changed; try again later.`;
}

const REASONS: Record<AdmissionObstacle, string> = {
  pendingDeliveries: 'too many deliveries wait to be sent (the bound limits.pendingDeliveries)',
  unsentBytes: 'too many bytes wait to be sent (the bound limits.unsentBytes)',
  freeBytes: 'the disk of the database has too little free space (the bound limits.freeBytes)',
  diskFull: 'the disk of the database is full',
};
