import { Injectable } from '@nestjs/common';
import { WebhookChanged, WebhookSecretRotated } from '../../events/webhook-signals.js';
import { recordChangedFields } from '../../auth/audit.js';
import { ConflictError, RequestValidationError } from '../../http/envelope-error.js';
import type { Viewer } from '../../auth/tenancy.js';
import { Clock } from '../../host/clock.js';
import { WebhookSecrets } from '../secrets/webhook-secrets.js';
import { type PreviousSecret } from '../model/webhook-secret.js';
import { decryptOrNull } from '../secrets/encryption.js';
import { makeSecret, type SecretType, detectSecretType } from '../secrets/signing-secret.js';
import { WebhookEntity } from '../model/webhook.entity.js';
import { WebhookTransactions } from './webhook-transactions.js';
import { requireWebhook } from './webhook-queries.js';

/** How a secret is to be replaced. */
export interface RotationInput {
  /** How long the replaced secret signs beside the new one, seconds. Default: a day. */
  graceSeconds?: number;
  /** The new secret, `whsec_…` or `whsk_…`. Default: one is made. */
  secret?: string;
  /** How the new secret signs. Default: as the given one does, else as before. */
  type?: SecretType;
}

const DEFAULT_GRACE_S = 86_400;

/** Replaces signing secrets. Until its grace time is over the replaced one signs beside the new one. */
@Injectable()
export class SecretRotation {
  constructor(
    private readonly transactions: WebhookTransactions,
    private readonly secrets: WebhookSecrets,
    private readonly clock: Clock,
  ) {}

  /**
   * Replaces a webhook's secret, in one transaction after which every instance signs with both from its next reading
   * of the registry. Where no key opens the secret that there is, the new one stands alone.
   *
   * @returns the new secret
   * @throws {NotFoundError} `webhook.notFound`
   * @throws {RequestValidationError} when secret and type do not fit each other or the webhook
   * @throws {ConflictError} when ten old secrets sign already and this would be one more
   */
  async rotate(id: string, input: RotationInput, viewer: Viewer): Promise<string> {
    return this.transactions.run(async (manager) => {
      const webhook = await requireWebhook(manager, id, viewer);
      const now = this.clock.now();
      const before = this.before(webhook);
      const next = nextSecret(input, before.current);
      if (webhook.hubSignature && detectSecretType(next) === 'v1a') {
        const message =
          'type v1a cannot be used while hubSignature is on: X-Hub-Signature-256 needs a shared secret. Turn it off first';
        throw RequestValidationError.at(['type'], message);
      }
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

  /** Nothing can be signed with what cannot be opened: the new secret is how such a webhook comes back. */
  private before(webhook: WebhookEntity): { current: string | null; previous: PreviousSecret[] } {
    return {
      current: decryptOrNull(() => this.secrets.decryptSecret(webhook)),
      previous: decryptOrNull(() => this.secrets.decryptPrevious(webhook)) ?? [],
    };
  }
}

function nextSecret({ secret, type }: RotationInput, current: string | null): string {
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

/** The oldest is not dropped instead: somebody may hold it who was told that it signs for a while yet. */
function refuseTooMany(previous: readonly PreviousSecret[]): void {
  if (previous.length <= MOST_PREVIOUS) return;
  const first = new Date(Math.min(...previous.map(({ expiresAt }) => expiresAt))).toISOString();
  throw new ConflictError(
    `${MOST_PREVIOUS} old secrets sign beside the one that is to be replaced, and there may not be more. ` +
      `The first of them ends at ${first}: rotate then, or with graceSeconds 0, which ends the replaced one at once.`,
  );
}

/** How many replaced secrets may sign beside the new one. */
export const MOST_PREVIOUS = 10;

/** A replacement of a webhook's secret. */
export interface Rotation {
  /** The secret that signs until now; null where no key opens it any more. */
  current: string | null;
  /** The ones before it, newest first. */
  previous: readonly PreviousSecret[];
  /** The one that signs from now on. */
  next: string;
  /** How long the current one goes on signing, milliseconds; 0: not at all. */
  graceMs: number;
  /** Epoch milliseconds. */
  now: number;
}

/**
 * The secrets that sign beside the next one: the one that it replaces, then those before it whose time is not over.
 * Each keeps the time that it was promised. There may be more than {@link MOST_PREVIOUS}: whoever asks decides.
 */
export function rotatePreviousSecrets({ current, previous, next, graceMs, now }: Rotation): PreviousSecret[] {
  const living = previous.filter(({ secret, expiresAt }) => expiresAt > now && secret !== next);
  return current === null || graceMs === 0
    ? living
    : [{ secret: current, expiresAt: now + graceMs }, ...living];
}
