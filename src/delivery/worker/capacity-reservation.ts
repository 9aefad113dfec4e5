import type { LocalCapacity } from '../model/claim.js';
import type { LocalQueues } from './local-queues.js';

/**
 * Slots that are kept for a batch until it has taken them, so that batches that are made side by side do not count on
 * the same room. A batch may take more where there is more.
 */
export class CapacityReservation implements LocalCapacity {
  private kept: number;

  /** @param most how many to keep; fewer where there is room for fewer */
  constructor(
    private readonly lanes: LocalQueues,
    most: number,
  ) {
    this.kept = Math.min(most, lanes.room);
    lanes.reserve(this.kept);
  }

  take(webhookId: string): boolean {
    if (this.kept === 0) return this.lanes.take(webhookId);
    this.lanes.reserve(-1);
    const isTaken = this.lanes.take(webhookId);
    if (isTaken) this.kept -= 1;
    else this.lanes.reserve(1);
    return isTaken;
  }

  release(webhookId: string): void {
    this.lanes.release(webhookId);
    this.lanes.reserve(1);
    this.kept += 1;
  }

  /** Gives back what was not taken. */
  end(): void {
    this.lanes.reserve(-this.kept);
    this.kept = 0;
  }
}
