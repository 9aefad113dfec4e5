import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { RegisteredWebhook } from '../../webhooks/registered-webhook.js';
import { WebhookRegistry } from '../../webhooks/webhook-registry.js';

/** All webhooks as they stood at one version of the registry. */
export interface WebhookSet {
  readonly version: number;
  readonly byId: ReadonlyMap<string, RegisteredWebhook>;
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
  async current(manager: EntityManager): Promise<WebhookSet> {
    const version = await this.registry.version(manager);
    if (this.cached?.version === version) return this.cached;
    const webhooks = await this.registry.all(manager);
    const fresh = { version, byId: new Map(webhooks.map((webhook) => [webhook.id, webhook])) };
    this.cached = fresh;
    return fresh;
  }
}
