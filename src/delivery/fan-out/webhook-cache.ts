import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { RegisteredWebhook } from '../../webhooks/registered-webhook.js';
import { WebhookRegistry } from '../../webhooks/webhook-registry.js';

/** All webhooks as they stood at one version of the registry. */
export interface WebhookSet {
  readonly version: number;
  readonly byId: ReadonlyMap<string, RegisteredWebhook>;
  /** Those whose limits hold for the whole deployment, so that a claim must ask for them. */
  readonly metered: ReadonlySet<string>;
}

/** The webhooks, and whether sending as a whole is paused. */
export interface Registrations extends WebhookSet {
  readonly sendingPaused: boolean;
}

/**
 * The webhooks, read once per version. Every change to a webhook raises the version in its own transaction, so that a
 * reader who compares versions in his never misses a new or changed subscription.
 */
@Injectable()
export class WebhookCache {
  private cached: WebhookSet | null = null;

  constructor(private readonly registry: WebhookRegistry) {}

  /** The webhooks as this transaction (or this moment) sees them. */
  async current(manager: EntityManager): Promise<Registrations> {
    const { version, sendingPaused } = await this.registry.state(manager);
    if (this.cached?.version !== version) {
      const webhooks = await this.registry.all(manager);
      this.cached = {
        version,
        byId: new Map(webhooks.map((webhook) => [webhook.id, webhook])),
        metered: new Set(
          webhooks
            .filter(
              ({ rateLimit, concurrency, awaitsConsent }) =>
                rateLimit !== null || concurrency !== null || awaitsConsent,
            )
            .map(({ id }) => id),
        ),
      };
    }
    return { ...this.cached, sendingPaused };
  }
}
