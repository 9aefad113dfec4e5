import type { Claim } from './claim.js';
import type { Attempt } from '../sending/sender.js';
import type { Verdict } from '../outcomes/judge-attempt.js';

/** An attempt that was made, and what it makes of its delivery; null for one that decides nothing by itself. */
export interface Outcome {
  claim: Claim;
  attempt: Attempt;
  /** Null for a person's redelivery: its success ends the delivery, its failure changes nothing. */
  verdict: Verdict | null;
}
