import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { WebhookDisabled } from '../../events/webhook-signals.js';
import { InjectEmitter } from '../../host/tokens.js';
import { AuditLog } from './audit-log.js';

/** Writes a webhook that the backend disabled by itself into the audit log. (The interceptor writes what people do.) */
@Injectable()
export class AutoDisableAuditListener implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly log: AuditLog,
    @InjectEmitter() private readonly emitter: EventEmitter2,
  ) {}

  onModuleInit(): void {
    this.emitter.on(WebhookDisabled.signal, this.onDisabled);
  }

  onApplicationShutdown(): void {
    this.emitter.off(WebhookDisabled.signal, this.onDisabled);
  }

  private readonly onDisabled = async ({ webhookId, automatic }: WebhookDisabled): Promise<void> => {
    if (automatic) await this.log.writeDisabling({ webhookId, ...automatic });
  };
}
