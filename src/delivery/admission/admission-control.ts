import { Inject, Injectable, Logger } from '@nestjs/common';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import type { AdmissionBounds, AdmissionObstacle } from '../options/admission-limits.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import {
  type AdmissionReading,
  computeOpening,
  findPassedBound,
  type RecordedSize,
} from './admission-bounds.js';
import { EventRefusedError } from './event-refused-error.js';

/** How much more may be recorded. */
interface Room {
  deliveries: number;
  /** Of their bodies. */
  bytes: number;
}

const NO_END: Room = { deliveries: Infinity, bytes: Infinity };

/** The mean size of events goes by about so many transactions. */
const MEAN_OVER = 16;

/**
 * Admission control: decides whether new events are recorded, from the last reading of the bounds. What is recorded
 * already is always sent. Events of the engine itself (`webhook.disabled`, `delivery.exhausted`) are not asked for here:
 * they tell of the trouble, and a change of state must not fail for them.
 */
@Injectable()
export class AdmissionControl {
  private readonly logger = new Logger('Admission');
  private obstacle: AdmissionObstacle | null = null;
  /** Where the disk was full: whether events are let through again, to see whether it still is. */
  private mayTry = false;
  /** What the bounds left at the last reading. */
  private room: Room = NO_END;
  /** What is left of it: where nothing is, the next reading should be taken. */
  private left: Room = NO_END;
  /** The mean size of the events that were recorded last. */
  private bytesPerEvent = 0;
  private askForReading: () => void = () => {};

  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly hooks: DeliveryHooks,
  ) {
    hooks.watch({ fannedOut: (events, deliveries) => this.noteFanOut(events.length, deliveries.length) });
  }

  /** What keeps new events out; null: nothing does. */
  get closedBy(): AdmissionObstacle | null {
    return this.obstacle;
  }

  /**
   * @param recorded what the open transaction has recorded already, which no reading sees; default: nothing
   * @throws {EventRefusedError} while no new event is recorded, and where the transaction alone passes a bound
   */
  admit(recorded: RecordedSize = { events: 0, bytes: 0 }): void {
    const obstacle =
      this.obstacle === null || (this.obstacle === 'diskFull' && this.mayTry)
        ? this.findPassedBy(recorded)
        : this.obstacle;
    if (obstacle === null) return;
    this.hooks.refused(obstacle);
    throw new EventRefusedError(obstacle);
  }

  /** A first event is taken in any case: else one that is larger than the bound never were. */
  private findPassedBy({ events, bytes }: RecordedSize): keyof AdmissionBounds | null {
    if (events === 0) return null;
    if (events >= this.room.deliveries) return 'pendingDeliveries';
    return bytes >= this.room.bytes ? 'unsentBytes' : null;
  }

  /** Whether this process has recorded and fanned out nothing since the last reading. */
  get isUntouched(): boolean {
    return this.left === this.room;
  }

  /** Calls a listener when so much was recorded since the last reading that the bound may be passed. */
  onPressed(listener: () => void): void {
    this.askForReading = listener;
  }

  /** Notes that a transaction with recorded events was committed: the disk is not full. */
  noteCommit({ events, bytes }: RecordedSize): void {
    if (this.obstacle === 'diskFull') this.open();
    this.bytesPerEvent += (bytes / events - this.bytesPerEvent) / MEAN_OVER;
    this.take({ deliveries: events, bytes });
  }

  /** An event counted as one delivery until it was fanned out: it may have become many. */
  private noteFanOut(events: number, deliveries: number): void {
    const more = Math.max(0, deliveries - events);
    this.take({ deliveries: more, bytes: more * this.bytesPerEvent });
  }

  private take({ deliveries, bytes }: Room): void {
    this.left = { deliveries: this.left.deliveries - deliveries, bytes: this.left.bytes - bytes };
    if (this.left.deliveries <= 0 || this.left.bytes <= 0) this.askForReading();
  }

  /** Notes that an event could not be written because the disk is full, and gives the error to throw. */
  noteFullDisk(cause: unknown): EventRefusedError {
    this.mayTry = false;
    this.close('diskFull', `the database says that its disk is full (${String(cause)})`);
    this.hooks.refused('diskFull');
    return new EventRefusedError('diskFull', { cause });
  }

  /** Decides anew from a reading. */
  noteReading(reading: AdmissionReading): void {
    const { limits } = this.options;
    // A full disk is tried again by the next event, because the database alone knows.
    this.mayTry = true;
    this.room = computeRoom(reading, limits);
    this.left = this.room;
    const bound = findPassedBound(reading, limits, this.obstacle);
    if (bound !== null) {
      const opening = computeOpening(bound, limits[bound]);
      this.close(
        bound,
        `${describeReading(bound, reading[bound], limits[bound])}. They are taken again at ${opening}`,
      );
    } else if (this.obstacle !== null && this.obstacle !== 'diskFull') this.open();
  }

  private close(obstacle: AdmissionObstacle, why: string): void {
    if (this.obstacle === obstacle) return;
    this.obstacle = obstacle;
    this.hooks.admissionChanged(obstacle);
    this.logger.error(`New events are refused: ${why}. What is recorded goes on being sent.`);
  }

  private open(): void {
    this.logger.log(`New events are taken again; they were refused because of ${String(this.obstacle)}.`);
    this.obstacle = null;
    this.hooks.admissionChanged(null);
  }
}

function describeReading(bound: keyof AdmissionBounds, value: number | null, limit: number): string {
  const figures = `${value}, and limits.${bound} is ${limit}`;
  if (bound === 'freeBytes') return `the free bytes on the disk of the database are ${figures}`;
  return bound === 'unsentBytes'
    ? `the bytes to send are about ${figures}`
    : `the pending deliveries are ${figures}`;
}

/** Computes what is surely within the bounds: each event makes at least one delivery where a webhook wants it. */
function computeRoom({ pendingDeliveries, unsentBytes }: AdmissionReading, limits: AdmissionBounds): Room {
  const roomOf = (limit: number, value: number | null): number =>
    limit === 0 || value === null ? Infinity : Math.max(1, limit - value);
  return {
    deliveries: roomOf(limits.pendingDeliveries, pendingDeliveries),
    bytes: roomOf(limits.unsentBytes, unsentBytes),
  };
}
