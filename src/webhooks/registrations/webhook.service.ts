import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { recordAuditTargets, recordChangedFields } from '../../auth/audit.js';
import { resolveTenant, restrictToTenant, type Viewer } from '../../auth/tenancy.js';
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
import { RESET_HEALTH, WebhookHealthEntity } from '../model/webhook-health.entity.js';
import { SEAL_VERSION, WebhookEntity } from '../model/webhook.entity.js';
import { makeSecret } from '../secrets/signing-secret.js';
import { WebhookSecrets } from '../secrets/webhook-secrets.js';
import { pruneContentTypeEvents } from '../subscriptions/content-type-events.js';
import { updateTls } from '../tls/tls-store.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { checkHubSignature } from './hub-signature.js';
import { checkKeptSecrets } from './kept-secrets.js';
import { replaceHeaders } from './replace-headers.js';
import { refuseForeignChanges, refuseForeignValues, type SettableFields } from './settable-fields.js';
import type { WebhookInput } from './webhook-input.js';
import { requireWebhook } from './webhook-queries.js';
import { refuseOverQuota } from './webhook-quota.js';
import { WebhookRules } from './webhook-rules.js';
import { WebhookTransactions } from './webhook-transactions.js';

/** The `disabledReason` of a webhook that a person disabled. */
const BY_HAND = 'manual';

/** Ids of one statement. */
const BATCH = 500;

