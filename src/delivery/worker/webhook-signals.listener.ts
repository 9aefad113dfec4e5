import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { DataSource } from 'typeorm';
import { InjectDatabase, InjectEmitter } from '../../host/tokens.js';
import {
  WebhookDeleted,
  WebhookDisabled,
  WebhookSecretRotated,
  WebhookTenantChanged,
} from '../../events/webhook-signals.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { DeliveryCloser } from '../outcomes/delivery-closer.js';
import { DeliveryWorker } from './delivery-worker.js';

/**
 * Hands back what this process holds of a webhook as soon as it is disabled or deleted, and closes its pending
 * deliveries; those of a webhook that moves to another tenant are closed in the transaction that moves it. Other
 * instances read the change within half a second, and a worker that finds such deliveries closes them too, so that a
 * lost signal costs that and nothing else.
 */
@Injectable()
export class WebhookSignalsListener implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly closer: DeliveryCloser,
    private readonly worker: DeliveryWorker,
    private readonly webhooks: WebhookCache,
    @InjectDatabase() private readonly dataSource: DataSource,
    @InjectEmitter() private readonly emitter: EventEmitter2,
  ) {}

  onModuleInit(): void {
    this.emitter.on(WebhookSecretRotated.signal, this.onRotated);
    this.emitter.on(WebhookDisabled.signal, this.onDisabled);
    this.emitter.on(WebhookDeleted.signal, this.onDeleted);
    this.emitter.on(WebhookTenantChanged.changing, this.onTenantChanging);
    this.emitter.on(WebhookTenantChanged.signal, this.onTenantChanged);
  }

  onApplicationShutdown(): void {
    this.emitter.off(WebhookSecretRotated.signal, this.onRotated);
    this.emitter.off(WebhookDisabled.signal, this.onDisabled);
    this.emitter.off(WebhookDeleted.signal, this.onDeleted);
    this.emitter.off(WebhookTenantChanged.changing, this.onTenantChanging);
    this.emitter.off(WebhookTenantChanged.signal, this.onTenantChanged);
  }

  /** A rotation is answered only after this instance reads the new secret: every request from now on is signed with it. */
  private readonly onRotated = async (): Promise<void> => {
    await this.webhooks.current(this.dataSource.manager);
  };

  private readonly onDisabled = async ({ webhookId }: WebhookDisabled): Promise<void> => {
    await this.worker.recall();
    await this.closer.closeOfWebhook(webhookId, 'webhook-disabled');
  };

  private readonly onDeleted = async ({ webhookId }: WebhookDeleted): Promise<void> => {
    await this.worker.recall();
    await this.closer.closeOfWebhook(webhookId, 'webhook-deleted');
  };

  private readonly onTenantChanging = async (change: WebhookTenantChanged): Promise<void> => {
    const report = await this.closer.closeWithin(change.manager, change.webhookId, 'tenant-changed');
    change.afterCommit.push(report);
  };

  /** The instance reads the webhook with its new tenant before the change is answered. */
  private readonly onTenantChanged = async ({ afterCommit }: WebhookTenantChanged): Promise<void> => {
    for (const report of afterCommit) report();
    await this.worker.recall();
    await this.webhooks.current(this.dataSource.manager);
  };
}
