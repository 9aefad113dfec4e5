import type { Claim, ClaimRequest } from '../model/claim.js';
import type { DueWebhook } from '../model/due-deliveries.js';

/**
 * The webhooks of which due deliveries wait in the database, so that what is newer has its turn after them. It knows what
 * polls have found and left, and what this process has written meanwhile.
 */
export class WaitingWebhooks {
  private readonly waiting = new Set<string>();
  /** Written here since the poll that runs began: it may not have seen them. */
  private readonly writtenSince = new Set<string>();
  private hasLooked = false;

  /** Whether a poll has looked for what is due. */
  get isKnown(): boolean {
    return this.hasLooked;
  }

  has(webhookId: string): boolean {
    return this.waiting.has(webhookId);
  }

  /** A poll begins. */
  beginPoll(): void {
    this.writtenSince.clear();
  }

  /** Due deliveries of webhooks were written. */
  noteWritten(webhookIds: readonly string[]): void {
    for (const id of webhookIds) {
      this.waiting.add(id);
      this.writtenSince.add(id);
    }
  }

  /** The poll found that nothing is due. */
  noteNothing(): void {
    this.waiting.clear();
    for (const id of this.writtenSince) this.waiting.add(id);
    this.hasLooked = true;
  }

  /**
   * The poll found what is due of some webhooks.
   *
   * @param asked the ids of the webhooks that it looked at
   * @param now epoch milliseconds
   */
  noteFound(asked: readonly string[], found: readonly DueWebhook[], now: number): void {
    for (const id of asked) if (!this.writtenSince.has(id)) this.waiting.delete(id);
    for (const { webhookId, dueAt } of found) if (dueAt <= now) this.waiting.add(webhookId);
    this.hasLooked = true;
  }

  /**
   * The poll has claimed. Of a webhook of which less was there than was asked for nothing waits: what is claimed is in its
   * queue. Where nothing was claimed of what was found, others hold it.
   */
  noteClaimed(requests: readonly ClaimRequest[], claims: readonly Claim[]): void {
    const counts = new Map<string, number>();
    for (const { webhook } of claims) counts.set(webhook.id, (counts.get(webhook.id) ?? 0) + 1);
    for (const { webhook, count, isProbe } of requests) {
      const claimed = counts.get(webhook.id) ?? 0;
      const isAll = !isProbe && claimed > 0 && claimed < count;
      if (isAll && !this.writtenSince.has(webhook.id)) this.waiting.delete(webhook.id);
    }
  }
}
