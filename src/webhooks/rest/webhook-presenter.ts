import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { masked } from '../../auth/mask.js';
import { WebhookQueries } from '../registrations/webhook-queries.js';
import type { WebhookEntity } from '../model/webhook.entity.js';
import { toView, type WebhookView } from './webhook-view.js';

/** What callers are shown of webhooks: the values of their headers only with the scope `secrets:read`. */
@Injectable()
export class WebhookViews {
  constructor(private readonly directory: WebhookQueries) {}

  async one(webhook: WebhookEntity, caller: Caller): Promise<WebhookView> {
    const [view] = await this.all([webhook], caller);
    return view as WebhookView;
  }

  async all(webhooks: WebhookEntity[], caller: Caller): Promise<WebhookView[]> {
    const ids = webhooks.map(({ id }) => id);
    const health = await this.directory.healthOf(ids);
    const handshakes = await this.directory.handshakesOf(ids);
    return webhooks.map((webhook) => {
      const headers = this.directory.headersOf(webhook);
      return toView(
        webhook,
        maySeeSecrets(caller) ? headers : masked(headers),
        health.get(webhook.id) ?? null,
        handshakes.get(webhook.id) ?? null,
      );
    });
  }
}

function maySeeSecrets({ scopes }: Caller): boolean {
  return scopes.includes('*') || scopes.includes('secrets:read');
}
