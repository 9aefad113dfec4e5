import { Injectable } from '@nestjs/common';
import { recordChangedFields } from '../../auth/audit.js';
import type { Viewer } from '../../auth/tenancy.js';
import { WebhookChanged, WebhookSecretRotated } from '../../events/webhook-signals.js';
import { Clock } from '../../host/clock.js';
import { ConflictError, RequestValidationError } from '../../http/envelope-error.js';
import type { PreviousSecret } from '../model/webhook-secret.js';
import { WebhookEntity } from '../model/webhook.entity.js';
import { decryptOrNull } from '../secrets/encryption.js';
import { detectSecretType, makeSecret, type SecretType } from '../secrets/signing-secret.js';
import { WebhookSecrets } from '../secrets/webhook-secrets.js';
import { checkRotatedType } from './hub-signature.js';
import { requireWebhook } from './webhook-queries.js';
import { WebhookTransactions } from './webhook-transactions.js';

/** How many replaced secrets may sign beside the new one. */
export const MOST_PREVIOUS = 10;

const DEFAULT_GRACE_S = 86_400;

/** The options of a rotation. */
export interface RotationInput {
  /** The grace time, in which the replaced secret signs beside the new one, seconds. Default: a day. */
  graceSeconds?: number;
  /** The new secret, `whsec_…` or `whsk_…`. Default: a generated one. */
  secret?: string;
  /** The type of the new secret. Default: the type of the given secret, else that of the replaced one. */
  type?: SecretType;
}

/** Rotates signing secrets. The replaced secret signs beside the new one until its grace time ends. */
@Injectable()
export class SecretRotation {
  constructor(
    private readonly transactions: WebhookTransactions,
    private readonly secrets: WebhookSecrets,
    private readonly clock: Clock,
  ) {}

  /**
   * Replaces a webhook's secret, in one transaction. Every instance signs with both secrets as soon as it has read the
   * new version of the webhooks. Where no key decrypts the replaced secret, the new one signs alone.
   *
   * @returns the new secret
   * @throws {NotFoundError} `webhook.notFound`
   * @throws {RequestValidationError} when the type does not fit the secret or the webhook's `hubSignature`
   * @throws {ConflictError} when ten replaced secrets sign already and this would be one more
   */
  async rotate(id: string, input: RotationInput, viewer: Viewer): Promise<string> {
    return this.transactions.run(async (manager) => {
      const webhook = await requireWebhook(manager, id, viewer);
      const now = this.clock.now();
      const before = this.readSecrets(webhook);
      const next = chooseSecret(input, before.current);
      checkRotatedType(webhook, next);
      const graceMs = (input.graceSeconds ?? DEFAULT_GRACE_S) * 1000;
      const previous = rotatePreviousSecrets({ ...before, next, graceMs, now });
      refuseTooMany(previous);
      recordChangedFields({ secret: before.current }, { secret: next });
      await manager.update(
        WebhookEntity,
        { id },
        {
          secret: this.secrets.encryptSecret(next, id),
          previousSecrets: this.secrets.encryptPrevious(previous, id),
          updatedAt: now,
        },
      );
      return { answer: next, signals: [new WebhookChanged(id), new WebhookSecretRotated(id)] };
    });
  }

  /** An undecryptable secret counts as none: rotation is how such a webhook gets a usable one again. */
  private readSecrets(webhook: WebhookEntity): { current: string | null; previous: PreviousSecret[] } {
    return {
      current: decryptOrNull(() => this.secrets.decryptSecret(webhook)),
      previous: decryptOrNull(() => this.secrets.decryptPrevious(webhook)) ?? [],
    };
  }
}

function chooseSecret({ secret, type }: RotationInput, current: string | null): string {
  if (secret === undefined) return makeSecret(type ?? (current === null ? 'v1' : detectSecretType(current)));
  if (type !== undefined && type !== detectSecretType(secret)) {
    throw RequestValidationError.at(
      ['type'],
      `type is ${type}, and the secret is one of ${detectSecretType(secret)}`,
    );
  }
  if (secret === current) {
    throw RequestValidationError.at(['secret'], 'secret is the one that signs already');
  }
  return secret;
}

/** The oldest secret is not dropped instead: a receiver may still rely on its promised grace time. */
function refuseTooMany(previous: readonly PreviousSecret[]): void {
  if (previous.length <= MOST_PREVIOUS) return;
  const first = new Date(Math.min(...previous.map(({ expiresAt }) => expiresAt))).toISOString();
  throw new ConflictError(
    `${MOST_PREVIOUS} old secrets sign beside the one that is to be replaced, and there may not be more. ` +
      `The first of them ends at ${first}: rotate then, or with graceSeconds 0, which ends the replaced one at once.`,
  );
}

/** A replacement of a webhook's secret. */
export interface Rotation {
  /** The secret that signs until now; null where no key decrypts it. */
  current: string | null;
  /** The secrets that earlier rotations replaced, newest first. */
  previous: readonly PreviousSecret[];
  /** The secret that signs from now on. */
  next: string;
  /** The grace time of the current secret, milliseconds; 0: it stops signing at once. */
  graceMs: number;
  /** UTC epoch milliseconds. */
  now: number;
}

/**
 * Computes the secrets that sign beside the next one: the secret that it replaces, then earlier ones whose grace time
 * has not ended. Each keeps its promised end. The result may be longer than {@link MOST_PREVIOUS}: the caller checks it.
 */
export function rotatePreviousSecrets({ current, previous, next, graceMs, now }: Rotation): PreviousSecret[] {
  const active = previous.filter(({ secret, expiresAt }) => expiresAt > now && secret !== next);
  return current === null || graceMs === 0
    ? active
    : [{ secret: current, expiresAt: now + graceMs }, ...active];
}
