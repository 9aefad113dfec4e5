import type { Counter } from 'prom-client';

/** The most webhooks with a series of their own; further ones are counted together. */
export const MOST_WEBHOOKS = 100;

/** The label of the webhooks beyond {@link MOST_WEBHOOKS}. */
export const OTHERS = 'other';

/** The counts of one webhook by the value of the second label. */
type Counts = Map<string, number>;

/**
 * Counts per webhook in plain numbers, and copies them into a Prometheus counter only when that is scraped: counting is
 * on the hot path of every delivery, a scrape is not.
 */
export class WebhookCounters {
  private readonly byWebhook = new Map<string, Counts>();

  /** @param value of the second label */
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

  /**
   * Sets a counter to what has been counted.
   *
   * @param label the second label's name; null: there is none
   */
  copyTo(counter: Counter, label: string | null): void {
    counter.reset();
    for (const [webhook, counts] of this.byWebhook) {
      for (const [value, count] of counts) {
        counter.inc(label === null ? { webhook } : { webhook, [label]: value }, count);
      }
    }
  }
}
