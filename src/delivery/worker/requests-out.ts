import { SlotList } from '../../host/slot-list.js';
import type { Claim } from '../model/claim.js';
import type { FairShares, Party } from './fair-shares.js';
import { SLOW_MS, type WebhookQueue } from './webhook-queue.js';

/** A request that is out for so long without an answer has stalled, milliseconds. */
export const STALLED_AFTER_MS = SLOW_MS;

/** The same while others wait for a place. After so long without any answer a webhook may borrow nothing either. */
export const PRESSED_AFTER_MS = 100;

/** A request that is out. */
export interface Turn {
  readonly claim: Claim;
  readonly queue: WebhookQueue;
  readonly startedAt: number;
  /** Where the list of those that are out has it. */
  slot: number;
  /** Whether it has stalled: it holds no place. */
  hasStalled: boolean;
  /** Whether its webhook's limit was halved because of it. */
  hasShrunk: boolean;
}

/**
 * The requests of this process that are out. One that stalls gives up its place and its claim's room at once: it costs a
 * socket, and counts against its own webhook's limit and its tenant's share of what may have stalled.
 */
export class RequestsOut {
  private readonly turns = new SlotList<Turn>();

  /** @param now milliseconds of a clock that is never set back */
  constructor(
    private readonly shares: FairShares,
    private readonly now: () => number,
  ) {}

  /** Begins a request: it takes a place. */
  begin(queue: WebhookQueue, claim: Claim): Turn {
    const startedAt = this.now();
    queue.running += 1;
    this.shares.take(queue.party, 'running');
    for (const one of [queue.party, queue.party.parent]) if (one) one.unansweredSince ??= startedAt;
    const turn = { claim, queue, startedAt, slot: 0, hasStalled: false, hasShrunk: false };
    turn.slot = this.turns.add(turn);
    return turn;
  }

  /** Ends a request: its place and its claim's room are free. */
  end(turn: Turn, isAnswered: boolean): void {
    const { queue, slot } = turn;
    this.turns.remove(slot);
    if (turn.hasStalled) {
      queue.stalled -= 1;
      this.shares.giveBack(queue.party, 'stalled');
    } else this.freePlace(queue);
    for (const one of [queue.party, queue.party.parent]) {
      if (!one) continue;
      if (one.used.running + one.used.stalled === 0) one.unansweredSince = null;
      else if (isAnswered) one.unansweredSince = this.now();
    }
  }

  /** Whether there is a place for a further request to a webhook. */
  hasPlace(queue: WebhookQueue): boolean {
    return this.shares.room(queue.party, 'running', this.isAnswering(queue.party)) > 0;
  }

  /** Whether a further request to a webhook that does not answer would find room once it has stalled. */
  mayStall(queue: WebhookQueue): boolean {
    const isSound = queue.stalled === 0 && this.isAnswering(queue.party);
    return isSound || this.shares.room(queue.party, 'stalled', false) > 0;
  }

  /** Whether neither the webhook nor its host has been silent for long while requests are out. */
  isAnswering(webhook: Party): boolean {
    const before = this.now() - PRESSED_AFTER_MS;
    const isSilent = (since: number | null | undefined) => typeof since === 'number' && since <= before;
    return !isSilent(webhook.unansweredSince) && !isSilent(webhook.parent?.unansweredSince);
  }

  /**
   * Takes their places from the requests that have stalled.
   *
   * @param isPressed whether others wait for a place
   * @returns the webhooks that have not answered anything meanwhile: their limits were halved
   */
  stall(isPressed: boolean): Set<WebhookQueue> {
    const now = this.now();
    const shrunk = new Set<WebhookQueue>();
    for (const turn of this.turns) {
      const { queue } = turn;
      const age = now - turn.startedAt;
      if (age < (isPressed ? PRESSED_AFTER_MS : STALLED_AFTER_MS)) continue;
      if (!turn.hasStalled && this.shares.room(queue.party, 'stalled', true) > 0) this.leavePlace(turn);
      const silentMs = now - (queue.party.unansweredSince ?? now);
      if (turn.hasShrunk || Math.min(age, silentMs) < STALLED_AFTER_MS) continue;
      turn.hasShrunk = true;
      queue.shrink();
      shrunk.add(queue);
    }
    return shrunk;
  }

  private leavePlace(turn: Turn): void {
    const { queue } = turn;
    turn.hasStalled = true;
    this.freePlace(queue);
    queue.stalled += 1;
    this.shares.take(queue.party, 'stalled');
  }

  private freePlace(queue: WebhookQueue): void {
    queue.running -= 1;
    queue.held -= 1;
    this.shares.giveBack(queue.party, 'running');
    this.shares.giveBack(queue.party, 'held');
  }
}
