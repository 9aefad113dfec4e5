import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, In, MoreThan } from 'typeorm';
import { tableOf } from '../database/dialect.js';
import { readByParts, readInPages } from '../database/read-in-pages.js';
import { isAwaitingConsent, resolveRateLimit } from './handshake/consent-state.js';
import type { DeliverableWebhook } from './model/deliverable-webhook.js';
import { bumpRegistryVersion, findChangedWebhooks, recordChangedWebhooks } from './model/registry-version.js';
import { WebhookHandshakeEntity } from './model/webhook-handshake.entity.js';
import { WebhookEntity, WebhookRegistryEntity } from './model/webhook.entity.js';
import { decryptOrNull } from './secrets/encryption.js';
import { decryptHeaders, decryptSigningSecrets } from './secrets/webhook-secrets.js';
import { decryptTls } from './tls/tls-store.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from './webhooks-options.js';

/** What holds for the whole deployment. */
export interface RegistryState {
  /** Raised by every change of any webhook. */
  version: number;
  /** Whether sending is paused. */
  sendingPaused: boolean;
  /** Whether forms may be used that an earlier release cannot read. */
  migrationFinished: boolean;
}

/** The source of webhooks for delivery. It reads through the caller's manager and caches nothing. */
@Injectable()
export class WebhookSource {
  constructor(@Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions) {}

  /** Reads the version, which every change of any webhook raises: while it is the same, so is {@link all}. */
  async version(manager: EntityManager): Promise<number> {
    return (await this.state(manager)).version;
  }

  /** Reads the version, and what else holds for the whole deployment. */
  async state(manager: EntityManager): Promise<RegistryState> {
    const [row] = await manager.query<
      { version: number | string; sending_paused: number; migration_finished: number }[]
    >(
      `SELECT version, sending_paused, migration_finished FROM ${tableOf(manager, WebhookRegistryEntity)} WHERE id = 1`,
    );
    if (!row) throw new Error('The table webhook_registry has lost its one row. Put it back: (1, 1).');
    return {
      version: Number(row.version),
      sendingPaused: Number(row.sending_paused) === 1,
      migrationFinished: Number(row.migration_finished) === 1,
    };
  }

  /** Pauses or resumes sending for the whole deployment; events are still recorded. */
  async setSendingPaused(manager: EntityManager, paused: boolean): Promise<void> {
    await manager.update(WebhookRegistryEntity, { id: 1 }, { sendingPaused: paused });
  }

  /**
   * Raises the version, in the transaction of a change. As the transaction's first statement it also serialises changes:
   * it locks the version's row. {@link recordChanged} follows it: else every reader reads every webhook.
   */
  async bumpVersion(manager: EntityManager): Promise<void> {
    await bumpRegistryVersion(manager);
  }

  /** Records which webhooks the transaction that raised the version created, changed or deleted. */
  async recordChanged(manager: EntityManager, webhookIds: readonly string[]): Promise<void> {
    await recordChangedWebhooks(manager, webhookIds);
  }

  /**
   * Finds the ids of the webhooks that were created, changed or deleted after one version, up to and with another.
   *
   * @returns null when every webhook is to be read
   */
  async changedBetween(
    manager: EntityManager,
    from: number,
    to: number,
  ): Promise<ReadonlySet<string> | null> {
    return findChangedWebhooks(manager, from, to);
  }

  /** Reads every webhook, enabled or not, oldest first. */
  async all(manager: EntityManager): Promise<DeliverableWebhook[]> {
    const rows = await readInPages<WebhookEntity, string>(
      ({ id }) => id,
      (after, take) =>
        manager.find(WebhookEntity, { where: { id: MoreThan(after ?? '') }, order: { id: 'ASC' }, take }),
    );
    return this.toDeliverables(rows, await this.handshakesOf(manager, rows));
  }

  /** Reads some webhooks, enabled or not, oldest first; those that there are not are left out. */
  async some(manager: EntityManager, ids: readonly string[]): Promise<DeliverableWebhook[]> {
    if (ids.length === 0) return [];
    const rows = await manager.find(WebhookEntity, { where: { id: In(ids) }, order: { id: 'ASC' } });
    return this.toDeliverables(rows, await this.handshakesOf(manager, rows));
  }

  /** Reads one webhook, enabled or not; null where there is none. */
  async find(manager: EntityManager, id: string): Promise<DeliverableWebhook | null> {
    const row = await manager.findOneBy(WebhookEntity, { id });
    return row && this.toDeliverable(row, await manager.findOneBy(WebhookHandshakeEntity, { webhookId: id }));
  }

  private async handshakesOf(
    manager: EntityManager,
    rows: readonly WebhookEntity[],
  ): Promise<WebhookHandshakeEntity[]> {
    const asked = rows.filter(needsHandshake).map(({ id }) => id);
    return readByParts(asked, (some) => manager.findBy(WebhookHandshakeEntity, { webhookId: In(some) }));
  }

  private toDeliverables(rows: WebhookEntity[], handshakes: WebhookHandshakeEntity[]): DeliverableWebhook[] {
    const byId = new Map(handshakes.map((handshake) => [handshake.webhookId, handshake]));
    return rows.map((row) => this.toDeliverable(row, byId.get(row.id) ?? null));
  }

  private toDeliverable(
    { secret, sealedHeaders, previousSecrets, tls, ...row }: WebhookEntity,
    handshake: WebhookHandshakeEntity | null,
  ): DeliverableWebhook {
    const { secretsKeys, cloudEventsSource, hiddenEvents } = this.options;
    const encrypted = { id: row.id, secret, sealedHeaders, previousSecrets };
    const readHeaders = memoize(() => decryptHeaders(encrypted, secretsKeys));
    const readSecrets = memoize(() => decryptSigningSecrets(encrypted, secretsKeys));
    const readTls = () => decryptTls(row.id, tls, secretsKeys);
    const openAll = memoize(() => ({
      isOpen: decryptOrNull(() => [readSecrets(), readHeaders(), readTls()]) !== null,
    }));
    return {
      ...row,
      include: row.include ?? [],
      cloudEventsSource,
      ...(row.tenant === null || hiddenEvents.length === 0 ? {} : { hiddenEvents }),
      rateLimit: resolveRateLimit(row, handshake),
      awaitsConsent: isAwaitingConsent(row, handshake),
      get headers() {
        return readHeaders();
      },
      get secrets() {
        return readSecrets();
      },
      get tls() {
        return readTls();
      },
      get hasLostKey() {
        return !openAll().isOpen;
      },
    };
  }
}

function needsHandshake({ cloudEventsHandshake }: WebhookEntity): boolean {
  return cloudEventsHandshake;
}

/** Decrypts at the first read and keeps the result; a failed decryption throws at each read. */
function memoize<T extends object>(decrypt: () => T): () => T {
  let value: T | null = null;
  return () => (value ??= decrypt());
}
