import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { open, seal } from './seal.js';

/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

/** Makes signing secrets, and seals and opens them for one webhook. */
@Injectable()
export class WebhookSecrets {
  constructor(@Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions) {}

  /** A new secret: `whsec_` and the base64 of 32 random bytes. */
  make(): string {
    return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  }

  /** @returns what may be stored */
  seal(secret: string, webhookId: string): string {
    return seal(secret, webhookId, this.options.secretsKeys);
  }

  /** @throws {SealError} when none of the keys opens it */
  open(sealed: string, webhookId: string): string {
    return open(sealed, webhookId, this.options.secretsKeys);
  }
}
