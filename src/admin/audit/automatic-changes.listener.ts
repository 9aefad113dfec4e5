import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { WebhookDisabled } from '../../events/webhook-signals.js';
import { AuditLog } from './audit-log.js';

/** Writes into the audit log what the backend changed by itself; what a person changed is written where it was asked. */
@Injectable()
export class AutomaticChangesListener {
  constructor(private readonly log: AuditLog) {}

  @OnEvent(WebhookDisabled.signal)
  async onDisabled({ webhookId, automatic }: WebhookDisabled): Promise<void> {
    if (automatic) await this.log.writeDisabling({ webhookId, ...automatic });
  }
}
