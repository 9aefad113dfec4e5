import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { EntityManager } from 'typeorm';

/**
 * A committed change of a webhook's registration. Unlike a `WebhookEvent`, a signal reaches this process only and is
 * not recorded: it is a hint, and listeners must be correct without it too.
 */
abstract class WebhookSignal {
  /** The name under which the emitter sends it. */
  abstract readonly signal: string;

  constructor(readonly webhookId: string) {}
}

/** A webhook was enabled. */
export class WebhookEnabled extends WebhookSignal {
  static readonly signal = 'posthorn.webhook.enabled';
  override readonly signal = WebhookEnabled.signal;
}

/** A webhook was disabled. */
export class WebhookDisabled extends WebhookSignal {
  static readonly signal = 'posthorn.webhook.disabled';
  override readonly signal = WebhookDisabled.signal;

  constructor(
    webhookId: string,
    /** The reason and the webhook's tenant if the backend disabled it by itself; null: a person did. */
    readonly automatic: { reason: string; tenant: string | null } | null = null,
  ) {
    super(webhookId);
  }
}

/** A webhook was registered or its registration replaced: caches of webhooks are stale. */
export class WebhookChanged extends WebhookSignal {
  static readonly signal = 'posthorn.webhook.changed';
  override readonly signal = WebhookChanged.signal;
}

/** A webhook's secret was rotated: from now on requests are signed with the new one. */
export class WebhookSecretRotated extends WebhookSignal {
  static readonly signal = 'posthorn.webhook.secret-rotated';
  override readonly signal = WebhookSecretRotated.signal;
}

/** A webhook was deleted. */
export class WebhookDeleted extends WebhookSignal {
  static readonly signal = 'posthorn.webhook.deleted';
  override readonly signal = WebhookDeleted.signal;
}

/**
 * A webhook went to another tenant. It is emitted twice: as {@link WebhookTenantChanged.changing} inside the transaction
 * of the change, whose listeners roll the change back when they throw, and as a signal after the commit.
 */
export class WebhookTenantChanged extends WebhookSignal {
  /** The name under which {@link emitChanging} emits it. */
  static readonly changing = 'posthorn.webhook.tenant-changing';
  static readonly signal = 'posthorn.webhook.tenant-changed';
  override readonly signal = WebhookTenantChanged.signal;
  /** What listeners of {@link changing} leave to be done after the commit. */
  readonly afterCommit: (() => void)[] = [];

  constructor(
    webhookId: string,
    /** The manager of the transaction; not to be used after the commit. */
    readonly manager: EntityManager,
  ) {
    super(webhookId);
  }
}

/** Any signal of this file. */
export type AnyWebhookSignal =
  | WebhookEnabled
  | WebhookDisabled
  | WebhookChanged
  | WebhookSecretRotated
  | WebhookDeleted
  | WebhookTenantChanged;

/**
 * Emits a signal and waits for its listeners.
 *
 * @throws the error of a listener that does not suppress its errors
 */
export async function emitSignal(emitter: EventEmitter2, signal: AnyWebhookSignal): Promise<void> {
  await emitter.emitAsync(signal.signal, signal);
}

/**
 * Calls the listeners of a move to another tenant inside its transaction, one after another: with `emitAsync` one would
 * still use the connection when the failure of another has rolled the transaction back.
 *
 * @throws the error of a listener: the transaction is to be rolled back
 */
export async function emitChanging(emitter: EventEmitter2, signal: WebhookTenantChanged): Promise<void> {
  for (const listener of emitter.listeners(WebhookTenantChanged.changing)) await listener(signal);
}
