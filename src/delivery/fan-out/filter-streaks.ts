import { BoundedMap } from '../../host/bounded-map.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';

/** A filter that is stopped so many times in a row is suspended. */
export const STOPS_UNTIL_SUSPENDED = 20;

/** Webhooks whose stops are remembered. */
const MOST_WEBHOOKS = 10_000;

type SavedWebhook = Pick<DeliverableWebhook, 'id' | 'createdAt' | 'updatedAt' | 'filterSuspendedAt'>;

/** Counts how many times in a row the filter of a webhook was stopped, since the webhook was saved. */
export class FilterStreaks {
  private readonly streaks = new BoundedMap<string, { savedAt: number; stops: number }>(MOST_WEBHOOKS);

  /** Whether the filter is not to be evaluated: here it was stopped too often, or another instance says so. */
  isSuspended(webhook: SavedWebhook): boolean {
    if ((webhook.filterSuspendedAt ?? null) !== null) return true;
    const streak = this.streaks.get(webhook.id);
    return streak?.savedAt === getSavedAt(webhook) && streak.stops >= STOPS_UNTIL_SUSPENDED;
  }

  /** Counts an evaluation. @returns whether the filter is suspended by it */
  count(webhook: SavedWebhook, isStopped: boolean): boolean {
    if (!isStopped) {
      this.streaks.delete(webhook.id);
      return false;
    }
    const savedAt = getSavedAt(webhook);
    const before = this.streaks.get(webhook.id);
    const stops = before?.savedAt === savedAt ? before.stops + 1 : 1;
    this.streaks.set(webhook.id, { savedAt, stops });
    return stops === STOPS_UNTIL_SUSPENDED;
  }
}

/** When the webhook was saved last, UTC epoch milliseconds. */
export function getSavedAt({ createdAt, updatedAt }: Pick<SavedWebhook, 'createdAt' | 'updatedAt'>): number {
  return updatedAt ?? createdAt;
}
