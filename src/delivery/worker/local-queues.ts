import type { Claim, LocalCapacity } from '../model/claim.js';
import { getOwnerKeys, type Owner } from '../model/owner.js';
import { FairShares, type Party } from './fair-shares.js';
import { LocalPauses } from './local-pauses.js';
import { RequestsOut, type Turn } from './requests-out.js';
import { joinTurns, leaveTurns, nextInTurn } from './turns.js';
import { QUEUED_PER_REQUEST, type QueueResult, WebhookQueue } from './webhook-queue.js';

/** How many requests may have stalled for each place: they cost a socket. */
const STALLED_PER_PLACE = 4;

const FORGET_EVERY_MS = 1_000;

/**
 * The claims that this process holds, one queue for each webhook. Places for running requests, room for claims and the
 * bound on stalled requests are shared by tenant, then host, then webhook ({@link FairShares}). A request that stalls
 * gives its place to the others at once and counts against its own webhook's limit, which shrinks.
 */
export class LocalQueues implements LocalCapacity {
  readonly pauses = new LocalPauses();
  private readonly queues = new Map<string, WebhookQueue>();
  /** A person's redeliveries go first and are bound by no limit. */
  private readonly urgent: Claim[] = [];
  private readonly shares: FairShares;
  private readonly out: RequestsOut;
  private reserved = 0;
  private forgotAt = 0;
  /** Whether a webhook had to wait for a place when places were given last. */
  private isShort = false;

  /**
   * @param concurrency the most requests that run, over all webhooks; beside them four times as many may have stalled
   * @param unrecorded how many requests have ended and are not recorded yet
   * @param now milliseconds of a clock that is never set back: whether a request has stalled must not depend on the time
   *   of day
   * @param isHostOpen whether the circuit breaker of a webhook's host is not closed: nothing is leased with its making
   */
  constructor(
    private readonly concurrency: number,
    private readonly unrecorded: () => number,
    private readonly now: () => number = () => performance.now(),
    private readonly isHostOpen: (owner: Owner) => boolean = () => false,
  ) {
    this.shares = new FairShares({
      held: this.most,
      running: concurrency,
      stalled: concurrency * STALLED_PER_PLACE,
    });
    this.out = new RequestsOut(this.shares, now);
  }

  /** Claims held in all: queued, running, or about to be. */
  get held(): number {
    return this.shares.root.used.held;
  }

  /** Requests that run, over all webhooks. */
  get running(): number {
    return this.shares.root.used.running;
  }

  /** Requests that have stalled, over all webhooks. */
  get stalled(): number {
    return this.shares.root.used.stalled;
  }

