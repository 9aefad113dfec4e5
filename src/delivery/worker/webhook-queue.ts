import type { Claim } from '../model/claim.js';
import type { Party } from './fair-shares.js';

/** How many requests a webhook may have in flight before it is known how it answers. */
export const FIRST_LIMIT = 8;
/** How many requests a webhook that answers slowly may have in flight. */
const SLOW_LIMIT = 16;
/** An answer that takes longer is slow, milliseconds. */
export const SLOW_MS = 1_000;
/** How many claims may be queued, or wait to be recorded, for each request that may be in flight. */
export const QUEUED_PER_REQUEST = 7;

/** How a request ended, as far as its webhook's limit depends on it. */
export interface QueueResult {
  /** Whether any answer came. */
  answered: boolean;
  durationMs: number;
}

/**
 * The claims of one webhook in this process, and its adaptive concurrency limit: it grows while the webhook answers
 * quickly and the limit is what holds it back, and halves down to one when requests stall or end without an answer.
 */
export class WebhookQueue {
  readonly queued: Claim[] = [];
  /** Claims taken: queued, running, or about to be. Those whose requests have stalled are not among them. */
  held = 0;
  /** Requests that run. */
  running = 0;
  /** Requests that have stalled: they count against {@link limit} alone. */
  stalled = 0;
  /** Whether it answers slowly or not at all. */
  isSlow = false;
  private most = FIRST_LIMIT;

  /** @param concurrency the most requests of this process */
  constructor(
    public party: Party,
    private readonly concurrency: number,
  ) {}

  /** How many requests may be in flight, those that have stalled included. */
  get limit(): number {
    return this.most;
  }

  get inFlight(): number {
    return this.running + this.stalled;
  }

  /** How many more claims it may hold as far as its own limit goes. A slow webhook has none waiting. */
  get room(): number {
    const limit = Math.min(this.most, this.concurrency);
    return Math.max(0, (this.isSlow ? limit : limit * (1 + QUEUED_PER_REQUEST)) - this.held - this.stalled);
  }

  /** Whether nothing is known of it that a new queue would not know. */
  get isBlank(): boolean {
    return this.held + this.inFlight === 0 && this.most === FIRST_LIMIT;
  }

  /** Halves the limit: its requests stall, and no answer comes. */
  shrink(): void {
    this.most = Math.max(1, Math.floor(this.most / 2));
    this.isSlow = true;
  }

  /** Takes out the claims that wait though the webhook is slow: nobody knows when their turn comes. */
  removeSurplus(): Claim[] {
    return this.isSlow ? this.queued.splice(Math.max(0, this.most - this.inFlight)) : [];
  }

  /**
   * Adapts the limit when a request has ended; called before it is taken off the requests in flight.
   *
   * @param hasShrunk whether the limit was halved when this request stalled
   */
  adapt({ answered, durationMs }: QueueResult, hasShrunk: boolean): void {
    this.isSlow = durationMs > SLOW_MS;
    if (!answered) {
      if (!hasShrunk) this.most = Math.max(1, Math.floor(this.most / 2));
      return;
    }
    const highest = this.isSlow ? SLOW_LIMIT : this.concurrency;
    // A limit that is never reached says nothing of what the webhook can take: it must not have grown when it hangs.
    if (this.inFlight * 2 >= this.most) this.most += 1;
    else if (this.inFlight * 4 < this.most && this.most > FIRST_LIMIT) this.most -= 1;
    this.most = Math.min(this.most, highest);
  }
}
