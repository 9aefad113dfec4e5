import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';

/** All webhooks as they stood at one version of the registry. */
export interface WebhookSet {
  readonly version: number;
  readonly byId: ReadonlyMap<string, DeliverableWebhook>;
  /** Those whose limits hold for the whole deployment, so that a claim must ask for them. */
  readonly metered: ReadonlySet<string>;
}

/** The webhooks, and whether sending as a whole is paused. */
export interface Registrations extends WebhookSet {
  readonly sendingPaused: boolean;
}

/**
 * The webhooks, read once per version. Every change to a webhook raises the version in its own transaction, so that a
 * reader who compares versions in his never misses a new or changed subscription. Of a new version only the webhooks are
 * read that it changed; the others keep what was decrypted and compiled of them.
 */
@Injectable()
export class WebhookCache {
  private cached: WebhookSet | null = null;
  private readings = 0;
  private newestReading = 0;
  private isFinished = false;
  /** When the registry was asked last and had the version of the copy, by a clock that is never set back. */
  private confirmedAt = -Infinity;

  constructor(private readonly registry: WebhookSource) {}

  /** The webhooks as this transaction (or this moment) sees them. */
  async current(manager: EntityManager): Promise<Registrations> {
    const reading = (this.readings += 1);
    const askedAt = performance.now();
    const { version, sendingPaused, migrationFinished } = await this.registry.state(manager);
    this.isFinished ||= migrationFinished;
    let set = this.cached;
    if (set?.version !== version) {
      set = await this.read(manager, set, version);
      // Of two readings that overlap the one that began later is kept, whichever ends first.
      if (reading > this.newestReading) {
        this.cached = set;
        this.newestReading = reading;
      }
    }
    if (set === this.cached) this.confirmedAt = Math.max(this.confirmedAt, askedAt);
    return { ...set, sendingPaused };
  }

  /** Whether forms may be used that an earlier release cannot read; false before the first reading. It never ends. */
  get isMigrationFinished(): boolean {
    return this.isFinished;
  }

  /** The webhooks as this process found them at most so many milliseconds ago, else as this moment sees them. */
  async recent(manager: EntityManager, maxAgeMs: number): Promise<WebhookSet> {
    const isRecent = this.cached !== null && performance.now() - this.confirmedAt <= maxAgeMs;
    return isRecent && this.cached ? this.cached : this.current(manager);
  }

  /**
   * Compares a version of the registry with that of the copy.
   *
   * @param askedAt when the registry was asked, by `performance.now()`
   * @returns whether the copy is of that version
   */
  confirm(version: number | null, askedAt: number): boolean {
    if (this.cached === null || this.cached.version !== version) return false;
    this.confirmedAt = Math.max(this.confirmedAt, askedAt);
    return true;
  }

  /** Whether any webhook awaits its receiver's consent, or the webhooks were not read yet. */
  get mayAwaitConsent(): boolean {
    return this.cached === null || [...this.cached.byId.values()].some(({ awaitsConsent }) => awaitsConsent);
  }

  /** All webhooks as they were read last; null: they were not read yet. Their version may not be the newest one. */
  newestSet(): WebhookSet | null {
    return this.cached;
  }

  /** A webhook as it was read last; undefined where it was not among those. */
  newest(id: string): DeliverableWebhook | undefined {
    return this.cached?.byId.get(id);
  }

  private async read(
    manager: EntityManager,
    before: WebhookSet | null,
    version: number,
  ): Promise<WebhookSet> {
    const changed = before && (await this.registry.changedBetween(manager, before.version, version));
    if (!before || !changed) {
      const all = await this.registry.all(manager);
      return { version, byId: byIdOf(all), metered: new Set(all.filter(isMetered).map(({ id }) => id)) };
    }
    const now = byIdOf(await this.registry.some(manager, [...changed]));
    const byId = new Map(before.byId);
    const metered = new Set(before.metered);
    for (const id of changed) {
      const webhook = now.get(id);
      if (webhook) byId.set(id, webhook);
      else byId.delete(id);
      if (webhook && isMetered(webhook)) metered.add(id);
      else metered.delete(id);
    }
    return { version, byId, metered };
  }
}

function byIdOf(webhooks: readonly DeliverableWebhook[]): Map<string, DeliverableWebhook> {
  return new Map(webhooks.map((webhook) => [webhook.id, webhook]));
}

function isMetered({ rateLimit, concurrency }: DeliverableWebhook): boolean {
  return rateLimit !== null || concurrency !== null;
}
