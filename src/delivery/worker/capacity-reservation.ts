import type { LocalCapacity } from '../model/claim.js';
import type { Owner } from '../model/owner.js';
import type { LocalQueues } from './local-queues.js';

/**
 * Capacity that is reserved for a fan-out batch until the batch has taken it, so that batches that are made side by side
 * do not count on the same capacity. A batch may take more where more is free.
 */
export class CapacityReservation implements LocalCapacity {
  private reserved: number;

  /** @param most how much to reserve; less where less is free */
  constructor(
    private readonly queues: LocalQueues,
    most: number,
  ) {
    this.reserved = Math.min(most, queues.capacity);
    queues.reserve(this.reserved);
  }

  take(webhook: Owner): boolean {
    if (this.reserved === 0) return this.queues.take(webhook);
    this.queues.reserve(-1);
    const isTaken = this.queues.take(webhook);
    if (isTaken) this.reserved -= 1;
    else this.queues.reserve(1);
    return isTaken;
  }

  release(webhookId: string): void {
    this.queues.release(webhookId);
    this.queues.reserve(1);
    this.reserved += 1;
  }

  /** Gives back what was not taken. */
  end(): void {
    this.queues.reserve(-this.reserved);
    this.reserved = 0;
  }
}
