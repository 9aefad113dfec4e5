import { Injectable } from '@nestjs/common';
import {
  DeliveryHooks,
  type CreatedDelivery,
  type RecordedAttempt,
  type DeliveryRef,
  type DeliveryListener,
} from '../model/delivery-hooks.js';
import type { Changed } from './change.entity.js';

/** So many deliveries are told of by their ids at a time; nobody could read more. */
const MOST_IDS = 100;

/** Gathers in memory which deliveries this instance made or changed: a few by their ids, the rest by number. */
@Injectable()
export class ChangeNotes implements DeliveryListener {
  private ids = new Set<string>();
  private more = new Map<string, number>();

  constructor(happenings: DeliveryHooks) {
    happenings.watch(this);
  }

  fannedOut(_events: unknown, deliveries: readonly CreatedDelivery[]): void {
    for (const { id, webhook } of deliveries) this.note(id, webhook.tenant);
  }

  attempted(recorded: readonly RecordedAttempt[]): void {
    for (const { outcome } of recorded) this.note(outcome.claim.deliveryId, outcome.claim.webhook.tenant);
  }

  ended(deliveries: readonly DeliveryRef[]): void {
    for (const { id, tenant } of deliveries) this.note(id, tenant);
  }

  changed(deliveries: readonly DeliveryRef[]): void {
    this.ended(deliveries);
  }

  /** Takes out what was noted; null: nothing was. */
  take(): Changed | null {
    if (this.ids.size === 0) return null;
    const changed = { ids: [...this.ids], more: Object.fromEntries(this.more) };
    this.ids = new Set();
    this.more = new Map();
    return changed;
  }

  private note(id: string, tenant: string | null): void {
    if (this.ids.size < MOST_IDS) this.ids.add(id);
    else if (!this.ids.has(id)) this.more.set(tenant ?? '', (this.more.get(tenant ?? '') ?? 0) + 1);
  }
}
