import { Inject, Injectable, Logger } from '@nestjs/common';
import { type DataSource, type EntityManager, In } from 'typeorm';
import { dialectOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { WebhookService } from '../../webhooks/registrations/webhook.service.js';
import type { WebhookEntity } from '../../webhooks/model/webhook.entity.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { FilterCounts } from '../fan-out/filter-counts.js';
import type { Outcome } from '../model/outcome.js';
import { isSuccess } from '../model/attempt.js';
import { awaitCommit } from '../recording/commit-watch.js';
import { insertEvent } from '../recording/insert-event.js';
import { type HealthDelta, isGivenUp, newHealth, nextHealth } from './next-health.js';
import { pauseUntil } from './pauses.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Why a webhook was disabled by what its receiver did. */
type DisabledReason = 'gone' | 'failing';

const SENTENCES: Record<string, string> = {
  gone: 'its receiver answered 410 Gone.',
  failing:
    'its receiver has been failing for days. Mend it, then enable the webhook and recover what failed.',
};

/**
 * Gathers what attempts say of receivers and writes it in batches: runs of failures, pauses, the circuit breaker, and
 * the end of a webhook whose receiver is gone or keeps failing.
 */
@Injectable()
export class WebhookHealthTracker {
  private readonly logger = new Logger('Delivery');
  private deltas = new Map<string, HealthDelta>();
  private gone = new Set<string>();

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly registrations: WebhookService,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    private readonly filterCounts: FilterCounts,
  ) {}

  /**
   * Notes an attempt of the schedule.
   *
   * @returns whether its webhook must be left alone from now on, before anything is written
   */
  note({ claim, attempt, result }: Outcome): boolean {
    if (result === null) return false;
    const delta = this.deltaOf(claim.webhook.id);
    const endedAt = attempt.startedAt + attempt.durationMs;
    if (isSuccess(attempt)) {
      delta.successes += 1;
      delta.trailingFailures = 0;
      delta.exhausted = 0;
      delta.lastSuccessAt = endedAt;
      delta.firstFailureAt = null;
      return false;
    }
    delta.failures += 1;
    delta.trailingFailures += 1;
    delta.firstFailureAt ??= endedAt;
    if (result.state === 'failed' && result.reason === 'exhausted') delta.exhausted += 1;
    if (attempt.statusCode === 410) this.gone.add(claim.webhook.id);
    const pause = pauseUntil(attempt, this.options.pauseMs);
    if (pause !== null) delta.pauseUntil = Math.max(delta.pauseUntil ?? 0, pause);
    return pause !== null || attempt.statusCode === 410;
  }

  /** Writes what was noted. While the database is away it is kept. */
  async flush(): Promise<void> {
    await this.filterCounts.flush();
    if (this.deltas.size === 0) return;
    const { deltas, gone } = this;
    this.deltas = new Map();
    this.gone = new Set();
    try {
      const disabled = await inReadCommitted(this.dataSource, (manager) => this.write(manager, deltas, gone));
      for (const webhook of disabled) {
        this.logger.warn(
          `Webhook ${webhook.id} (${webhook.name}) was disabled: ${SENTENCES[webhook.disabledReason ?? '']}`,
        );
        await this.registrations.emitDisabled(webhook);
      }
    } catch (error) {
      for (const [webhookId, delta] of deltas)
        if (!this.deltas.has(webhookId)) this.deltas.set(webhookId, delta);
      for (const webhookId of gone) this.gone.add(webhookId);
      throw error;
    }
  }

  private async write(
    manager: EntityManager,
    deltas: ReadonlyMap<string, HealthDelta>,
    gone: ReadonlySet<string>,
  ): Promise<WebhookEntity[]> {
    const now = this.clock.now();
    const before = await this.lock(manager, [...deltas.keys()].sort());
    const after = before.map((health) => {
      const delta = deltas.get(health.webhookId);
      return delta ? nextHealth(health, delta, now, this.options.health) : health;
    });
    await manager.upsert(WebhookHealthEntity, after, ['webhookId']);
    const disabled: WebhookEntity[] = [];
    for (const health of after) {
      const reason = gone.has(health.webhookId)
        ? 'gone'
        : isGivenUp(health, now, this.options.health)
          ? 'failing'
          : null;
      const webhook = reason && (await this.disable(manager, health.webhookId, reason, now));
      if (webhook) disabled.push(webhook);
    }
    return disabled;
  }

  private async lock(manager: EntityManager, ids: string[]): Promise<WebhookHealthEntity[]> {
    const query = manager.createQueryBuilder(WebhookHealthEntity, 'h').where({ webhookId: In(ids) });
    if (dialectOf(manager) === 'mysql') query.setLock('pessimistic_write');
    const rows = await query.orderBy('h.webhookId').getMany();
    const known = new Map(rows.map((row) => [row.webhookId, row]));
    return ids.map((id) => known.get(id) ?? newHealth(id));
  }

  private async disable(manager: EntityManager, id: string, reason: DisabledReason, now: number) {
    const webhook = await this.registrations.disableFor(manager, id, reason);
    if (!webhook) return null;
    await insertEvent(manager, {
      id: this.ids.next(),
      type: 'webhook.disabled',
      model: null,
      uid: null,
      key: id,
      tenant: webhook.tenant,
      data: { webhookId: id, name: webhook.name, reason },
      createdAt: now,
    });
    awaitCommit(manager);
    return webhook;
  }

  private deltaOf(webhookId: string): HealthDelta {
    let delta = this.deltas.get(webhookId);
    if (!delta) {
      delta = {
        successes: 0,
        failures: 0,
        trailingFailures: 0,
        lastSuccessAt: null,
        firstFailureAt: null,
        exhausted: 0,
        pauseUntil: null,
      };
      this.deltas.set(webhookId, delta);
    }
    return delta;
  }
}
