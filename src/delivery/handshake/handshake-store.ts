import { Injectable } from '@nestjs/common';
import { type DataSource, type EntityManager, In, IsNull } from 'typeorm';
import { dialectOf, insertIgnore, tableOf } from '../../database/dialect.js';
import { rowLock } from '../../database/row-lock.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
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
    private readonly ids: TimeOrderedIds,
  ) {}

  /** Whether any handshake may be due, as the webhooks were read last. */
  get mayAnyBeDue(): boolean {
    return this.webhooks.mayAwaitConsent;
  }

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
   * @returns the claim's token, which {@link recordConsent} asks for; null when another instance holds the claim, or the
   *   handshake is no longer due
   */
  async claim({ id, url }: DeliverableWebhook): Promise<string | null> {
    return inReadCommitted(this.dataSource, async (manager) => {
      const table = tableOf(manager, WebhookHandshakeEntity);
      const now = this.clock.now();
      let row = await this.lock(manager, id);
      if (!row) {
        await manager.query(
          `${insertIgnore(dialectOf(manager))} ${table} (webhook_id, url, state, times_asked, due_at)
           VALUES (?, ?, 'pending', 0, 0)`,
          [id, url],
        );
        row = await this.lock(manager, id);
      }
      if (!row || (row.url === url && row.dueAt > now)) return null;
      const reset =
        row.url === url
          ? {}
          : { url, state: 'pending' as const, timesAsked: 0, allowedRate: null, problem: null };
      const asRead = { webhookId: id, claimToken: row.claimToken ?? IsNull(), dueAt: row.dueAt };
      const claimToken = this.ids.next();
      const { affected } = await manager.update(WebhookHandshakeEntity, asRead, {
        ...reset,
        dueAt: now + CLAIM_MS,
        claimToken,
      });
      return affected === 1 ? claimToken : null;
    });
  }

  /**
   * Stores the answer of a receiver, unless the webhook's URL changed or another instance claimed the handshake
   * meanwhile. A consent increments the version of
   * the webhooks, so that every instance reloads them at its next poll.
   */
  async recordConsent({ id, url }: DeliverableWebhook, consent: Consent, claimToken: string): Promise<void> {
    await inReadCommitted(this.dataSource, async (manager) => {
      // First, as in every change of a webhook: the same order of locks prevents deadlocks.
      if (consent.isGiven) await this.source.bumpVersion(manager);
      await this.updateRow(manager, { webhookId: id, url, claimToken }, consent);
      if (consent.isGiven) await this.source.recordChanged(manager, [id]);
    });
  }

  private async lock(manager: EntityManager, webhookId: string): Promise<WebhookHandshakeEntity | null> {
    return manager.findOne(WebhookHandshakeEntity, { where: { webhookId }, ...rowLock(manager) });
  }

  private async updateRow(
    manager: EntityManager,
    claimed: Pick<WebhookHandshakeEntity, 'webhookId' | 'url'> & { claimToken: string },
    { isGiven, allowedRate, problem }: Consent,
  ): Promise<void> {
    const row = await manager.findOneBy(WebhookHandshakeEntity, claimed);
    if (!row) return;
    const now = this.clock.now();
    const timesAsked = row.timesAsked + 1;
    await manager.update(WebhookHandshakeEntity, claimed, {
      state: isGiven ? 'allowed' : 'refused',
      allowedRate,
      problem,
      askedAt: now,
      timesAsked,
      dueAt: now + getAskDelayMs(timesAsked),
    });
  }
}
