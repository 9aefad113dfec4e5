import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { tableOf } from '../database/dialect.js';
import { awaitsConsent, resolveRateLimit } from './handshake/consent-state.js';
import { WebhookHandshakeEntity } from './model/webhook-handshake.entity.js';
import type { DeliverableWebhook } from './model/deliverable-webhook.js';
import { decryptHeaders, decryptSigningSecrets } from './secrets/webhook-secrets.js';
import { decryptTls } from './tls/tls-store.js';
import { WebhookEntity, WebhookRegistryEntity } from './model/webhook.entity.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from './webhooks-options.js';
import { bumpRegistryVersion } from './model/registry-version.js';

/** The webhooks that there are, for those who deliver to them. Reads through the caller's manager, keeps nothing. */
@Injectable()
export class WebhookSource {
  constructor(@Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions) {}

  /** A number that is higher after every change to any webhook: while it stands, {@link all} answers the same. */
  async version(manager: EntityManager): Promise<number> {
    return (await this.state(manager)).version;
  }

  /** The version, and whether sending as a whole is paused. */
  async state(manager: EntityManager): Promise<{ version: number; sendingPaused: boolean }> {
    const [row] = await manager.query<{ version: number | string; sending_paused: number }[]>(
      `SELECT version, sending_paused FROM ${tableOf(manager, WebhookRegistryEntity)} WHERE id = 1`,
    );
    if (!row) throw new Error('The table webhook_registry has lost its one row. Put it back: (1, 1).');
    return { version: Number(row.version), sendingPaused: Number(row.sending_paused) === 1 };
  }

  /** Pauses or resumes sending as a whole; recording goes on. */
  async setSendingPaused(manager: EntityManager, paused: boolean): Promise<void> {
    await manager.update(WebhookRegistryEntity, { id: 1 }, { sendingPaused: paused });
  }

  /**
   * Raises the version, in the transaction of a change. As its first statement it also lets one change through at a
   * time.
   */
  async bumpVersion(manager: EntityManager): Promise<void> {
    await bumpRegistryVersion(manager);
  }

  /** Every webhook, enabled or not, oldest first. */
  async all(manager: EntityManager): Promise<DeliverableWebhook[]> {
    const rows = await manager.find(WebhookEntity, { order: { id: 'ASC' } });
    const handshakes = rows.some(({ cloudEventsHandshake }) => cloudEventsHandshake)
      ? await manager.find(WebhookHandshakeEntity)
      : [];
    const byId = new Map(handshakes.map((handshake) => [handshake.webhookId, handshake]));
    return rows.map((row) => this.registered(row, byId.get(row.id) ?? null));
  }

  /** One webhook, enabled or not; null where there is none. */
  async find(manager: EntityManager, id: string): Promise<DeliverableWebhook | null> {
    const row = await manager.findOneBy(WebhookEntity, { id });
    return row && this.registered(row, await manager.findOneBy(WebhookHandshakeEntity, { webhookId: id }));
  }

  private registered(
    { secret, sealedHeaders, previousSecrets, tls, ...row }: WebhookEntity,
    handshake: WebhookHandshakeEntity | null,
  ): DeliverableWebhook {
    const { secretsKeys, cloudEventsSource } = this.options;
    const sealed = { id: row.id, secret, sealedHeaders, previousSecrets };
    const headers = opened(() => decryptHeaders(sealed, secretsKeys));
    const secrets = opened(() => decryptSigningSecrets(sealed, secretsKeys));
    return {
      ...row,
      include: row.include ?? [],
      cloudEventsSource,
      rateLimit: resolveRateLimit(row, handshake),
      awaitsConsent: awaitsConsent(row, handshake),
      get headers() {
        return headers();
      },
      get secrets() {
        return secrets();
      },
      get tls() {
        return decryptTls(row.id, tls, secretsKeys);
      },
    };
  }
}

/** Opens once what every request needs; what cannot be opened throws each time. */
function opened<T extends object>(open: () => T): () => T {
  let value: T | null = null;
  return () => (value ??= open());
}
