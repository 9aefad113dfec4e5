import { Injectable } from '@nestjs/common';
import type { TestResult } from '../../../delivery/redelivery/test-send.js';
import { DeliveryCalls } from '../../../delivery/rest/delivery-calls.js';
import { TriggerBody } from '../../../delivery/rest/trigger.controller.js';
import type { CursorPage } from '../../../http/pagination.js';
import type { RotationInput } from '../../../webhooks/registrations/secret-rotation.js';
import type { WebhookInput } from '../../../webhooks/registrations/webhook-input.js';
import type { WebhookState } from '../../../webhooks/registrations/webhook-pages.js';
import { RotateSecretBody } from '../../../webhooks/rest/rotate-secret-body.dto.js';
import {
  CreateWebhookBody,
  PatchWebhookBody,
  ReplaceWebhookBody,
} from '../../../webhooks/rest/webhook-body.dto.js';
import { type SecretsView, type SecretView, WebhookCalls } from '../../../webhooks/rest/webhook-calls.js';
import { readSelection, WebhookListQuery } from '../../../webhooks/rest/webhook-list-query.dto.js';
import type { WebhookView } from '../../../webhooks/rest/webhook-view.js';
import type { HostCaller } from '../host-caller.js';
import { ServiceCalls, toQuery } from './service-calls.js';

/** Which webhooks a list has, as the query of `GET /admin/webhooks`. */
export interface WebhookListOptions {
  /** 1 to 200. Default: 1,000. */
  limit?: number;
  /** The `nextCursor` of an earlier page. */
  cursor?: string;
  /** A part of the name or the URL. */
  search?: string;
  state?: WebhookState;
}

/**
 * The webhooks, for the code of a host: what the routes under `admin/webhooks` do, by the same rules and into the same
 * audit log. Every call says for whom it is made; without the scope `secrets:read` header values are masked.
 */
@Injectable()
export class Webhooks {
  constructor(
    private readonly calls: ServiceCalls,
    private readonly webhooks: WebhookCalls,
    private readonly deliveries: DeliveryCalls,
  ) {}

  /** Lists webhooks, oldest first. @throws {ForbiddenError} without the scope `webhooks:read` */
  async list(viewer: HostCaller, options: WebhookListOptions = {}): Promise<CursorPage<WebhookView>> {
    return this.calls.read(viewer, 'webhooks:read', async (caller) => {
      const query = await this.calls.check(WebhookListQuery, toQuery(options), 'query');
      return this.webhooks.list(readSelection(query), caller);
    });
  }

  /** @throws {NotFoundError} also for a webhook of another tenant @throws {ForbiddenError} without `webhooks:read` */
  async get(viewer: HostCaller, id: string): Promise<WebhookView> {
    return this.calls.read(viewer, 'webhooks:read', (caller) => this.webhooks.get(id, caller));
  }

  /**
   * Creates a webhook.
   *
   * @returns the webhook with its signing secret, which only {@link readSecrets} shows again
   * @throws {RequestValidationError} @throws {ForbiddenError} without the scope `webhooks:create`
   */
  async create(viewer: HostCaller, input: WebhookInput): Promise<WebhookView & { secret: string }> {
    const { data } = await this.calls.run(
      viewer,
      {
        scope: 'webhooks:create',
        action: 'webhook.create',
        status: 201,
        input: { type: CreateWebhookBody, value: input },
      },
      async (caller, body) => ({ data: await this.webhooks.create(body, caller) }),
    );
    return data;
  }

  /** Replaces a webhook; optional fields that are left out are kept. @throws as {@link update} */
  async replace(viewer: HostCaller, id: string, input: WebhookInput): Promise<WebhookView> {
    return this.calls.run(
      viewer,
      { ...update(id), input: { type: ReplaceWebhookBody, value: input } },
      (caller, body) => this.webhooks.replace(id, body, caller),
    );
  }

  /**
   * Changes the fields that the input names.
   *
   * @throws {NotFoundError} @throws {RequestValidationError} @throws {ForbiddenError} without the scope `webhooks:update`
   */
  async update(viewer: HostCaller, id: string, input: Partial<WebhookInput>): Promise<WebhookView> {
    return this.calls.run(
      viewer,
      { ...update(id), input: { type: PatchWebhookBody, value: input } },
      (caller, body) => this.webhooks.patch(id, body.toChanges(), caller),
    );
  }

  /** Deletes a webhook. @returns it as it was @throws {NotFoundError} @throws {ForbiddenError} without `webhooks:delete` */
  async remove(viewer: HostCaller, id: string): Promise<WebhookView> {
    return this.calls.run(
      viewer,
      { scope: 'webhooks:delete', action: 'webhook.delete', status: 200, targetId: id },
      (caller) => this.webhooks.remove(id, caller),
    );
  }

  /** @throws as {@link update} */
  async enable(viewer: HostCaller, id: string): Promise<WebhookView> {
    return this.calls.run(viewer, { ...update(id), action: 'webhook.enable' }, (caller) =>
      this.webhooks.setEnabled(id, true, caller),
    );
  }

  /** @throws as {@link update} */
  async disable(viewer: HostCaller, id: string): Promise<WebhookView> {
    return this.calls.run(viewer, { ...update(id), action: 'webhook.disable' }, (caller) =>
      this.webhooks.setEnabled(id, false, caller),
    );
  }

  /** Reads the secrets that sign now. @throws {NotFoundError} @throws {ForbiddenError} without `secrets:read` */
  async readSecrets(viewer: HostCaller, id: string): Promise<SecretsView> {
    return this.calls.run(
      viewer,
      { scope: 'secrets:read', action: 'webhook.read-secret', status: 200, targetId: id },
      (caller) => this.webhooks.readSecrets(id, caller),
    );
  }

  /** Replaces the secret; the old one signs beside it for a grace time. @throws as {@link update} */
  async rotateSecret(viewer: HostCaller, id: string, input: RotationInput = {}): Promise<SecretView> {
    return this.calls.run(
      viewer,
      { ...update(id), action: 'webhook.rotate', input: { type: RotateSecretBody, value: input } },
      (caller, body) => this.webhooks.rotateSecret(id, body, caller),
    );
  }

  /**
   * Sends a test, also to a webhook that is disabled.
   *
   * @param eventType whose example is sent. Default: Strapi's test body
   * @throws as {@link update}
   */
  async trigger(viewer: HostCaller, id: string, eventType?: string): Promise<TestResult> {
    return this.calls.run(
      viewer,
      {
        ...update(id),
        action: 'webhook.trigger',
        input: { type: TriggerBody, value: { event: eventType } },
      },
      (caller, body) => this.deliveries.sendTest(id, body.event, caller),
    );
  }
}

function update(id: string) {
  return { scope: 'webhooks:update', action: 'webhook.update', status: 200, targetId: id } as const;
}
