import { Injectable } from '@nestjs/common';
import { type DataSource, type EntityManager, In } from 'typeorm';
import { dialectOf, insertIgnore, tableOf } from '../../database/dialect.js';
import { rowLock } from '../../database/row-lock.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { WebhookHandshakeEntity } from '../../webhooks/model/webhook-handshake.entity.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { askAgainAfterMs, type Consent } from './consent-response.js';
import { InjectDatabase } from '../../host/tokens.js';

/** So long nobody else asks what one instance is asking, milliseconds: longer than the longest timeout. */
const ASKING_MS = 60_000;

/** What is known of receivers' consent: who is to be asked, and what was said. */
@Injectable()
export class HandshakeStore {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly registry: WebhookSource,
    private readonly clock: Clock,
  ) {}

  /** Those of some webhooks whose receivers are to be asked now. */
  async due(webhooks: readonly DeliverableWebhook[]): Promise<DeliverableWebhook[]> {
    const ids = webhooks.map(({ id }) => id);
    const rows = await this.dataSource.manager.findBy(WebhookHandshakeEntity, { webhookId: In(ids) });
    const known = new Map(rows.map((row) => [row.webhookId, row]));
    const now = this.clock.now();
    return webhooks.filter(({ id, url }) => {
      const row = known.get(id);
      return row?.url !== url || row.dueAt <= now;
    });
  }

  /**
   * Takes it upon this instance to ask.
   *
   * @returns false when another does, or just did
   */
  async take({ id, url }: DeliverableWebhook): Promise<boolean> {
    return inReadCommitted(this.dataSource, async (manager) => {
      const table = tableOf(manager, WebhookHandshakeEntity);
      const now = this.clock.now();
      await manager.query(
        `${insertIgnore(dialectOf(manager))} ${table} (webhook_id, url, state, times_asked, due_at)
         VALUES (?, ?, 'pending', 0, 0)`,
        [id, url],
      );
      const [row] = await manager.find(WebhookHandshakeEntity, {
        where: { webhookId: id },
        ...rowLock(manager),
      });
      if (!row || (row.url === url && row.dueAt > now)) return false;
      const afresh =
        row.url === url
          ? {}
          : { url, state: 'pending' as const, timesAsked: 0, allowedRate: null, problem: null };
      await manager.update(WebhookHandshakeEntity, { webhookId: id }, { ...afresh, dueAt: now + ASKING_MS });
      return true;
    });
  }

  /**
   * Writes down what a receiver said, unless the webhook has got another URL meanwhile. Consent raises the registry's
   * version, so that every instance knows of it at its next look.
   */
  async write({ id, url }: DeliverableWebhook, consent: Consent): Promise<void> {
    await inReadCommitted(this.dataSource, async (manager) => {
      // First, in the order of every change to a webhook.
      if (consent.isGiven) await this.registry.bumpVersion(manager);
      await this.writeIn(manager, id, url, consent);
    });
  }

  private async writeIn(
    manager: EntityManager,
    webhookId: string,
    url: string,
    { isGiven, allowedRate, problem }: Consent,
  ): Promise<void> {
    const row = await manager.findOneBy(WebhookHandshakeEntity, { webhookId, url });
    if (!row) return;
    const now = this.clock.now();
    const timesAsked = row.timesAsked + 1;
    await manager.update(
      WebhookHandshakeEntity,
      { webhookId, url },
      {
        state: isGiven ? 'allowed' : 'refused',
        allowedRate,
        problem,
        askedAt: now,
        timesAsked,
        dueAt: now + askAgainAfterMs(timesAsked),
      },
    );
  }
}
