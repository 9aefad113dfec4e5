import { Inject, Injectable, Logger } from '@nestjs/common';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import type { AdmissionBounds, AdmissionObstacle } from '../options/admission-limits.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { type AdmissionReading, computeOpening, findPassedBound } from './admission-bounds.js';
import { EventRefusedError } from './event-refused-error.js';

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
  /** How many more transactions may record before the next reading should be taken. */
  private room = Infinity;
  private askForReading: () => void = () => {};

  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly hooks: DeliveryHooks,
  ) {}

  /** What keeps new events out; null: nothing does. */
  get closedBy(): AdmissionObstacle | null {
    return this.obstacle;
  }

  /** @throws {EventRefusedError} while no new event is recorded */
  admit(): void {
    if (this.obstacle === null || (this.obstacle === 'diskFull' && this.mayTry)) return;
    this.hooks.refused(this.obstacle);
    throw new EventRefusedError(this.obstacle);
  }

  /** Calls a listener when so much was recorded since the last reading that the bound may be passed. */
  onPressed(listener: () => void): void {
    this.askForReading = listener;
  }

  /** Notes that a transaction with a recorded event was committed: the disk is not full. */
  noteCommit(): void {
    if (this.obstacle === 'diskFull') this.open();
    this.room -= 1;
    if (this.room > 0) return;
    this.room = Infinity;
    this.askForReading();
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

/** Computes how many events are surely within the bound: each makes at least one delivery where a webhook wants it. */
function computeRoom({ pendingDeliveries }: AdmissionReading, limits: AdmissionBounds): number {
  if (limits.pendingDeliveries === 0 || pendingDeliveries === null) return Infinity;
  return Math.max(1, limits.pendingDeliveries - pendingDeliveries);
}
