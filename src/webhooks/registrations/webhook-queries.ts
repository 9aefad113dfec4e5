import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { NotFoundError } from '../../http/envelope-error.js';
import { WebhookHandshakeEntity } from '../model/webhook-handshake.entity.js';
import { Clock } from '../../host/clock.js';
import { WebhookSecrets } from '../secrets/webhook-secrets.js';
import { type PreviousSecret } from '../model/webhook-secret.js';
import { decryptOrNull } from '../secrets/encryption.js';
import { WebhookHealthEntity } from '../model/webhook-health.entity.js';
import { WebhookEntity } from '../model/webhook.entity.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Reads the webhooks that exist for a viewer. */
@Injectable()
export class WebhookQueries {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly secrets: WebhookSecrets,
    private readonly clock: Clock,
  ) {}

  /** All of them, oldest first. */
  async list(viewer: Viewer): Promise<WebhookEntity[]> {
    return this.dataSource.manager.find(WebhookEntity, {
      where: restrictToTenant(viewer),
      order: { id: 'ASC' },
    });
  }

  /** @throws {NotFoundError} `webhook.notFound`, also where it is another tenant's */
  async get(id: string, viewer: Viewer): Promise<WebhookEntity> {
    return requireWebhook(this.dataSource.manager, id, viewer);
  }

  /** How the receivers of some webhooks have been doing; those that nothing was sent to are missing. */
  async healthOf(ids: string[]): Promise<Map<string, WebhookHealthEntity>> {
    if (ids.length === 0) return new Map();
    const rows = await this.dataSource.manager.findBy(WebhookHealthEntity, { webhookId: In(ids) });
    return new Map(rows.map((row) => [row.webhookId, row]));
  }

  /** How the receivers of some webhooks were asked for their consent; those that never were are missing. */
  async handshakesOf(ids: string[]): Promise<Map<string, WebhookHandshakeEntity>> {
    if (ids.length === 0) return new Map();
    const rows = await this.dataSource.manager.findBy(WebhookHandshakeEntity, { webhookId: In(ids) });
    return new Map(rows.map((row) => [row.webhookId, row]));
  }

  /**
   * The secrets that sign a webhook's requests.
   *
   * @throws {NotFoundError} as {@link get}
   * @throws {EncryptionError} when no key opens them
   */
  async secretsOf(id: string, viewer: Viewer): Promise<{ secret: string; previous: PreviousSecret[] }> {
    const webhook = await this.get(id, viewer);
    const now = this.clock.now();
    return {
      secret: this.secrets.decryptSecret(webhook),
      previous: this.secrets.decryptPrevious(webhook).filter(({ expiresAt }) => expiresAt > now),
    };
  }

  /** A webhook's own headers; none where no key opens them, so that the others are shown all the same. */
  headersOf(webhook: WebhookEntity): Record<string, string> {
    return decryptOrNull(() => this.secrets.decryptHeaders(webhook)) ?? {};
  }
}

/** @throws {NotFoundError} `webhook.notFound`, also where it is another tenant's */
export async function requireWebhook(
  manager: EntityManager,
  id: string,
  viewer: Viewer,
): Promise<WebhookEntity> {
  const webhook = await manager.findOneBy(WebhookEntity, { id, ...restrictToTenant(viewer) });
  if (!webhook) throw new NotFoundError('webhook.notFound');
  return webhook;
}
