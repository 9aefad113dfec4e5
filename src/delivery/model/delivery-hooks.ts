import { Injectable } from '@nestjs/common';
import type { AdmissionObstacle } from '../options/admission-limits.js';
import type { Outcome } from './outcome.js';
import type { OwnFaultCode } from './own-faults.js';

/** A delivery, as far as those mind who count. */
export interface DeliveryRef {
  id: string;
  webhookId: string;
  tenant: string | null;
}

/** A delivery that was made for a webhook. */
export interface CreatedDelivery {
  id: string;
  webhook: { readonly id: string; readonly tenant: string | null };
}

/** An attempt that was recorded, and how its delivery ended with it; null: it did not end. */
export interface RecordedAttempt {
  outcome: Outcome;
  ended: 'succeeded' | 'failed' | null;
}

/**
 * Told what happened to deliveries, after it was committed. It must not throw, and must only note what it hears: it
 * stands on the way of every delivery.
 */
export interface DeliveryListener {
  fannedOut?(events: readonly { tenant: string | null }[], deliveries: readonly CreatedDelivery[]): void;
  attempted?(recorded: readonly RecordedAttempt[]): void;
  /** Ended `failed` without an attempt. */
  ended?(deliveries: readonly DeliveryRef[]): void;
  /** Made or changed in another way. */
  changed?(deliveries: readonly DeliveryRef[]): void;
  /** Attempts that ended after their lease was lost. */
  leasesLost?(count: number): void;
  /** An event was refused. */
  refused?(obstacle: AdmissionObstacle): void;
  /** New events are refused from now on because of an obstacle; null: they are taken again. */
  admissionChanged?(obstacle: AdmissionObstacle | null): void;
  /** A request could not be made through a fault of this instance. */
  ownFault?(code: OwnFaultCode): void;
}

/** Tells what this instance does to deliveries to those who count it or show it. */
@Injectable()
export class DeliveryHooks implements Required<DeliveryListener> {
  private readonly watchers: DeliveryListener[] = [];

  watch(watcher: DeliveryListener): void {
    this.watchers.push(watcher);
  }

  fannedOut(events: readonly { tenant: string | null }[], deliveries: readonly CreatedDelivery[]): void {
    for (const watcher of this.watchers) watcher.fannedOut?.(events, deliveries);
  }

  attempted(recorded: readonly RecordedAttempt[]): void {
    for (const watcher of this.watchers) watcher.attempted?.(recorded);
  }

  ended(deliveries: readonly DeliveryRef[]): void {
    for (const watcher of this.watchers) watcher.ended?.(deliveries);
  }

  changed(deliveries: readonly DeliveryRef[]): void {
    for (const watcher of this.watchers) watcher.changed?.(deliveries);
  }

  leasesLost(count: number): void {
    for (const watcher of this.watchers) watcher.leasesLost?.(count);
  }

  refused(obstacle: AdmissionObstacle): void {
    for (const watcher of this.watchers) watcher.refused?.(obstacle);
  }

  admissionChanged(obstacle: AdmissionObstacle | null): void {
    for (const watcher of this.watchers) watcher.admissionChanged?.(obstacle);
  }

  ownFault(code: OwnFaultCode): void {
    for (const watcher of this.watchers) watcher.ownFault?.(code);
  }
}
