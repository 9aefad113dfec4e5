import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import {
  WebhookChanged,
  WebhookDeleted,
  WebhookDisabled,
  WebhookEnabled,
} from '../../events/webhook-signals.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { DEFAULT_FORMAT } from '../formats/render-body.js';
import { normalizeIncludes } from '../formats/rendering.js';
import { WebhookHandshakeEntity } from '../model/webhook-handshake.entity.js';
import { makeSecret } from '../secrets/signing-secret.js';
import { WebhookSecrets } from '../secrets/webhook-secrets.js';
import { pruneContentTypeEvents } from '../subscriptions/content-type-events.js';
import { updateTls } from '../tls/tls-store.js';
import { WebhookHealthEntity } from '../model/webhook-health.entity.js';
import { SEAL_VERSION, WebhookEntity } from '../model/webhook.entity.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { recordChangedFields, recordAuditTargets } from '../../auth/audit.js';
import { restrictToTenant, resolveTenant, type Viewer } from '../../auth/tenancy.js';
import { WebhookTransactions } from './webhook-transactions.js';
import { refuseHubSignature, replaceHeaders } from './replace-headers.js';
import { requireWebhook } from './webhook-queries.js';
import type { WebhookInput } from './webhook-input.js';
import { WebhookRules } from './webhook-rules.js';

/** Why a webhook is disabled that a person disabled. */
const BY_HAND = 'manual';

/** Health without anything that holds sending back. */
const UNBURDENED: Partial<WebhookHealthEntity> = {
  pausedUntil: null,
  breaker: 'closed',
  timesOpened: 0,
  windowStartedAt: null,
  windowAttempts: 0,
  windowFailures: 0,
  failingSince: null,
  exhaustedCount: 0,
};

/** So many ids go into one statement. */
const BATCH = 500;

/** Registers webhooks, changes and deletes them. */
@Injectable()
export class WebhookService {
  constructor(
    private readonly transactions: WebhookTransactions,
    private readonly rules: WebhookRules,
    private readonly secrets: WebhookSecrets,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
    @Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions,
  ) {}

  /**
   * Registers a webhook, enabled. It gets the events that happen from now on.
   *
   * @param id its id; a new one unless it comes with one
   * @returns the webhook and its signing secret, which the directory alone shows again
   * @throws {RequestValidationError} when it breaks a rule
   * @throws {ForbiddenError} when it is asked for another tenant than the viewer's
   */
  async create(
    input: WebhookInput,
    viewer: Viewer,
    id = this.ids.next(),
  ): Promise<{ webhook: WebhookEntity; secret: string }> {
    this.rules.check(input);
    this.rules.checkHandshake(input, input.format ?? DEFAULT_FORMAT);
    const secret = makeSecret('v1');
    const headers = this.rules.resolveHeaders(input.headers, () => ({}));
    const now = this.clock.now();
    const webhook = Object.assign(new WebhookEntity(), {
      id,
      name: input.name,
      url: input.url,
      sealedHeaders: this.secrets.encryptHeaders(headers, id),
      events: input.events,
      contentTypeEvents: pruneContentTypeEvents(input.contentTypeEvents ?? {}, input.events),
      isEnabled: true,
      disabledReason: null,
      format: input.format ?? DEFAULT_FORMAT,
      timeoutMs: input.timeoutMs ?? this.options.defaults.timeoutMs,
      retrySchedule: input.retrySchedule ?? null,
      rateLimit: input.rateLimit ?? null,
      concurrency: input.concurrency ?? null,
      ordering: input.ordering ?? 'none',
      tenant: resolveTenant(input.tenant, viewer, null),
      filter: input.filter ?? null,
      secret: this.secrets.encryptSecret(secret, id),
      tls: updateTls(id, input.tls, null, this.options.secretsKeys),
      createdAt: now,
      updatedAt: now,
      include: normalizeIncludes(input.include ?? []),
      cloudEventsHandshake: input.cloudEventsHandshake ?? false,
      previousSecrets: null,
      hubSignature: input.hubSignature ?? false,
      sealVersion: SEAL_VERSION,
    });
    await this.transactions.run(async (manager) => {
      await manager.insert(WebhookEntity, webhook);
      return { answer: undefined, signals: [new WebhookChanged(id)] };
    });
    return { webhook, secret };
  }

