import type { Claim, LocalCapacity } from '../model/claim.js';

/** How many requests a webhook may have out before it is known how it answers. */
const FIRST_LIMIT = 8;
/** How many a webhook that answers slowly may have out. */
const SLOW_LIMIT = 16;
/** An answer that takes longer is slow, milliseconds. */
const SLOW_MS = 1_000;
/** How many claims may wait here, for their turn or for being written, for each request that may be out. */
const WAITING_PER_OUT = 7;

interface WebhookQueue {
  waiting: Claim[];
  /** Claims taken: waiting, out, or about to be. */
  held: number;
  out: number;
  limit: number;
  slow: boolean;
}

/** How an attempt went, as far as its webhook's lane minds. */
export interface QueueResult {
  /** Whether any answer came. */
  answered: boolean;
  durationMs: number;
}

/**
 * What this worker holds, webhook by webhook. Each webhook has a limit of its own, which grows while it answers quickly
 * and shrinks to one while it does not answer: a dead or slow webhook holds few of the instance's requests and delays
 * no other.
 */
export class LocalQueues implements LocalCapacity {
  private readonly lanes = new Map<string, WebhookQueue>();
  /** What a person asked for goes first and is bound by no limit. */
  private readonly urgent: Claim[] = [];
  /** Webhooks of which nothing may be taken but by a claim that asked. */
  private back: ReadonlySet<string> | 'all' = new Set();
  /** Webhooks that asked to be left alone, until a look at the database knows of it. */
  private readonly alone = new Set<string>();
  private heldInAll = 0;
  private outInAll = 0;
  private reserved = 0;

  /**
   * @param concurrency the most requests out at a time, over all webhooks
   * @param unwritten how many requests ended of which the database does not know yet
   */
  constructor(
    private readonly concurrency: number,
    private readonly unwritten: () => number,
  ) {}

  /** Claims held in all: waiting, out, or about to be. */
  get held(): number {
    return this.heldInAll;
  }

  /** Requests out in all. */
  get out(): number {
    return this.outInAll;
  }

  /**
   * How many more claims this instance may hold, over all webhooks, beside those that room is kept for. What was sent
   * and is not written counts too: a kill would have it sent again, and a slow database must not let it grow.
   */
  get room(): number {
    return Math.max(0, this.most - this.heldInAll - this.unwritten() - this.reserved);
  }

  /** Whether half of what may be held here, or more, is free. */
  get hasRoomForMany(): boolean {
    return this.room * 2 >= this.most;
  }

  private get most(): number {
    return this.concurrency * (1 + WAITING_PER_OUT);
  }

  /** Keeps room for so many claims more; fewer than none gives it back. */
  reserve(count: number): void {
    this.reserved += count;
  }

  /** How many more claims of a webhook this instance may hold. */
  free(webhookId: string): number {
    const lane = this.lanes.get(webhookId);
    const limit = Math.min(lane?.limit ?? FIRST_LIMIT, this.concurrency);
    const ofLane = (lane?.slow ? limit : limit * (1 + WAITING_PER_OUT)) - (lane?.held ?? 0);
    return Math.max(0, Math.min(this.room, ofLane));
  }

  /** Says of which webhooks {@link take} gives nothing: those that are paused, or have limits to ask for. */
  holdBack(webhookIds: ReadonlySet<string> | 'all'): void {
    this.back = webhookIds;
  }

  /** Nothing more goes out to a webhook. @returns what waited for its turn; the slots are given back */
  leaveAlone(webhookId: string): Claim[] {
    this.alone.add(webhookId);
    const waiting = this.lanes.get(webhookId)?.waiting.splice(0) ?? [];
    for (const claim of waiting) this.release(claim.webhook.id);
    return waiting;
  }

  /** The database knows now who asked to be left alone. */
  forgetWhoIsAlone(): void {
    this.alone.clear();
  }

  isLeftAlone(webhookId: string): boolean {
    return this.alone.has(webhookId);
  }

  take(webhookId: string): boolean {
    if (this.back === 'all' || this.back.has(webhookId) || this.alone.has(webhookId)) return false;
    if (this.free(webhookId) === 0) return false;
    this.lane(webhookId).held += 1;
    this.heldInAll += 1;
    return true;
  }

  /** Takes a slot whatever the limits say, for what a person asked for. */
  takeAnyway(webhookId: string): void {
    this.lane(webhookId).held += 1;
    this.heldInAll += 1;
  }

  release(webhookId: string): void {
    const lane = this.lane(webhookId);
    lane.held -= 1;
    this.heldInAll -= 1;
    if (lane.held === 0 && lane.limit === FIRST_LIMIT) this.lanes.delete(webhookId);
  }

  /** Puts a claim, whose slot is taken, in line. */
  enqueue(claim: Claim): void {
    if (claim.redeliveryId === null) this.lane(claim.webhook.id).waiting.push(claim);
    else this.urgent.push(claim);
  }

  /** Takes the claims that may go out now, a few of each webhook in turn. */
  next(): Claim[] {
    const claims = this.urgent.splice(0);
    for (const claim of claims) this.countOut(this.lane(claim.webhook.id));
    let found = true;
    while (found && this.outInAll < this.concurrency) {
      found = false;
      for (const lane of this.lanes.values()) {
        if (this.outInAll >= this.concurrency) break;
        if (lane.out >= lane.limit) continue;
        const claim = lane.waiting.shift();
        if (!claim) continue;
        this.countOut(lane);
        claims.push(claim);
        found = true;
      }
    }
    return claims;
  }

  /** Notes that a request ended, and gives its slot back. */
  done(webhookId: string, { answered, durationMs }: QueueResult): void {
    const lane = this.lane(webhookId);
    lane.out -= 1;
    this.outInAll -= 1;
    lane.slow = durationMs > SLOW_MS;
    if (!answered) lane.limit = Math.max(1, Math.floor(lane.limit / 2));
    else if (lane.slow) lane.limit = Math.min(lane.limit + 1, SLOW_LIMIT);
    else lane.limit = Math.min(lane.limit + 1, this.concurrency);
    this.release(webhookId);
  }

  /** Gives the slot of a claim back that was taken out by {@link next} and not sent. */
  dropped(webhookId: string): void {
    const lane = this.lane(webhookId);
    lane.out -= 1;
    this.outInAll -= 1;
    this.release(webhookId);
  }

  /** Claims that wait for their turn. */
  waiting(): Claim[] {
    return [...this.urgent, ...[...this.lanes.values()].flatMap((lane) => lane.waiting)];
  }

  /** Takes out everything that waits; the slots are given back. */
  drainWaiting(): Claim[] {
    const claims = this.waiting();
    this.urgent.length = 0;
    for (const lane of this.lanes.values()) lane.waiting.length = 0;
    for (const claim of claims) this.release(claim.webhook.id);
    return claims;
  }

  private countOut(lane: WebhookQueue): void {
    lane.out += 1;
    this.outInAll += 1;
  }

  private lane(webhookId: string): WebhookQueue {
    let lane = this.lanes.get(webhookId);
    if (!lane) {
      lane = { waiting: [], held: 0, out: 0, limit: FIRST_LIMIT, slow: false };
      this.lanes.set(webhookId, lane);
    }
    return lane;
  }
}
