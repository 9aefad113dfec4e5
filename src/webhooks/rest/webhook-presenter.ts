import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { maskHeaders } from '../../auth/mask.js';
import { hasScope } from '../../auth/scopes.js';
import type { WebhookEntity } from '../model/webhook.entity.js';
import { WebhookQueries } from '../registrations/webhook-queries.js';
import { toWebhookView, type WebhookView } from './webhook-view.js';

/** Builds the views of webhooks for a caller. Header values are masked without the scope `secrets:read`. */
@Injectable()
export class WebhookPresenter {
  constructor(private readonly queries: WebhookQueries) {}

  async present(webhook: WebhookEntity, caller: Caller): Promise<WebhookView> {
    const [view] = await this.presentAll([webhook], caller);
    return view as WebhookView;
  }

  async presentAll(webhooks: WebhookEntity[], caller: Caller): Promise<WebhookView[]> {
    const maySeeSecrets = hasScope(caller.scopes, 'secrets:read');
    const ids = webhooks.map(({ id }) => id);
    const health = await this.queries.healthOf(ids);
    const handshakes = await this.queries.handshakesOf(ids);
    return webhooks.map((webhook) => {
      const headers = this.queries.headersOf(webhook);
      return toWebhookView(
        webhook,
        maySeeSecrets ? headers : maskHeaders(headers),
        health.get(webhook.id) ?? null,
        handshakes.get(webhook.id) ?? null,
      );
    });
  }
}
