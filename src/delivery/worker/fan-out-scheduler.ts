import { Inject, Injectable } from '@nestjs/common';
import type { Claim } from '../model/claim.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { FAN_OUT_BATCH, FanOut, type FanOutTurn } from '../fan-out/fan-out.js';
import type { LocalQueues } from './local-queues.js';
import { CapacityReservation } from './capacity-reservation.js';

/** How many fresh events are fanned out at a time by an instance that holds all it can. */
const FRESH_BATCH = 20;

/** The most batches that are made side by side: one alone takes longer to be made than to be sent. */
const MOST_AT_ONCE = 2;

/**
 * Fans out batch by batch. While there is a backlog the next is begun as soon as there is room for what it makes, though
 * one before it is still being made; every second one takes the newest, so that a burst keeps no fresh event waiting.
 */
@Injectable()
export class FanOutScheduler {
  private readonly underWay = new Set<Promise<void>>();
  private readonly failures: unknown[] = [];
  private backlog = false;
  private newestNext = false;
  private leftToClaim = false;
  private goOn: (() => void) | null = null;

  constructor(
    private readonly fanOut: FanOut,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
  ) {}

  /** Whether the next call of {@link next} would have something to do at once, or to wait for. */
  hasMore(lanes: LocalQueues): boolean {
    return this.underWay.size > 0 || this.hasRoom(lanes);
  }

  /**
   * Begins what there is room for, and waits until one of the batches under way has ended, or {@link look} says that
   * there may be room for another.
   *
   * @param handOver is given what each batch made with a lease on it, as soon as it is committed
   * @returns whether deliveries were made that a claim may take at once
   * @throws what a batch failed with; of several that failed, one at a call
   */
  async next(lanes: LocalQueues, handOver: (claims: Claim[]) => void): Promise<boolean> {
    if (this.failures.length === 0) {
      if (this.underWay.size === 0) this.begin(lanes, handOver);
      while (this.underWay.size < MOST_AT_ONCE && this.hasRoom(lanes)) this.begin(lanes, handOver);
      await this.oneEnds();
    }
    if (this.failures.length > 0) throw this.failures.shift();
    const { leftToClaim } = this;
    this.leftToClaim = false;
    return leftToClaim;
  }

  /** @returns whether another batch should be begun now; {@link next}, where it waits, goes on then */
  look(lanes: LocalQueues): boolean {
    const isWanted =
      this.underWay.size === 0
        ? this.backlog && lanes.hasRoomForMany
        : this.underWay.size < MOST_AT_ONCE && this.hasRoom(lanes);
    if (isWanted) this.goOn?.();
    return isWanted;
  }

  /** Waits for all that are under way. */
  async settle(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private hasRoom(lanes: LocalQueues): boolean {
    return this.backlog && lanes.room >= FAN_OUT_BATCH;
  }

  private begin(lanes: LocalQueues, handOver: (claims: Claim[]) => void): void {
    const running: Promise<void> = this.turn(this.nextTurn(lanes), lanes, handOver).then(() => {
      this.underWay.delete(running);
    });
    this.underWay.add(running);
  }

  private async turn(
    turn: FanOutTurn,
    lanes: LocalQueues,
    handOver: (claims: Claim[]) => void,
  ): Promise<void> {
    const slots = new CapacityReservation(lanes, turn.most);
    try {
      const { events, claims, leftToClaim } = await this.fanOut.batch(slots, this.options.leaseMs, turn);
      if (turn.from === 'oldest') this.backlog = events === turn.most;
      this.leftToClaim ||= leftToClaim;
      handOver(claims);
    } catch (error) {
      this.failures.push(error);
    } finally {
      slots.end();
    }
  }

  /**
   * When this instance holds all that it can, what is fanned out would only have to be claimed later: a few fresh ones
   * are enough, for webhooks that have nothing to do.
   */
  private nextTurn(lanes: LocalQueues): FanOutTurn {
    const isFull = lanes.room < FAN_OUT_BATCH;
    this.newestNext = this.backlog && (isFull || !this.newestNext);
    return { from: this.newestNext ? 'newest' : 'oldest', most: isFull ? FRESH_BATCH : FAN_OUT_BATCH };
  }

  private async oneEnds(): Promise<void> {
    await Promise.race([...this.underWay, new Promise<void>((resolve) => (this.goOn = resolve))]);
    this.goOn = null;
  }
}
