import { Inject, Injectable } from '@nestjs/common';
import { FAN_OUT_BATCH, FanOut, type FanOutTurn } from '../fan-out/fan-out.js';
import type { Claim } from '../model/claim.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { CapacityReservation } from './capacity-reservation.js';
import type { LocalQueues } from './local-queues.js';

/** How many fresh events are fanned out at a time by a process that holds all it can. */
const FRESH_BATCH = 20;

/** The most batches that are made side by side: one batch takes longer to be made than to be sent. */
const MOST_AT_ONCE = 2;

/**
 * Schedules fan-out batches. While there is a backlog the next batch begins as soon as there is capacity for it, though
 * the one before is still being made; every second batch takes the newest events, so that a burst delays no fresh event.
 */
@Injectable()
export class FanOutScheduler {
  private readonly running = new Set<Promise<void>>();
  private readonly failures: unknown[] = [];
  private hasBacklog = false;
  private isNewestNext = false;
  private leftToClaim = false;
  private wake: (() => void) | null = null;

  constructor(
    private readonly fanOut: FanOut,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
  ) {}

  /** Whether a batch has found as many events as it could take: more may wait. */
  get isBehind(): boolean {
    return this.hasBacklog;
  }

  /** Whether the next call of {@link next} would begin a batch, or wait for one that is running. */
  hasMore(queues: LocalQueues): boolean {
    return this.running.size > 0 || this.hasCapacity(queues);
  }

  /**
   * Begins as many batches as there is capacity for, and waits until one of the running ones has ended, or
   * {@link wakeIfCapacity} finds that another may begin.
   *
   * @param handOver is given the claims of each batch as soon as it is committed
   * @returns whether deliveries were made that a claim may take at once
   * @throws what a batch failed with; of several that failed, one at a call
   */
  async next(queues: LocalQueues, handOver: (claims: Claim[]) => void): Promise<boolean> {
    if (this.failures.length === 0) {
      if (this.running.size === 0) this.begin(queues, handOver);
      while (this.running.size < MOST_AT_ONCE && this.hasCapacity(queues)) this.begin(queues, handOver);
      await this.waitForAny();
    }
    if (this.failures.length > 0) throw this.failures.shift();
    const { leftToClaim } = this;
    this.leftToClaim = false;
    return leftToClaim;
  }

  /** Wakes {@link next} where it waits and another batch may begin. @returns whether one may */
  wakeIfCapacity(queues: LocalQueues): boolean {
    const mayBegin =
      this.running.size === 0
        ? this.hasBacklog && queues.isHalfFree
        : this.running.size < MOST_AT_ONCE && this.hasCapacity(queues);
    if (mayBegin) this.wake?.();
    return mayBegin;
  }

  /** Waits for all running batches. */
  async settle(): Promise<void> {
    await Promise.all(this.running);
  }

  private hasCapacity(queues: LocalQueues): boolean {
    return this.hasBacklog && queues.capacity >= FAN_OUT_BATCH;
  }

  private begin(queues: LocalQueues, handOver: (claims: Claim[]) => void): void {
    const batch: Promise<void> = this.runBatch(this.nextTurn(queues), queues, handOver).then(() => {
      this.running.delete(batch);
    });
    this.running.add(batch);
  }

  private async runBatch(
    turn: FanOutTurn,
    queues: LocalQueues,
    handOver: (claims: Claim[]) => void,
  ): Promise<void> {
    const capacity = new CapacityReservation(queues, turn.most);
    try {
      const { events, claims, leftToClaim } = await this.fanOut.batch(capacity, this.options.leaseMs, turn);
      // A batch of the newest tells of a backlog too, which one of the oldest beside it did not see: its events were locked.
      if (events === turn.most) this.hasBacklog = true;
      else if (turn.from === 'oldest') this.hasBacklog = false;
      this.leftToClaim ||= leftToClaim;
      handOver(claims);
    } catch (error) {
      this.failures.push(error);
    } finally {
      capacity.end();
    }
  }

  /**
   * Chooses the events of the next batch. While this process holds all that it can, deliveries that it fans out would
   * only have to be claimed later: a few fresh events are enough, for webhooks that are idle.
   */
  private nextTurn(queues: LocalQueues): FanOutTurn {
    const isFull = queues.capacity < FAN_OUT_BATCH;
    this.isNewestNext = this.hasBacklog && (isFull || !this.isNewestNext);
    return { from: this.isNewestNext ? 'newest' : 'oldest', most: isFull ? FRESH_BATCH : FAN_OUT_BATCH };
  }

  private async waitForAny(): Promise<void> {
    await Promise.race([...this.running, new Promise<void>((resolve) => (this.wake = resolve))]);
    this.wake = null;
  }
}
