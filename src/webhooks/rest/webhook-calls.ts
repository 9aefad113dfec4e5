import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { hasScope } from '../../auth/scopes.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { CursorPage } from '../../http/pagination.js';
import { type RotationInput, SecretRotation } from '../registrations/secret-rotation.js';
import { requireSettable, type SettableFields, settableBy } from '../registrations/settable-fields.js';
import type { WebhookInput } from '../registrations/webhook-input.js';
import type { WebhookSelection } from '../registrations/webhook-pages.js';
import { WebhookQueries } from '../registrations/webhook-queries.js';
import { WebhookService } from '../registrations/webhook.service.js';
import { derivePublicKey, detectSecretType } from '../secrets/signing-secret.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { WebhookPresenter } from './webhook-presenter.js';
import type { WebhookView } from './webhook-view.js';

/** A signing secret; for `v1a` also the public key, which is what the receiver gets. */
export interface SecretView {
  secret: string;
  publicKey?: string;
}

/** The secrets that sign now: `previous` are the replaced ones, newest first. */
export interface SecretsView extends SecretView {
  previous: { expiresAt: string }[];
}

/** A view that is sent back has its id. */
interface HasId {
  id?: unknown;
}

/** What a caller may do with webhooks, as the routes and the service API answer it: views, and nothing that is sealed. */
@Injectable()
export class WebhookCalls {
  constructor(
    private readonly queries: WebhookQueries,
    private readonly service: WebhookService,
    private readonly rotation: SecretRotation,
    private readonly presenter: WebhookPresenter,
    @Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions,
  ) {}

  /** Reads a page of the caller's webhooks, oldest first. */
  async list(selection: WebhookSelection, caller: Caller): Promise<CursorPage<WebhookView>> {
    const { webhooks, next } = await this.queries.listPage(selection, caller.tenant);
    return { data: await this.presenter.presentAll(webhooks, caller), meta: { nextCursor: next } };
  }

  /** @throws {NotFoundError} `webhook.notFound`, also for a webhook of another tenant */
  async get(id: string, caller: Caller): Promise<WebhookView> {
    return this.presenter.present(await this.queries.get(id, caller.tenant), caller);
  }

  /** @returns the webhook with its signing secret, which is not shown again without the scope `secrets:read` */
  async create(input: WebhookInput, caller: Caller): Promise<WebhookView & { secret: string }> {
    const { webhook, secret } = await this.service.create(
      input,
      caller.tenant,
      undefined,
      this.settableBy(caller),
    );
    return { ...(await this.presenter.present(webhook, caller)), secret };
  }

  /** @param input may have the webhook's own id, as a view has it */
  async replace(id: string, input: WebhookInput & HasId, caller: Caller): Promise<WebhookView> {
    checkSameId(input, id);
    const maySeeSecrets = hasScope(caller.scopes, 'secrets:read');
    const settable = this.settableBy(caller);
    const webhook = await this.service.replace(id, input, caller.tenant, maySeeSecrets, settable);
    return this.presenter.present(webhook, caller);
  }

  /** Changes the fields that the input names. @param input as of {@link replace} */
  async patch(id: string, input: Partial<WebhookInput> & HasId, caller: Caller): Promise<WebhookView> {
    checkSameId(input, id);
    const maySeeSecrets = hasScope(caller.scopes, 'secrets:read');
    const settable = this.settableBy(caller);
    const webhook = await this.service.patch(id, input, caller.tenant, maySeeSecrets, settable);
    return this.presenter.present(webhook, caller);
  }

  /** @returns the webhook as it was */
  async remove(id: string, caller: Caller): Promise<WebhookView> {
    return this.presenter.present(await this.service.remove(id, caller.tenant), caller);
  }

  /** Deletes those of a list that exist for the caller. */
  async removeMany(ids: string[], caller: Caller): Promise<void> {
    await this.service.removeMany(ids, caller.tenant);
  }

  async setEnabled(id: string, isEnabled: boolean, caller: Caller): Promise<WebhookView> {
    requireSettable('isEnabled', this.settableBy(caller));
    return this.presenter.present(await this.service.setEnabled(id, isEnabled, caller.tenant), caller);
  }

  async readSecrets(id: string, { tenant }: Caller): Promise<SecretsView> {
    const { secret, previous } = await this.queries.secretsOf(id, tenant);
    return {
      ...toSecretView(secret),
      previous: previous.map(({ expiresAt }) => ({ expiresAt: new Date(expiresAt).toISOString() })),
    };
  }

  async rotateSecret(id: string, input: RotationInput, caller: Caller): Promise<SecretView> {
    requireSettable('secret', this.settableBy(caller));
    return toSecretView(await this.rotation.rotate(id, input, caller.tenant));
  }

  private settableBy(caller: Caller): SettableFields {
    return settableBy(caller, this.options.portalMaySet);
  }
}

/** @throws {RequestValidationError} when the input names another webhook than the call */
function checkSameId({ id }: HasId, idOfCall: string): void {
  if (id === undefined || String(id) === idOfCall) return;
  throw RequestValidationError.at(['id'], 'id must be that of the path, or left out');
}

function toSecretView(secret: string): SecretView {
  return detectSecretType(secret) === 'v1a' ? { secret, publicKey: derivePublicKey(secret) } : { secret };
}
