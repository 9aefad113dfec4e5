import { Injectable } from '@nestjs/common';
import { type DataSource, type EntityManager, In } from 'typeorm';
import { dialectOf, insertIgnore, tableOf } from '../../database/dialect.js';
import { rowLock } from '../../database/row-lock.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { WebhookHandshakeEntity } from '../../webhooks/model/webhook-handshake.entity.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { getAskDelayMs, type Consent } from './consent-response.js';
import { InjectDatabase } from '../../host/tokens.js';

/** How long an instance claims a handshake, milliseconds: longer than the longest timeout of a request. */
const CLAIM_MS = 60_000;

/** Stores the handshakes: which are due, which instance runs one, and what the receivers answered. */
@Injectable()
export class HandshakeStore {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly source: WebhookSource,
    private readonly webhooks: WebhookCache,
    private readonly clock: Clock,
  ) {}

  /**
   * Finds the webhooks whose handshake is due: it has not run for the current URL, or its backoff is over. While sending is
   * paused none is.
   *
   * @param except leaves out the webhooks with these ids
   */
  async findDue(except: { has(webhookId: string): boolean }): Promise<DeliverableWebhook[]> {
    const { manager } = this.dataSource;
    const { byId, sendingPaused } = await this.webhooks.current(manager);
    if (sendingPaused) return [];
    const unconsented = [...byId.values()].filter(
      ({ id, awaitsConsent, isEnabled, hasLostKey }) =>
        awaitsConsent && isEnabled && !except.has(id) && !hasLostKey,
    );
    if (unconsented.length === 0) return [];
    const ids = unconsented.map(({ id }) => id);
    const rows = await manager.findBy(WebhookHandshakeEntity, { webhookId: In(ids) });
    const known = new Map(rows.map((row) => [row.webhookId, row]));
    const now = this.clock.now();
    return unconsented.filter(({ id, url }) => {
      const row = known.get(id);
      return row?.url !== url || row.dueAt <= now;
    });
  }

  /**
   * Claims the handshake of a webhook for this instance, for {@link CLAIM_MS}.
   *
   * @returns false when another instance holds the claim, or the handshake is no longer due
   */
  async claim({ id, url }: DeliverableWebhook): Promise<boolean> {
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
      const reset =
        row.url === url
          ? {}
          : { url, state: 'pending' as const, timesAsked: 0, allowedRate: null, problem: null };
      await manager.update(WebhookHandshakeEntity, { webhookId: id }, { ...reset, dueAt: now + CLAIM_MS });
      return true;
    });
  }

  /**
   * Stores the answer of a receiver, unless the webhook's URL changed meanwhile. A consent increments the version of
   * the webhooks, so that every instance reloads them at its next poll.
   */
  async recordConsent({ id, url }: DeliverableWebhook, consent: Consent): Promise<void> {
    await inReadCommitted(this.dataSource, async (manager) => {
      // First, as in every change of a webhook: the same order of locks prevents deadlocks.
      if (consent.isGiven) await this.source.bumpVersion(manager);
      await this.updateRow(manager, id, url, consent);
      if (consent.isGiven) await this.source.recordChanged(manager, [id]);
    });
  }

  private async updateRow(
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
        dueAt: now + getAskDelayMs(timesAsked),
      },
    );
  }
}
