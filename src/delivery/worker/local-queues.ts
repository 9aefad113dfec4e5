import type { Claim, LocalCapacity } from '../model/claim.js';

/** How many requests a webhook may have in flight before it is known how it answers. */
const FIRST_LIMIT = 8;
/** How many requests a webhook that answers slowly may have in flight. */
const SLOW_LIMIT = 16;
/** An answer that takes longer is slow, milliseconds. */
const SLOW_MS = 1_000;
/** How many claims may be queued, or wait to be recorded, for each request that may be in flight. */
const QUEUED_PER_REQUEST = 7;

/** The claims of one webhook in this process. */
interface WebhookQueue {
  queued: Claim[];
  /** Claims taken: queued, in flight, or about to be. */
  held: number;
  inFlight: number;
  /** Adaptive concurrency: how many may be in flight. */
  limit: number;
  slow: boolean;
}

/** How a request ended, as far as its webhook's limit depends on it. */
export interface QueueResult {
  /** Whether any answer came. */
  answered: boolean;
  durationMs: number;
}

/**
 * The claims that this process holds, one queue for each webhook. Each webhook has an adaptive concurrency limit, which
 * grows while it answers quickly and halves down to one while it does not answer: a dead or slow webhook holds few of
 * the process's requests and delays no other.
 */
export class LocalQueues implements LocalCapacity {
  private readonly queues = new Map<string, WebhookQueue>();
  /** A person's redeliveries go first and are bound by no limit. */
  private readonly urgent: Claim[] = [];
  /** Webhooks whose deliveries the fan-out must not lease: they go through a claim, which checks pauses and limits. */
  private excluded: ReadonlySet<string> | 'all' = new Set();
  /** Webhooks that asked for a pause of which the last poll of the database did not know. */
  private readonly paused = new Set<string>();
  /** Those of them whose pause is written: the next poll reads it. */
  private readonly written = new Set<string>();
  private heldInAll = 0;
  private inFlightInAll = 0;
  private reserved = 0;

  /**
   * @param concurrency the most requests in flight, over all webhooks
   * @param unrecorded how many requests have ended and are not recorded yet
   */
  constructor(
    private readonly concurrency: number,
    private readonly unrecorded: () => number,
  ) {}

  /** Claims held in all: queued, in flight, or about to be. */
  get held(): number {
    return this.heldInAll;
  }

  /** Requests in flight in all. */
  get inFlight(): number {
    return this.inFlightInAll;
  }

  /**
   * How many more claims this process may hold, over all webhooks, beside what is reserved. Requests that have ended and
   * are not recorded count too: a kill would repeat them, and a slow database must not let their number grow.
   */
  get capacity(): number {
    return Math.max(0, this.most - this.heldInAll - this.unrecorded() - this.reserved);
  }

  /** Whether half of what may be held, or more, is free. */
  get isHalfFree(): boolean {
    return this.capacity * 2 >= this.most;
  }

  private get most(): number {
    return this.concurrency * (1 + QUEUED_PER_REQUEST);
  }

  /** Reserves capacity for so many claims more; a negative count gives it back. */
  reserve(count: number): void {
    this.reserved += count;
  }

  /** How many more claims of a webhook this process may hold. */
  free(webhookId: string): number {
    const queue = this.queues.get(webhookId);
    const limit = Math.min(queue?.limit ?? FIRST_LIMIT, this.concurrency);
    const ofWebhook = (queue?.slow ? limit : limit * (1 + QUEUED_PER_REQUEST)) - (queue?.held ?? 0);
    return Math.max(0, Math.min(this.capacity, ofWebhook));
  }

  /**
   * Sets the webhooks for which {@link take} refuses: those that are paused or have deployment-wide limits.
   *
   * @param known local pauses that were written before the database was read: they are in what it said
   */
  excludeFromFastPath(webhookIds: ReadonlySet<string> | 'all', known: readonly string[] = []): void {
    this.excluded = webhookIds;
    for (const webhookId of known) {
      if (this.written.delete(webhookId)) this.paused.delete(webhookId);
    }
  }

  /** Stops sending to a webhook. @returns its queued claims; their capacity is given back */
  pauseLocally(webhookId: string): Claim[] {
    this.paused.add(webhookId);
    this.written.delete(webhookId);
    const queued = this.queues.get(webhookId)?.queued.splice(0) ?? [];
    for (const claim of queued) this.release(claim.webhook.id);
    return queued;
  }

