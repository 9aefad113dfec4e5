import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, MoreThan } from 'typeorm';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { readByParts, readInPages } from '../../database/read-in-pages.js';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { WebhookHandshakeEntity } from '../model/webhook-handshake.entity.js';
import { WebhookHealthEntity } from '../model/webhook-health.entity.js';
import type { PreviousSecret } from '../model/webhook-secret.js';
import { WebhookEntity } from '../model/webhook.entity.js';
import { decryptOrNull } from '../secrets/encryption.js';
import { WebhookSecrets } from '../secrets/webhook-secrets.js';
import { findWebhookPage, type WebhookPage, type WebhookSelection } from './webhook-pages.js';

/** Reads the webhooks that exist for a viewer. */
@Injectable()
export class WebhookQueries {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly secrets: WebhookSecrets,
    private readonly clock: Clock,
  ) {}

  /** Lists the viewer's webhooks, oldest first. */
  async list(viewer: Viewer): Promise<WebhookEntity[]> {
    return readInPages<WebhookEntity, string>(
      ({ id }) => id,
      (after, take) =>
        this.dataSource.manager.find(WebhookEntity, {
          where: { ...restrictToTenant(viewer), id: MoreThan(after ?? '') },
          order: { id: 'ASC' },
          take,
        }),
    );
  }

  /** Reads a page of the viewer's webhooks, oldest first. */
  async listPage(selection: WebhookSelection, viewer: Viewer): Promise<WebhookPage> {
    return findWebhookPage(this.dataSource.manager, selection, viewer, this.clock.now());
  }

  /** @throws {NotFoundError} `webhook.notFound`, also for a webhook of another tenant */
  async get(id: string, viewer: Viewer): Promise<WebhookEntity> {
    return requireWebhook(this.dataSource.manager, id, viewer);
  }

  /** Reads the health of webhooks' receivers, by webhook id; a webhook that was never sent to has none. */
  async healthOf(ids: string[]): Promise<Map<string, WebhookHealthEntity>> {
    const { manager } = this.dataSource;
    const rows = await readByParts(ids, (some) =>
      manager.findBy(WebhookHealthEntity, { webhookId: In(some) }),
    );
    return new Map(rows.map((row) => [row.webhookId, row]));
  }

  /** Reads the handshakes of webhooks, by webhook id; a webhook whose receiver was never asked has none. */
  async handshakesOf(ids: string[]): Promise<Map<string, WebhookHandshakeEntity>> {
    const { manager } = this.dataSource;
    const rows = await readByParts(ids, (some) =>
      manager.findBy(WebhookHandshakeEntity, { webhookId: In(some) }),
    );
    return new Map(rows.map((row) => [row.webhookId, row]));
  }

  /**
   * Reads the secrets that sign a webhook's requests now: the current one, and the replaced ones in their grace time.
   *
   * @throws {NotFoundError} as {@link get}
   * @throws {EncryptionError} when no key decrypts them
   */
  async secretsOf(id: string, viewer: Viewer): Promise<{ secret: string; previous: PreviousSecret[] }> {
    const webhook = await this.get(id, viewer);
    const now = this.clock.now();
    return {
      secret: this.secrets.decryptSecret(webhook),
      previous: this.secrets.decryptPrevious(webhook).filter(({ expiresAt }) => expiresAt > now),
    };
  }

  /** Decrypts a webhook's own headers; none where no key decrypts them, so that one lost key does not break a list. */
  headersOf(webhook: WebhookEntity): Record<string, string> {
    return decryptOrNull(() => this.secrets.decryptHeaders(webhook)) ?? {};
  }
}

/**
 * Reads a webhook in the caller's transaction.
 *
 * @throws {NotFoundError} `webhook.notFound`, also for a webhook of another tenant
 */
export async function requireWebhook(
  manager: EntityManager,
  id: string,
  viewer: Viewer,
): Promise<WebhookEntity> {
  const webhook = await manager.findOneBy(WebhookEntity, { id, ...restrictToTenant(viewer) });
  if (!webhook) throw new NotFoundError('webhook.notFound');
  return webhook;
}
