import type { Claim } from './claim.js';
import type { Attempt } from './attempt.js';
import type { FailureReason } from './delivery-entities.js';

/** An attempt that was made, and what it makes of its delivery; null for one that decides nothing by itself. */
export interface Outcome {
  claim: Claim;
  attempt: Attempt;
  /** Null for a person's redelivery: its success ends the delivery, its failure changes nothing. */
  result: AttemptResult | null;
}

/** What an attempt of the schedule makes of its delivery. */
export type AttemptResult =
  | { state: 'succeeded'; finishedAt: number }
  | { state: 'pending'; dueAt: number }
  | { state: 'failed'; reason: FailureReason; finishedAt: number };
