import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../host/clock.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import { reopen } from '../model/delivery-transitions.js';
import { BATCH, type RecoveryStep, type Progress } from './recovery-step.js';
import { holdDeliveries } from '../model/lock-deliveries.js';
import { MissedEvents } from './missed-events.js';
import type { RecoveryEntity } from '../model/recovery.entity.js';
import { nextMatches } from './scan-in-slices.js';

/** Brings a webhook's failed deliveries back on a fresh schedule, and makes those of events that it missed. */
@Injectable()
export class RecoverBatch implements RecoveryStep {
  constructor(
    private readonly webhooks: WebhookCache,
    private readonly missed: MissedEvents,
    private readonly clock: Clock,
    private readonly happenings: DeliveryHooks,
  ) {}

  async room(): Promise<number> {
    return BATCH;
  }

  /** A webhook that was disabled or deleted meanwhile ends it where it stands. */
  async make(manager: EntityManager, recovery: RecoveryEntity, room: number): Promise<Progress> {
    const { byId } = await this.webhooks.current(manager);
    const webhook = byId.get(recovery.webhookId ?? '');
    if (!webhook?.isEnabled) return { done: 0, next: null };
    if (recovery.phase === 'deliveries') return this.bringBack(manager, recovery, webhook, room);
    const { missed } = recovery.filter;
    if (missed === null) return { done: 0, next: null };
    const { done, cursor } = await this.missed.make(manager, webhook, {
      after: recovery.cursor,
      before: missed.before,
    });
    return { done, next: cursor === null ? null : { phase: 'events', cursor } };
  }

  private async bringBack(
    manager: EntityManager,
    { filter, cursor }: RecoveryEntity,
    webhook: DeliverableWebhook,
    room: number,
  ): Promise<Progress> {
    const matches = await nextMatches(manager, filter.deliveries, cursor, room);
    const held = await holdDeliveries(
      manager,
      matches.found.map(({ id }) => id),
    );
    // What was recovered or succeeded since it was read stays as it is.
    const failed = held.filter(({ state, hasPayload }) => state === 'failed' && hasPayload);
    await reopen(
      manager,
      failed.map(({ id }) => id),
      this.clock.now(),
      webhook.ordering === 'entry',
    );
    // A moment early: the transaction ends before anybody looks.
    const { tenant } = webhook;
    this.happenings.changed(failed.map(({ id }) => ({ id, webhookId: webhook.id, tenant })));
    const done = matches.found.length;
    if (matches.cursor !== null) return { done, next: { phase: 'deliveries', cursor: matches.cursor } };
    const next = filter.missed && { phase: 'events' as const, cursor: filter.missed.after };
    return { done, next };
  }
}
