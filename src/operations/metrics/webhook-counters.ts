import type { Counter } from 'prom-client';

/** So many webhooks have series of their own; what is more is counted together. */
export const MOST_WEBHOOKS = 100;

/** What webhooks beyond {@link MOST_WEBHOOKS} are called. */
export const OTHERS = 'other';

/** Counts of one webhook, by the value of a second label. */
type Counts = Map<string, number>;

/**
 * Counts in plain numbers, webhook by webhook, and hands them over when somebody reads: counting is on the way of every
 * delivery, reading is not.
 */
export class WebhookCounters {
  private readonly byWebhook = new Map<string, Counts>();

  count(webhookId: string, value = '', by = 1): void {
    let counts = this.byWebhook.get(webhookId);
    if (!counts) {
      const name = this.byWebhook.size < MOST_WEBHOOKS ? webhookId : OTHERS;
      counts = this.byWebhook.get(name);
      if (!counts) {
        counts = new Map();
        this.byWebhook.set(name, counts);
      }
    }
    counts.set(value, (counts.get(value) ?? 0) + by);
  }

  /** @param label the second label's name; null: there is none */
  handOver(counter: Counter, label: string | null): void {
    counter.reset();
    for (const [webhook, counts] of this.byWebhook) {
      for (const [value, count] of counts) {
        counter.inc(label === null ? { webhook } : { webhook, [label]: value }, count);
      }
    }
  }
}
