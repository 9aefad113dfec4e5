import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import {
  WebhookChanged,
  WebhookDeleted,
  WebhookDisabled,
  WebhookEnabled,
} from '../../events/webhook-signals.js';
import { Clock } from '../../time/clock.js';
import { TimeOrderedIds } from '../../time/time-ordered-ids.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import { DEFAULT_FORMAT } from '../formats/render-body.js';
import { SealError } from '../secrets/seal.js';
import { makeSecret, type SecretType, typeOfSecret } from '../secrets/signing-secret.js';
import { WebhookSecrets } from '../secrets/webhook-secrets.js';
import { prunedContentTypeEvents } from '../subscriptions/content-type-events.js';
import { WebhookHealthEntity } from '../webhook-health.entity.js';
import { SEAL_VERSION, WebhookEntity } from '../webhook.entity.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { ownedBy, tenantFor, type Viewer } from '../../http/tenancy.js';
import { WebhookChanges } from './webhook-changes.js';
import { mustFind } from './webhook-directory.js';
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
export class WebhookRegistrations {
  constructor(
    private readonly changes: WebhookChanges,
    private readonly rules: WebhookRules,
    private readonly secrets: WebhookSecrets,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
    @Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions,
  ) {}

  /**
   * Registers a webhook, enabled. It gets the events that happen from now on.
   *
   * @returns the webhook and its signing secret, which the directory alone shows again
   * @throws {RequestValidationError} when it breaks a rule
   * @throws {ForbiddenError} when it is asked for another tenant than the viewer's
   */
  async create(input: WebhookInput, viewer: Viewer): Promise<{ webhook: WebhookEntity; secret: string }> {
    this.rules.check(input);
    const id = this.ids.next();
    const secret = makeSecret('v1');
    const headers = this.rules.headersFrom(input.headers, () => ({}));
    const now = this.clock.now();
    const webhook = Object.assign(new WebhookEntity(), {
      id,
      name: input.name,
      url: input.url,
      sealedHeaders: this.secrets.sealHeaders(headers, id),
      events: input.events,
      contentTypeEvents: prunedContentTypeEvents(input.contentTypeEvents ?? {}, input.events),
      isEnabled: true,
      disabledReason: null,
      format: input.format ?? DEFAULT_FORMAT,
      timeoutMs: input.timeoutMs ?? this.options.defaults.timeoutMs,
      retrySchedule: input.retrySchedule ?? null,
      rateLimit: input.rateLimit ?? null,
      concurrency: input.concurrency ?? null,
      ordering: input.ordering ?? 'none',
      tenant: tenantFor(input.tenant, viewer, null),
      secret: this.secrets.seal(secret, id),
      createdAt: now,
      updatedAt: now,
      previousSecrets: null,
      hubSignature: input.hubSignature ?? false,
      sealVersion: SEAL_VERSION,
    });
    await this.changes.make(async (manager) => {
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
    return this.changes.make(async (manager) => {
      const webhook = await mustFind(manager, id, viewer);
      const wasEnabled = webhook.isEnabled;
      Object.assign(webhook, {
        name: input.name,
        url: input.url,
        sealedHeaders: this.secrets.sealHeaders(this.headersFor(input, webhook), id),
        events: input.events,
        contentTypeEvents: prunedContentTypeEvents(
          input.contentTypeEvents ?? webhook.contentTypeEvents,
          input.events,
        ),
        format: input.format ?? webhook.format,
        timeoutMs: input.timeoutMs ?? webhook.timeoutMs,
        retrySchedule: kept(input.retrySchedule, webhook.retrySchedule),
        rateLimit: kept(input.rateLimit, webhook.rateLimit),
        concurrency: kept(input.concurrency, webhook.concurrency),
        ordering: input.ordering ?? webhook.ordering,
        tenant: tenantFor(input.tenant, viewer, webhook.tenant),
        hubSignature: input.hubSignature ?? webhook.hubSignature,
      });
      this.refuseHubSignature(webhook);
      const isEnabled = input.isEnabled ?? wasEnabled;
      await this.save(manager, webhook, isEnabled);
      const signals = [
        new WebhookChanged(id),
        ...(isEnabled === wasEnabled ? [] : [switched(id, isEnabled)]),
      ];
      return { answer: webhook, signals };
    });
  }

  /** Enables or disables a webhook; doing it twice changes nothing more. */
  async setEnabled(id: string, isEnabled: boolean, viewer: Viewer): Promise<WebhookEntity> {
    return this.changes.make(async (manager) => {
      const webhook = await mustFind(manager, id, viewer);
      if (webhook.isEnabled !== isEnabled) await this.save(manager, webhook, isEnabled);
      return { answer: webhook, signals: [switched(id, isEnabled)] };
    });
  }

  /**
   * Disables a webhook for a reason that its receiver gave (`gone`, `failing`), in the caller's transaction.
   *
   * @returns it, to be told of by {@link tellDisabled} after the commit; null when there is nothing to disable
   */
  async disableFor(manager: EntityManager, id: string, reason: string): Promise<WebhookEntity | null> {
    const seen = await manager.findOneBy(WebhookEntity, { id });
    if (!seen?.isEnabled) return null;
    await this.changes.bump(manager);
    // Read again now that no other change can come between: of a secret that was just rotated the old one would be
    // written back.
    const webhook = await manager.findOneBy(WebhookEntity, { id });
    if (!webhook?.isEnabled) return null;
    webhook.disabledReason = reason;
    await this.save(manager, webhook, false);
    return webhook;
  }

  /** Tells this process that a webhook was disabled, after the commit. */
  async tellDisabled(id: string): Promise<void> {
    await this.changes.tell(switched(id, false));
  }

  /** @returns the webhook as it was */
  async remove(id: string, viewer: Viewer): Promise<WebhookEntity> {
    return this.changes.make(async (manager) => {
      const webhook = await mustFind(manager, id, viewer);
      await manager.delete(WebhookEntity, { id });
      return { answer: webhook, signals: [new WebhookDeleted(id)] };
    });
  }

  /** Deletes those of the webhooks that exist for the viewer; the others are passed over. */
  async removeMany(ids: string[], viewer: Viewer): Promise<void> {
    await this.changes.make(async (manager) => {
      const found: string[] = [];
      for (let from = 0; from < ids.length; from += BATCH) {
        const where = { id: In(ids.slice(from, from + BATCH)), ...ownedBy(viewer) };
        const webhooks = await manager.find(WebhookEntity, { select: { id: true }, where });
        found.push(...webhooks.map(({ id }) => id));
        await manager.delete(WebhookEntity, where);
      }
      return { answer: undefined, signals: found.map((id) => new WebhookDeleted(id)) };
    });
  }

  /** What a replacement makes of the headers: a mask keeps a value. */
  private headersFor(input: WebhookInput, webhook: WebhookEntity): Record<string, string> {
    const stored = () => this.secrets.headersOf(webhook);
    // Headers that no key opens are shown as none. They are not given up because none come back.
    if (Object.keys(input.headers).length === 0) stored();
    return this.rules.headersFrom(input.headers, stored);
  }

  /** A signature that needs a shared secret cannot be made with a private key. */
  private refuseHubSignature(webhook: WebhookEntity): void {
    if (!webhook.hubSignature || this.secretTypeOf(webhook) !== 'v1a') return;
    const message =
      'hubSignature needs a shared secret, and this webhook signs with v1a: rotate its secret to type v1 first';
    throw RequestValidationError.at(['hubSignature'], message, true);
  }

  private secretTypeOf(webhook: WebhookEntity): SecretType | null {
    try {
      return typeOfSecret(this.secrets.secretOf(webhook));
    } catch (error) {
      if (error instanceof SealError) return null;
      throw error;
    }
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

/** Null is a value; only what was left out is kept. */
function kept<T>(asked: T | undefined, before: T): T {
  return asked === undefined ? before : asked;
}

function switched(id: string, isEnabled: boolean): WebhookEnabled | WebhookDisabled {
  return isEnabled ? new WebhookEnabled(id) : new WebhookDisabled(id);
}
