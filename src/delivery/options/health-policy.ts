/** When sending to a webhook is held back, and when it is given up. */
export interface HealthPolicy {
  breaker: {
    /** Opens when this share of the window's attempts failed, 0 to 1. */
    failureShare: number;
    /** Attempts that the window must hold before it can open. */
    leastAttempts: number;
    windowMs: number;
    /** How long it stays open the first time, milliseconds; doubled each time in a row. */
    openMs: number;
    longestOpenMs: number;
  };
  disable: {
    /** No success for so long … */
    afterMs: number;
    /** … and so many deliveries exhausted. */
    afterExhausted: number;
  };
}