  /** Marks local pauses as written: they end when a poll that begins later has read the database. */
  markPausesWritten(webhookIds: readonly string[]): void {
    for (const webhookId of webhookIds) if (this.paused.has(webhookId)) this.written.add(webhookId);
  }

  /** The local pauses that are written, for {@link excludeFromFastPath} after the next read. */
  writtenPauses(): string[] {
    return [...this.written];
  }

  isPausedLocally(webhookId: string): boolean {
    return this.paused.has(webhookId);
  }

  take(webhookId: string): boolean {
    if (this.excluded === 'all' || this.excluded.has(webhookId) || this.paused.has(webhookId)) return false;
    if (this.free(webhookId) === 0) return false;
    this.forceAcquire(webhookId);
    return true;
  }

  /** Takes capacity whatever the limits say: for claims that are made, and for what a person asked for. */
  forceAcquire(webhookId: string): void {
    this.queue(webhookId).held += 1;
    this.heldInAll += 1;
  }

  release(webhookId: string): void {
    const queue = this.queue(webhookId);
    queue.held -= 1;
    this.heldInAll -= 1;
    if (queue.held === 0 && queue.limit === FIRST_LIMIT) this.queues.delete(webhookId);
  }

  /** Queues a claim whose capacity is taken. */
  enqueue(claim: Claim): void {
    if (claim.redeliveryId === null) this.queue(claim.webhook.id).queued.push(claim);
    else this.urgent.push(claim);
  }

  /** Takes the claims that may be sent now, round robin: one of each webhook in turn. */
  dequeue(): Claim[] {
    const claims = this.urgent.splice(0);
    for (const claim of claims) this.countInFlight(this.queue(claim.webhook.id));
    let found = true;
    while (found && this.inFlightInAll < this.concurrency) {
      found = false;
      for (const queue of this.queues.values()) {
        if (this.inFlightInAll >= this.concurrency) break;
        if (queue.inFlight >= queue.limit) continue;
        const claim = queue.queued.shift();
        if (!claim) continue;
        this.countInFlight(queue);
        claims.push(claim);
        found = true;
      }
    }
    return claims;
  }

  /** Ends a request: gives its capacity back and adapts its webhook's limit. */
  complete(webhookId: string, { answered, durationMs }: QueueResult): void {
    const queue = this.queue(webhookId);
    queue.slow = durationMs > SLOW_MS;
    if (!answered) queue.limit = Math.max(1, Math.floor(queue.limit / 2));
    else if (queue.slow) queue.limit = Math.min(queue.limit + 1, SLOW_LIMIT);
    else queue.limit = Math.min(queue.limit + 1, this.concurrency);
    this.drop(webhookId);
  }

  /** Gives back the capacity of a claim that {@link dequeue} gave and that was not sent. */
  drop(webhookId: string): void {
    this.queue(webhookId).inFlight -= 1;
    this.inFlightInAll -= 1;
    this.release(webhookId);
  }

  /** The claims that are queued. */
  queued(): Claim[] {
    return [...this.urgent, ...[...this.queues.values()].flatMap((queue) => queue.queued)];
  }

  /** Takes claims out of the queues that may not be sent. @returns them; their capacity is given back */
  takeBack(isRefused: (claim: Claim) => boolean): Claim[] {
    const refused = new Set(this.queued().filter(isRefused));
    if (refused.size === 0) return [];
    const stays = (claim: Claim): boolean => !refused.has(claim);
    this.urgent.splice(0, this.urgent.length, ...this.urgent.filter(stays));
    for (const queue of this.queues.values()) queue.queued = queue.queued.filter(stays);
    for (const claim of refused) this.release(claim.webhook.id);
    return [...refused];
  }

  /** Empties all queues. @returns their claims; their capacity is given back */
  drain(): Claim[] {
    const claims = this.queued();
    this.urgent.length = 0;
    for (const queue of this.queues.values()) queue.queued.length = 0;
    for (const claim of claims) this.release(claim.webhook.id);
    return claims;
  }

  private countInFlight(queue: WebhookQueue): void {
    queue.inFlight += 1;
    this.inFlightInAll += 1;
  }

  private queue(webhookId: string): WebhookQueue {
    let queue = this.queues.get(webhookId);
    if (!queue) {
      queue = { queued: [], held: 0, inFlight: 0, limit: FIRST_LIMIT, slow: false };
      this.queues.set(webhookId, queue);
    }
    return queue;
  }
}
