import { Inject, Injectable, Logger } from '@nestjs/common';
import { type DataSource, type EntityManager, In } from 'typeorm';
import { mayLockReads } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { WriteBehind } from '../../database/write-behind.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import { toLogLine } from '../../host/log-text.js';
import type { WebhookEntity } from '../../webhooks/model/webhook.entity.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { WebhookService } from '../../webhooks/registrations/webhook.service.js';
import { FilterCounts } from '../fan-out/filter-counts.js';
import { isSuccess } from '../model/attempt.js';
import { CommitMarkers, markCommit } from '../model/commit-marker.js';
import type { Outcome } from '../model/outcome.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { awaitCommit } from '../recording/commit-watch.js';
import { insertEvent } from '../recording/insert-event.js';
import {
  emptyDelta,
  type HealthDelta,
  isGivenUp,
  mergeDeltas,
  newHealth,
  nextHealth,
} from './next-health.js';
import { pauseUntil } from './pauses.js';
import { writeHealth } from './write-health.js';

/** Why a webhook was disabled by what its receiver did. */
type DisabledReason = 'gone' | 'failing';

const SENTENCES: Record<string, string> = {
  gone: 'its receiver answered 410 Gone.',
  failing:
    'its receiver has been failing for days. Mend it, then enable the webhook and recover what failed.',
};

/**
 * Tracks the health of receivers: runs of failures, pauses, the circuit breaker, and the automatic disabling of a
 * webhook whose receiver is gone or keeps failing. Attempts are counted in a write-behind buffer and written in batches.
 */
@Injectable()
export class WebhookHealthTracker {
  private readonly logger = new Logger('Delivery');
  private readonly buffer: WriteBehind<HealthDelta>;
  private disabled: WebhookEntity[] = [];

  constructor(
    @InjectDatabase() dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly webhooks: WebhookService,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    private readonly filterCounts: FilterCounts,
  ) {
    this.buffer = new WriteBehind<HealthDelta>({
      merge: mergeDeltas,
      write: async (deltas, batch) => {
        this.disabled = await inReadCommitted(dataSource, (manager) => this.write(manager, deltas, batch));
      },
      commits: new CommitMarkers(dataSource, ids, clock),
    });
  }

  /**
   * Records an attempt of the schedule.
   *
   * @returns whether nothing may go to its webhook from now on, before the pause is written
   */
  record({ claim, attempt, result }: Outcome): boolean {
    if (result === null) return false;
    const endedAt = attempt.startedAt + attempt.durationMs;
    const webhookId = claim.webhook.id;
    if (isSuccess(attempt)) {
      // The usual case is counted in place: a success ends the run of failures before it.
      const delta = this.buffer.at(webhookId, emptyDelta);
      delta.successes += 1;
      delta.trailingFailures = 0;
      delta.exhausted = 0;
      delta.lastSuccessAt = Math.max(delta.lastSuccessAt ?? 0, endedAt);
      delta.firstFailureAt = null;
      return false;
    }
    const pause = pauseUntil(attempt, this.options.pauseMs);
    const isGone = attempt.statusCode === 410;
    this.buffer.add(webhookId, {
      ...emptyDelta(),
      failures: 1,
      trailingFailures: 1,
      firstFailureAt: endedAt,
      exhausted: result.state === 'failed' && result.reason === 'exhausted' ? 1 : 0,
      pauseUntil: pause,
      isGone,
    });
    return pause !== null || isGone;
  }

  /**
   * Writes what was recorded, and the filters' counts.
   *
   * @returns the webhooks whose pauses are all in the database now
   * @throws while the database is away; what was recorded is kept
   */
  async flush(): Promise<string[]> {
    await this.filterCounts.flush();
    const written = await this.buffer.flush();
    for (const webhook of this.disabled.splice(0)) {
      this.logger.warn(
        `Webhook ${webhook.id} (${toLogLine(webhook.name)}) was disabled: ${SENTENCES[webhook.disabledReason ?? '']}`,
      );
      await this.webhooks.emitDisabled(webhook);
    }
    return [...written.keys()].filter((webhookId) => !this.isPausePending(webhookId));
  }

  /** The webhooks with recorded attempts that are not written yet. */
  pending(): string[] {
    return this.buffer.keys();
  }

  /** A pause that was recorded while the flush ran is not in the database yet. */
  private isPausePending(webhookId: string): boolean {
    const delta = this.buffer.get(webhookId);
    return delta !== undefined && (delta.pauseUntil !== null || delta.isGone);
  }

  private async write(
    manager: EntityManager,
    deltas: ReadonlyMap<string, HealthDelta>,
    batch: string,
  ): Promise<WebhookEntity[]> {
    const now = this.clock.now();
    await markCommit(manager, batch, now);
    const before = await this.lock(manager, [...deltas.keys()].sort());
    const after = before.map((health) => {
      const delta = deltas.get(health.webhookId);
      return delta ? nextHealth(health, delta, now, this.options.health) : health;
    });
    await writeHealth(manager, after, this.ids.next());
    const disabled: WebhookEntity[] = [];
    for (const health of after) {
      const reason = deltas.get(health.webhookId)?.isGone
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
    if (mayLockReads(manager)) query.setLock('pessimistic_write');
    const rows = await query.orderBy('h.webhookId').getMany();
    const known = new Map(rows.map((row) => [row.webhookId, row]));
    return ids.map((id) => known.get(id) ?? newHealth(id));
  }

  private async disable(manager: EntityManager, id: string, reason: DisabledReason, now: number) {
    const webhook = await this.webhooks.disableFor(manager, id, reason);
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
    awaitCommit(manager, 0);
    return webhook;
  }
}