  /**
   * How many more claims this process may hold, over all webhooks, beside what is reserved. Requests that have ended and
   * are not recorded count too: a kill would repeat them, and a slow database must not let their number grow.
   */
  get capacity(): number {
    return Math.max(0, this.most - this.held - this.unrecorded() - this.reserved);
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
  free(owner: Owner): number {
    const queue = this.find(owner);
    if (!this.out.mayStall(queue)) return 0;
    const ofShare = this.shares.room(queue.party, 'held', this.out.isAnswering(queue.party));
    return Math.min(this.capacity, queue.room, ofShare);
  }

  /** Whether neither a pause nor a circuit breaker speaks against more claims of a webhook. */
  isOpen(owner: Owner): boolean {
    return this.pauses.mayLease(owner.id) && !this.isHostOpen(owner);
  }

  take(owner: Owner): boolean {
    if (!this.isOpen(owner) || this.free(owner) === 0) return false;
    this.forceAcquire(owner);
    return true;
  }

  /** Takes capacity whatever the limits say: for claims that are made, and for what a person asked for. */
  forceAcquire(owner: Owner): void {
    const queue = this.find(owner);
    queue.held += 1;
    this.shares.take(queue.party, 'held');
  }

  release(webhookId: string): void {
    const queue = this.queues.get(webhookId);
    if (queue) this.giveBackHeld(queue);
  }

  /** Stops sending to a webhook. @returns its queued claims; their capacity is given back */
  pauseLocally(webhookId: string): Claim[] {
    this.pauses.add(webhookId);
    const queue = this.queues.get(webhookId);
    return queue ? this.handBack(queue, queue.queued.splice(0)) : [];
  }

  /** Takes claims that may not be sent out of the queues. @returns them; their capacity is given back */
  takeBack(isRefused: (claim: Claim) => boolean): Claim[] {
    const urgent = this.urgent.filter(isRefused);
    this.urgent.splice(0, this.urgent.length, ...this.urgent.filter((claim) => !urgent.includes(claim)));
    for (const claim of urgent) this.release(claim.webhook.id);
    const ofQueues = [...this.queues.values()].flatMap((queue) => {
      const refused = new Set(queue.queued.filter(isRefused));
      if (refused.size === 0) return [];
      queue.queued.splice(0, queue.queued.length, ...queue.queued.filter((claim) => !refused.has(claim)));
      return this.handBack(queue, [...refused]);
    });
    return [...urgent, ...ofQueues];
  }

  /** Queues a claim whose capacity is taken. */
  enqueue(claim: Claim): void {
    if (claim.redeliveryId !== null) {
      this.urgent.push(claim);
      return;
    }
    const queue = this.find(claim.webhook);
    queue.queued.push(claim);
    joinTurns(queue.party);
  }

  /** Takes the claims that may be sent now: one of each tenant, host and webhook in turn. */
  dequeue(): Turn[] {
    this.isShort = false;
    const turns = this.urgent.splice(0).map((claim) => this.out.begin(this.find(claim.webhook), claim));
    while (this.shares.free('running') > 0) {
      const next = nextInTurn(this.shares.root, this.mayBegin);
      const queue = next && this.queues.get(next.key);
      const claim = queue?.queued.shift();
      if (!queue || !claim) break;
      if (queue.queued.length === 0) leaveTurns(queue.party);
      turns.push(this.out.begin(queue, claim));
    }
    return turns;
  }

  /**
   * Takes their places from the requests that have stalled, and halves the limits of webhooks that do not answer.
   *
   * @returns claims that would wait for such webhooks: they are to be released, their capacity is given back
   */
  sweep(): Claim[] {
    const isAnyWaiting = this.shares.root.waiting.size > 0;
    const isPressed = isAnyWaiting && (this.isShort || this.shares.free('running') === 0);
    const silent = [...this.out.stall(isPressed)];
    this.forgetIdle(this.now());
    return silent.flatMap((queue) => this.handBack(queue, queue.removeSurplus()));
  }

  /** Ends a request: gives its capacity back and adapts its webhook's limit. */
  complete(turn: Turn, result: QueueResult): void {
    turn.queue.adapt(result, turn.hasShrunk);
    this.out.end(turn, result.answered);
  }

  /** Gives back the capacity of a claim that {@link dequeue} gave and that was not sent. */
  drop(turn: Turn): void {
    this.out.end(turn, false);
  }

  /** The claims that are queued. */
  queued(): Claim[] {
    return [...this.urgent, ...[...this.queues.values()].flatMap((queue) => queue.queued)];
  }

  /** Empties all queues. @returns their claims; their capacity is given back */
  drain(): Claim[] {
    return this.takeBack(() => true);
  }

  private readonly mayBegin = ({ key }: Party): boolean => {
    const queue = this.queues.get(key);
    if (!queue || queue.inFlight >= queue.limit || !this.out.mayStall(queue)) return false;
    const hasPlace = this.out.hasPlace(queue);
    this.isShort ||= !hasPlace;
    return hasPlace;
  };

  private handBack(queue: WebhookQueue, claims: Claim[]): Claim[] {
    if (queue.queued.length === 0) leaveTurns(queue.party);
    for (let left = claims.length; left > 0; left -= 1) this.giveBackHeld(queue);
    return claims;
  }

  private giveBackHeld(queue: WebhookQueue): void {
    queue.held -= 1;
    this.shares.giveBack(queue.party, 'held');
  }

  private forgetIdle(now: number): void {
    if (now - this.forgotAt < FORGET_EVERY_MS) return;
    this.forgotAt = now;
    this.shares.forgetIdle(now);
    for (const [id, { party, isBlank }] of this.queues)
      if (party.isForgotten && isBlank) this.queues.delete(id);
  }

  private find(owner: Owner): WebhookQueue {
    const now = this.now();
    let queue = this.queues.get(owner.id);
    if (!queue) {
      queue = new WebhookQueue(this.shares.find(owner, now), this.concurrency);
      this.queues.set(owner.id, queue);
    } else if (
      queue.party.isForgotten ||
      (queue.held + queue.inFlight === 0 && hasMoved(queue.party, owner))
    ) {
      queue.party = this.shares.find(owner, now);
    }
    queue.party.seenAt = now;
    return queue;
  }
}

/** Whether a webhook has another host or tenant than it had. */
function hasMoved({ parent: host }: Party, owner: Owner): boolean {
  const [tenant, origin] = getOwnerKeys(owner);
  return host?.key !== origin || host?.parent?.key !== tenant;
}
