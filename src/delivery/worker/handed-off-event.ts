import type { Claim } from '../model/claim.js';
import type { Outcome } from '../model/outcome.js';
import type { SettledEvent } from '../outcomes/hand-off-recorder.js';
import type { SettledDelivery } from '../outcomes/insert-settled.js';

/** What is known of an event when it is recorded under the lease of this process. */
export interface HandOffPlan {
  id: string;
  tenant: string | null;
  /** Epoch milliseconds. */
  createdAt: number;
  leaseToken: string;
  /** When others may take the event, epoch milliseconds. */
  leaseUntil: number;
  /**
   * The claims of its recipients, the rendering that each gets, and whether it waits: it has no room, so that it is only
   * written. At least one does not wait.
   */
  recipients: readonly { claim: Claim; rendering: string; waits: boolean }[];
}

/**
 * An event that this process sends from memory, until all its deliveries are in the database. From then on its claims
 * are claims as all others.
 */
export class HandedOffEvent {
  /** When it was recorded, and from its commit on when that was heard: milliseconds of a clock that is never set back. */
  since: number;
  /** Whether it waits to be written, or is being written. */
  isReady = false;
  /** Whether others had taken it over when it was to be written. */
  isLost = false;
  /** Called after the next time that its writing was tried. */
  readonly waiters: (() => void)[] = [];
  private readonly deliveries = new Map<string, SettledDelivery>();
  /** What is being written; null: nothing. */
  private written: readonly SettledDelivery[] | null = null;

  constructor(
    readonly plan: HandOffPlan,
    now: number,
  ) {
    this.since = now;
    for (const { claim, rendering, waits } of plan.recipients) {
      this.deliveries.set(claim.deliveryId, { claim, rendering, end: waits ? 'waiting' : 'held' });
    }
  }

  get id(): string {
    return this.plan.id;
  }

  /** The claims that are sent from memory: their room is taken. */
  get claims(): Claim[] {
    return this.plan.recipients.flatMap(({ claim, waits }) => (waits ? [] : [claim]));
  }

  /** The webhooks that wait for room. */
  get waiting(): string[] {
    return this.plan.recipients.flatMap(({ claim, waits }) => (waits ? [claim.webhook.id] : []));
  }

  /** How many of its requests have ended. */
  get ended(): number {
    let count = 0;
    for (const { end } of this.deliveries.values()) if (typeof end !== 'string') count += 1;
    return count;
  }

  /** Whether nothing of it is waited for. */
  get isOver(): boolean {
    for (const { end } of this.deliveries.values()) if (end === 'held') return false;
    return true;
  }

  /** Notes how a claim has ended. */
  end(deliveryId: string, end: Outcome | 'returned'): void {
    const delivery = this.deliveries.get(deliveryId);
    if (delivery) this.deliveries.set(deliveryId, { ...delivery, end });
  }

  /** What is to be written: the deliveries as they stand now. */
  beginWriting(): SettledEvent {
    const { id, tenant, createdAt, leaseToken } = this.plan;
    this.written = [...this.deliveries.values()];
    return { id, tenant, createdAt, leaseToken, deliveries: this.written };
  }

  /** @param leaseUntil when the leases of the claims end whose requests are out, epoch milliseconds */
  noteWritten(isLost: boolean, leaseUntil: number): void {
    this.isLost = isLost;
    if (isLost) return;
    for (const { claim, end } of this.written ?? []) if (end === 'held') claim.leaseUntil = leaseUntil;
  }

  /** What was written, and what has ended since. */
  endWriting(): { written: readonly SettledDelivery[]; endedSince: readonly SettledDelivery[] } {
    const written = this.written ?? [];
    const endedSince = written
      .filter(({ end }) => end === 'held')
      .flatMap(({ claim }) => this.deliveries.get(claim.deliveryId) ?? [])
      .filter(({ end }) => end !== 'held');
    return { written, endedSince };
  }

  /** Everything as it stands. */
  list(): SettledDelivery[] {
    return [...this.deliveries.values()];
  }
}
