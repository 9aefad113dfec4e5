import { Inject, Injectable } from '@nestjs/common';
import type { WebhookEntity } from '../webhook.entity.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { openHeaders, openPrevious, openSecret, type PreviousSecret } from './row-secrets.js';
import { sealValue } from './sealed-values.js';

/** Seals what is secret of one webhook, and opens it again. */
@Injectable()
export class WebhookSecrets {
  constructor(@Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions) {}

  /** @returns what may be stored */
  seal(secret: string, webhookId: string): string {
    return sealValue(secret, webhookId, 'secret', this.options.secretsKeys);
  }

  /** @returns what may be stored */
  sealHeaders(headers: Readonly<Record<string, string>>, webhookId: string): string {
    return sealValue(JSON.stringify(headers), webhookId, 'headers', this.options.secretsKeys);
  }

  /** @returns what may be stored; null for an empty list */
  sealPrevious(previous: readonly PreviousSecret[], webhookId: string): string | null {
    if (previous.length === 0) return null;
    return sealValue(JSON.stringify(previous), webhookId, 'previous', this.options.secretsKeys);
  }

  /** @throws {SealError} when none of the keys opens it */
  secretOf(webhook: WebhookEntity): string {
    return openSecret(webhook, this.options.secretsKeys);
  }

  /** @throws {SealError} when none of the keys opens them */
  headersOf(webhook: WebhookEntity): Record<string, string> {
    return openHeaders(webhook, this.options.secretsKeys);
  }

  /**
   * The secrets before the one that signs now, newest first, also those whose time is over.
   *
   * @throws {SealError} when none of the keys opens them
   */
  previousOf(webhook: WebhookEntity): PreviousSecret[] {
    return openPrevious(webhook, this.options.secretsKeys);
  }
}