  /**
   * Replaces a webhook. What the input leaves out of `isEnabled`, `contentTypeEvents` and the keys that Strapi has not
   * is kept; its secret and its creation stay.
   */
  async replace(id: string, input: WebhookInput, viewer: Viewer): Promise<WebhookEntity> {
    this.rules.check(input);
    return this.transactions.run(async (manager) => {
      const webhook = await requireWebhook(manager, id, viewer);
      const before = { ...webhook };
      const wasEnabled = webhook.isEnabled;
      Object.assign(webhook, {
        name: input.name,
        url: input.url,
        sealedHeaders: replaceHeaders(input.headers, webhook, this.secrets, this.rules),
        events: input.events,
        contentTypeEvents: pruneContentTypeEvents(
          input.contentTypeEvents ?? webhook.contentTypeEvents,
          input.events,
        ),
        format: input.format ?? webhook.format,
        timeoutMs: input.timeoutMs ?? webhook.timeoutMs,
        retrySchedule: kept(input.retrySchedule, webhook.retrySchedule),
        rateLimit: kept(input.rateLimit, webhook.rateLimit),
        concurrency: kept(input.concurrency, webhook.concurrency),
        ordering: input.ordering ?? webhook.ordering,
        tenant: resolveTenant(input.tenant, viewer, webhook.tenant),
        tls: updateTls(id, input.tls, webhook.tls, this.options.secretsKeys),
        include: normalizeIncludes(input.include ?? webhook.include ?? []),
        cloudEventsHandshake: input.cloudEventsHandshake ?? webhook.cloudEventsHandshake,
        filter: kept(input.filter, webhook.filter),
        hubSignature: input.hubSignature ?? webhook.hubSignature,
      });
      this.rules.checkHandshake(input, webhook.format);
      refuseHubSignature(webhook, this.secrets);
      const isEnabled = input.isEnabled ?? wasEnabled;
      await this.save(manager, webhook, isEnabled);
      recordChangedFields(noted(before), noted(webhook));
      const signals = [
        new WebhookChanged(id),
        ...(isEnabled === wasEnabled ? [] : [switched(id, isEnabled)]),
      ];
      return { answer: webhook, signals };
    });
  }

  /** Enables or disables a webhook; doing it twice changes nothing more. */
  async setEnabled(id: string, isEnabled: boolean, viewer: Viewer): Promise<WebhookEntity> {
    return this.transactions.run(async (manager) => {
      const webhook = await requireWebhook(manager, id, viewer);
      if (webhook.isEnabled !== isEnabled) await this.save(manager, webhook, isEnabled);
      return { answer: webhook, signals: [switched(id, isEnabled)] };
    });
  }

  /**
   * Disables a webhook for a reason that its receiver gave (`gone`, `failing`), in the caller's transaction.
   *
   * @returns it, to be told of by {@link emitDisabled} after the commit; null when there is nothing to disable
   */
  async disableFor(manager: EntityManager, id: string, reason: string): Promise<WebhookEntity | null> {
    const seen = await manager.findOneBy(WebhookEntity, { id });
    if (!seen?.isEnabled) return null;
    await this.transactions.bumpVersion(manager);
    // Read again now that no other change can come between: of a secret that was just rotated the old one would be
    // written back.
    const webhook = await manager.findOneBy(WebhookEntity, { id });
    if (!webhook?.isEnabled) return null;
    webhook.disabledReason = reason;
    await this.save(manager, webhook, false);
    return webhook;
  }

  /** Tells this process that {@link disableFor} disabled a webhook, after the commit. */
  async emitDisabled({ id, tenant, disabledReason }: WebhookEntity): Promise<void> {
    await this.transactions.emit(new WebhookDisabled(id, { reason: disabledReason ?? '', tenant }));
  }

  /** @returns the webhook as it was */
  async remove(id: string, viewer: Viewer): Promise<WebhookEntity> {
    return this.transactions.run(async (manager) => {
      const webhook = await requireWebhook(manager, id, viewer);
      await manager.delete(WebhookEntity, { id });
      await manager.delete(WebhookHandshakeEntity, { webhookId: id });
      return { answer: webhook, signals: [new WebhookDeleted(id)] };
    });
  }

  /** Deletes those of the webhooks that exist for the viewer; the others are passed over. */
  async removeMany(ids: string[], viewer: Viewer): Promise<void> {
    await this.transactions.run(async (manager) => {
      const found: string[] = [];
      for (let from = 0; from < ids.length; from += BATCH) {
        const where = { id: In(ids.slice(from, from + BATCH)), ...restrictToTenant(viewer) };
        const webhooks = await manager.find(WebhookEntity, { select: { id: true }, where });
        const there = webhooks.map(({ id }) => id);
        found.push(...there);
        await manager.delete(WebhookEntity, where);
        if (there.length > 0) await manager.delete(WebhookHandshakeEntity, { webhookId: In(there) });
      }
      recordAuditTargets(found);
      return { answer: undefined, signals: found.map((id) => new WebhookDeleted(id)) };
    });
  }

  private async save(manager: EntityManager, webhook: WebhookEntity, isEnabled: boolean): Promise<void> {
    webhook.disabledReason = isEnabled ? null : (webhook.disabledReason ?? BY_HAND);
    webhook.isEnabled = isEnabled;
    webhook.updatedAt = this.clock.now();
    await manager.update(WebhookEntity, { id: webhook.id }, webhook);
    // Whoever enables a webhook wants it tried now.
    if (isEnabled) await manager.update(WebhookHealthEntity, { webhookId: webhook.id }, UNBURDENED);
  }
}

/** A webhook as the audit log compares it: by the names that callers know. */
function noted({ sealedHeaders, ...webhook }: WebhookEntity): object {
  return { ...webhook, headers: sealedHeaders };
}

/** Null is a value; only what was left out is kept. */
function kept<T>(asked: T | undefined, before: T): T {
  return asked === undefined ? before : asked;
}

function switched(id: string, isEnabled: boolean): WebhookEnabled | WebhookDisabled {
  return isEnabled ? new WebhookEnabled(id) : new WebhookDisabled(id);
}