/** Creates, changes and deletes webhooks. */
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
   * Creates a webhook, enabled. It gets the events from now on.
   *
   * @param id the webhook's id; default: a new one
   * @param settable the fields that the caller may set. Default: all
   * @returns the webhook and its signing secret
   * @throws {RequestValidationError} when the input is not valid
   * @throws {RateLimitError} when its tenant has as many webhooks as it may
   * @throws {ForbiddenError} when the input names another tenant than the viewer's
   */
  async create(
    input: WebhookInput,
    viewer: Viewer,
    id = this.ids.next(),
    settable: SettableFields = null,
  ): Promise<{ webhook: WebhookEntity; secret: string }> {
    refuseForeignValues(input, settable);
    this.rules.check(input, viewer);
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
      await refuseOverQuota(manager, webhook.tenant, this.options.mostPerTenant);
      await manager.insert(WebhookEntity, webhook);
      return { answer: undefined, signals: [new WebhookChanged(id)] };
    });
    return { webhook, secret };
  }

  /**
   * Replaces a webhook. Optional fields that the input leaves out are kept; its secret and creation time stay.
   *
   * @param maySeeSecrets whether the caller may read the stored header values: else they stay only while the URL's
   *   origin does
   * @param settable the fields that the caller may set. Default: all
   * @throws {NotFoundError} `webhook.notFound`
   * @throws {RequestValidationError} when the input is not valid
   * @throws {RateLimitError} when it goes to a tenant that has as many webhooks as it may
   * @throws {ForbiddenError} when the input names another tenant than the viewer's
   */
  async replace(
    id: string,
    input: WebhookInput,
    viewer: Viewer,
    maySeeSecrets = false,
    settable: SettableFields = null,
  ): Promise<WebhookEntity> {
    return this.patch(id, input, viewer, maySeeSecrets, settable);
  }

  /**
   * Changes the fields of a webhook that the input names; the others are kept.
   *
   * @throws as {@link replace}
   */
  async patch(
    id: string,
    input: Partial<WebhookInput>,
    viewer: Viewer,
    maySeeSecrets = false,
    settable: SettableFields = null,
  ): Promise<WebhookEntity> {
    this.rules.check(input, viewer);
    return this.transactions.run(async (manager) => {
      const webhook = await requireWebhook(manager, id, viewer);
      if (!maySeeSecrets) checkKeptSecrets(webhook, input, () => this.secrets.decryptHeaders(webhook));
      const before = { ...webhook };
      const wasEnabled = webhook.isEnabled;
      Object.assign(webhook, {
        name: input.name ?? webhook.name,
        url: input.url ?? webhook.url,
        sealedHeaders: input.headers
          ? replaceHeaders(input.headers, webhook, this.secrets, this.rules)
          : webhook.sealedHeaders,
        events: input.events ?? webhook.events,
        contentTypeEvents: pruneContentTypeEvents(
          input.contentTypeEvents ?? webhook.contentTypeEvents,
          input.events ?? webhook.events,
        ),
        format: input.format ?? webhook.format,
        timeoutMs: input.timeoutMs ?? webhook.timeoutMs,
        retrySchedule: keepUnlessGiven(input.retrySchedule, webhook.retrySchedule),
        rateLimit: keepUnlessGiven(input.rateLimit, webhook.rateLimit),
        concurrency: keepUnlessGiven(input.concurrency, webhook.concurrency),
        ordering: input.ordering ?? webhook.ordering,
        tenant: resolveTenant(input.tenant, viewer, webhook.tenant),
        tls: updateTls(id, input.tls, webhook.tls, this.options.secretsKeys),
        include: normalizeIncludes(input.include ?? webhook.include ?? []),
        cloudEventsHandshake: input.cloudEventsHandshake ?? webhook.cloudEventsHandshake,
        filter: keepUnlessGiven(input.filter, webhook.filter),
        filterSuspendedAt: null,
        hubSignature: input.hubSignature ?? webhook.hubSignature,
      });
      if (webhook.tenant !== before.tenant) {
        await refuseOverQuota(manager, webhook.tenant, this.options.mostPerTenant);
      }
      this.rules.checkHandshake(input, webhook.format);
      checkHubSignature(webhook, this.secrets);
      const isEnabled = input.isEnabled ?? wasEnabled;
      const after = { ...toAuditFields(webhook), isEnabled };
      refuseForeignChanges(input, toAuditFields(before), after, settable);
      await this.save(manager, webhook, isEnabled);
      recordChangedFields(toAuditFields(before), toAuditFields(webhook));
      const signals = [
        ...(webhook.tenant === before.tenant ? [] : [await this.transactions.changeTenant(manager, id)]),
        new WebhookChanged(id),
        ...(isEnabled === wasEnabled ? [] : [createSwitchSignal(id, isEnabled)]),
      ];
      return { answer: webhook, signals };
    });
  }

  /**
   * Enables or disables a webhook; idempotent.
   *
   * @throws {NotFoundError} `webhook.notFound`
   */
  async setEnabled(id: string, isEnabled: boolean, viewer: Viewer): Promise<WebhookEntity> {
    return this.transactions.run(async (manager) => {
      const webhook = await requireWebhook(manager, id, viewer);
      if (webhook.isEnabled !== isEnabled) await this.save(manager, webhook, isEnabled);
      return { answer: webhook, signals: [createSwitchSignal(id, isEnabled)] };
    });
  }

  /**
   * Disables a webhook automatically (`gone`, `failing`), in the caller's transaction.
   *
   * @returns the webhook, for {@link emitDisabled} after the commit; null where it is deleted or disabled already
   */
  async disableFor(manager: EntityManager, id: string, reason: string): Promise<WebhookEntity | null> {
    const unlocked = await manager.findOneBy(WebhookEntity, { id });
    if (!unlocked?.isEnabled) return null;
    await this.transactions.bumpVersion(manager);
    // Read again now that the version's row is locked: saving the earlier copy would undo a rotation of the secret that
    // was committed in between.
    const webhook = await manager.findOneBy(WebhookEntity, { id });
    if (!webhook?.isEnabled) return null;
    webhook.disabledReason = reason;
    await this.save(manager, webhook, false);
    await this.transactions.recordChanged(manager, [id]);
    return webhook;
  }

  /** Emits the signal that {@link disableFor} disabled a webhook. To be called after the commit. */
  async emitDisabled({ id, tenant, disabledReason }: WebhookEntity): Promise<void> {
    await this.transactions.emit(new WebhookDisabled(id, { reason: disabledReason ?? '', tenant }));
  }

  /**
   * Deletes a webhook.
   *
   * @returns the webhook before it was deleted
   * @throws {NotFoundError} `webhook.notFound`
   */
  async remove(id: string, viewer: Viewer): Promise<WebhookEntity> {
    return this.transactions.run(async (manager) => {
      const webhook = await requireWebhook(manager, id, viewer);
      await manager.delete(WebhookEntity, { id });
      await manager.delete(WebhookHandshakeEntity, { webhookId: id });
      return { answer: webhook, signals: [new WebhookDeleted(id)] };
    });
  }

  /** Deletes the webhooks of a list that exist for the viewer; unknown ids are skipped. */
  async removeMany(ids: string[], viewer: Viewer): Promise<void> {
    await this.transactions.run(async (manager) => {
      const found: string[] = [];
      for (let from = 0; from < ids.length; from += BATCH) {
        const where = { id: In(ids.slice(from, from + BATCH)), ...restrictToTenant(viewer) };
        const webhooks = await manager.find(WebhookEntity, { select: { id: true }, where });
        const existing = webhooks.map(({ id }) => id);
        found.push(...existing);
        await manager.delete(WebhookEntity, where);
        if (existing.length > 0) await manager.delete(WebhookHandshakeEntity, { webhookId: In(existing) });
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
    // Enabling a webhook ends its pause, so that it is tried at once.
    if (!isEnabled) return;
    const reset = { ...RESET_HEALTH, writeToken: this.ids.next() };
    await manager.update(WebhookHealthEntity, { webhookId: webhook.id }, reset);
  }
}

/** Renames fields for the audit log, which compares them by the API's names. No caller asks for the end of a suspension. */
function toAuditFields({ sealedHeaders, ...webhook }: WebhookEntity): object {
  return { ...webhook, headers: sealedHeaders, filterSuspendedAt: null };
}

/** Undefined keeps the value; null is a value. */
function keepUnlessGiven<T>(asked: T | undefined, before: T): T {
  return asked === undefined ? before : asked;
}

function createSwitchSignal(id: string, isEnabled: boolean): WebhookEnabled | WebhookDisabled {
  return isEnabled ? new WebhookEnabled(id) : new WebhookDisabled(id);
}
