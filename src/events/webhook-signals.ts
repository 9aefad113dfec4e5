import type { EventEmitter2 } from '@nestjs/event-emitter';

/**
 * Something happened to a webhook's registration, and is committed. Unlike a `WebhookEvent` a signal is told to this
 * process alone and is recorded nowhere: whoever listens must be right without it too.
 */
abstract class WebhookSignal {
  /** The name under which the emitter carries it. */
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
    /** Why the backend did it by itself, and whose webhook it is; null: a person did it. */
    readonly automatic: { reason: string; tenant: string | null } | null = null,
  ) {
    super(webhookId);
  }
}

/** A webhook was registered, or its registration replaced: what is kept of webhooks must be read anew. */
export class WebhookChanged extends WebhookSignal {
  static readonly signal = 'posthorn.webhook.changed';
  override readonly signal = WebhookChanged.signal;
}

/** A webhook's secret was replaced: whoever answers for it is to sign with the new one from now on. */
export class WebhookSecretRotated extends WebhookSignal {
  static readonly signal = 'posthorn.webhook.secret-rotated';
  override readonly signal = WebhookSecretRotated.signal;
}

/** A webhook was deleted. */
export class WebhookDeleted extends WebhookSignal {
  static readonly signal = 'posthorn.webhook.deleted';
  override readonly signal = WebhookDeleted.signal;
}

export type AnyWebhookSignal =
  WebhookEnabled | WebhookDisabled | WebhookChanged | WebhookSecretRotated | WebhookDeleted;

/**
 * Tells a signal and waits for its listeners.
 *
 * @throws whatever a listener threw that does not suppress its errors
 */
export async function emitSignal(emitter: EventEmitter2, said: AnyWebhookSignal): Promise<void> {
  await emitter.emitAsync(said.signal, said);
}
