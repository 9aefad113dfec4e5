import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../host/clock.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { mayReceiveAnew } from '../../webhooks/subscriptions/may-receive.js';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import { reopen } from '../model/delivery-transitions.js';
import { STEP_CAPACITY, type RecoveryStep, type StepProgress } from './recovery-step.js';
import { holdDeliveries } from '../model/lock-deliveries.js';
import { MissedEvents } from './missed-events.js';
import type { RecoveryEntity } from '../model/recovery.entity.js';
import { findNextMatches } from './scan-in-slices.js';

/** One step of `recover`: reopens failed deliveries of a webhook, then creates deliveries of events that it missed. */
@Injectable()
export class RecoverStep implements RecoveryStep {
  constructor(
    private readonly webhooks: WebhookCache,
    private readonly missedEvents: MissedEvents,
    private readonly clock: Clock,
    private readonly hooks: DeliveryHooks,
  ) {}

  async capacity(): Promise<number> {
    return STEP_CAPACITY;
  }

  /** A webhook that was disabled, deleted or moved to another tenant meanwhile ends the recovery. */
  async run(manager: EntityManager, recovery: RecoveryEntity, capacity: number): Promise<StepProgress> {
    const { byId } = await this.webhooks.current(manager);
    const webhook = byId.get(recovery.webhookId ?? '');
    if (!webhook?.isEnabled || webhook.tenant !== recovery.tenant) return { done: 0, next: null };
    if (recovery.phase === 'deliveries') return this.reopenFailed(manager, recovery, webhook, capacity);
    const { missed } = recovery.filter;
    if (missed === null) return { done: 0, next: null };
    const { done, cursor } = await this.missedEvents.createDeliveries(manager, webhook, {
      ...missed,
      after: recovery.cursor,
    });
    return { done, next: cursor === null ? null : { phase: 'events', cursor } };
  }

  private async reopenFailed(
    manager: EntityManager,
    { filter, cursor }: RecoveryEntity,
    webhook: DeliverableWebhook,
    capacity: number,
  ): Promise<StepProgress> {
    const matches = await findNextMatches(manager, filter.deliveries, cursor, capacity);
    const locked = await holdDeliveries(
      manager,
      matches.found.map(({ id }) => id),
    );
    // A delivery that was reopened or succeeded since it was read stays unchanged, and so does one from before the
    // webhook went to another tenant.
    const failed = locked.filter(
      (delivery) => delivery.state === 'failed' && delivery.hasPayload && mayReceiveAnew(webhook, delivery),
    );
    await reopen(
      manager,
      failed.map(({ id }) => id),
      this.clock.now(),
      webhook.ordering === 'entry',
    );
    // Before the commit: live updates read the rows after it.
    const { tenant } = webhook;
    this.hooks.changed(failed.map(({ id }) => ({ id, webhookId: webhook.id, tenant })));
    const done = matches.found.length;
    if (matches.cursor !== null) return { done, next: { phase: 'deliveries', cursor: matches.cursor } };
    const next = filter.missed && { phase: 'events' as const, cursor: filter.missed.after };
    return { done, next };
  }
}
