import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { maskHeaders } from '../../auth/mask.js';
import { WebhookQueries } from '../registrations/webhook-queries.js';
import type { WebhookEntity } from '../model/webhook.entity.js';
import { toWebhookView, type WebhookView } from './webhook-view.js';

/** What callers are shown of webhooks: the values of their headers only with the scope `secrets:read`. */
@Injectable()
export class WebhookPresenter {
  constructor(private readonly queries: WebhookQueries) {}

  async one(webhook: WebhookEntity, caller: Caller): Promise<WebhookView> {
    const [view] = await this.all([webhook], caller);
    return view as WebhookView;
  }

  async all(webhooks: WebhookEntity[], caller: Caller): Promise<WebhookView[]> {
    const ids = webhooks.map(({ id }) => id);
    const health = await this.queries.healthOf(ids);
    const handshakes = await this.queries.handshakesOf(ids);
    return webhooks.map((webhook) => {
      const headers = this.queries.headersOf(webhook);
      return toWebhookView(
        webhook,
        maySeeSecrets(caller) ? headers : maskHeaders(headers),
        health.get(webhook.id) ?? null,
        handshakes.get(webhook.id) ?? null,
      );
    });
  }
}

function maySeeSecrets({ scopes }: Caller): boolean {
  return scopes.includes('*') || scopes.includes('secrets:read');
}
