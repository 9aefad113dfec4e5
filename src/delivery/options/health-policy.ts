/** When the circuit breaker of a webhook opens, and when the webhook is disabled. */
export interface HealthPolicy {
  breaker: {
    /** The breaker opens when this share of the window's attempts failed, 0 to 1. */
    failureShare: number;
    /** The fewest attempts in the window with which the breaker may open. */
    leastAttempts: number;
    /** The length of the window, milliseconds. */
    windowMs: number;
    /** How long the breaker stays open the first time, milliseconds; doubled each time in a row. */
    openMs: number;
    /** The maximum of that doubling, milliseconds. */
    longestOpenMs: number;
  };
  disable: {
    /** The webhook is disabled without a success for this long, milliseconds … */
    afterMs: number;
    /** … and with at least this many exhausted deliveries. */
    afterExhausted: number;
  };
}
