import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ConflictError, NotFoundError, RequestValidationError } from '../../http/envelope-error.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { ClockSteps } from '../../database/clock-steps.js';
import { Clock } from '../../host/clock.js';
import { firstIdAt, TimeOrderedIds, timeOf } from '../../host/time-ordered-ids.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { InjectDatabase } from '../../host/tokens.js';
import type { DeliverySelection } from '../model/delivery-selection.js';
import { buildSelection, parseTimeField } from '../history/filter-selection.js';
import type { DeliveriesFilter, RecoverBody } from '../history/recovery.dto.js';
import { RecoveryEntity, type EventRange, type RecoveryRange } from '../model/recovery.entity.js';
import { MissedEvents } from './missed-events.js';
import { RecoveryRunner } from './recovery-runner.js';
import { countMatches } from './scan-in-slices.js';

/** More than the clocks of instances differ by: a delivery's id may then be older than its event's. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** The answer to a request for a bulk redelivery or a recovery. */
export interface StartedRecovery {
  id: string;
  /** How many deliveries and missed events matched when it was started. */
  matched: number;
}

/**
 * Starts bulk redeliveries and recoveries. Each is a row with its selection and a cursor; {@link RecoveryRunner} works
 * through it in the background, on any instance. The number of deliveries has no limit.
 *
 * Starting one counts its matches, which scans the whole range of the selection (see {@link countMatches}): a webhook
 * or a range of times keeps that small.
 */
@Injectable()
export class Recoveries {
  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookSource,
    private readonly missedEvents: MissedEvents,
    private readonly runner: RecoveryRunner,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    private readonly steps: ClockSteps,
  ) {}

  private readonly idsBefore = (time: number): string => this.steps.idsBefore(time);

  /**
   * Starts one attempt for every delivery that matches a filter, with the trigger `manual`.
   *
   * @throws {RequestValidationError} when the filter is empty
   */
  async redeliver(filter: DeliveriesFilter, viewer: Viewer): Promise<StartedRecovery> {
    const deliveries = buildSelection(filter, viewer, this.clock.now(), this.idsBefore);
    const matched = await countMatches(this.dataSource.manager, deliveries);
    return this.start(
      { kind: 'redeliver', webhookId: null, tenant: viewer, matched },
      { deliveries, missed: null },
    );
  }

  /**
   * Reopens every failed delivery of a webhook whose event lies in a range of time, on a fresh retry schedule. With
   * `missed` it also creates deliveries of the events that have none for the webhook.
   *
   * @throws {NotFoundError} `webhook.notFound`, also for a webhook of another tenant
   * @throws {ConflictError} when the webhook is disabled
   * @throws {RequestValidationError} when the range ends before it begins
   */
  async recover(webhookId: string, body: RecoverBody, viewer: Viewer): Promise<StartedRecovery> {
    const { manager } = this.dataSource;
    const webhook = await this.webhooks.find(manager, webhookId);
    if (!webhook || (viewer !== null && webhook.tenant !== viewer))
      throw new NotFoundError('webhook.notFound');
    if (!webhook.isEnabled) {
      throw new ConflictError('The webhook is disabled: enable it first, then recover what it missed.');
    }
    const events = this.parseRange(body);
    const deliveries = selectFailed(webhook, events, this.idsBefore(this.clock.now() + 1));
    const missed = body.missed === true ? events : null;
    const matched =
      (await countMatches(manager, deliveries)) +
      (missed === null ? 0 : await this.missedEvents.count(manager, webhook, missed));
    return this.start(
      { kind: 'recover', webhookId, tenant: webhook.tenant, matched },
      { deliveries, missed },
    );
  }

  /** @throws {NotFoundError} `recovery.notFound`, also for a recovery of another tenant */
  async find(id: string, viewer: Viewer): Promise<RecoveryEntity> {
    const recovery = await this.dataSource.manager.findOneBy(RecoveryEntity, {
      id,
      ...restrictToTenant(viewer),
    });
    if (!recovery) throw new NotFoundError('recovery.notFound');
    return recovery;
  }

  private parseRange(body: RecoverBody): EventRange {
    const since = parseTimeField(['since'], body.since);
    const until = body.until === undefined ? undefined : parseTimeField(['until'], body.until);
    if (until !== undefined && until <= since) {
      throw RequestValidationError.at(['until'], 'until must be a time after since', body.until);
    }
    // Events from now on are fanned out to the enabled webhook.
    const now = this.clock.now() + 1;
    const end = Math.min(until ?? now, now);
    return { after: firstIdAt(since), before: this.idsBefore(end), since, until: end };
  }

  private async start(
    asked: Pick<RecoveryEntity, 'kind' | 'webhookId' | 'tenant' | 'matched'>,
    filter: RecoveryRange,
  ): Promise<StartedRecovery> {
    const id = this.ids.next();
    const now = this.clock.now();
    await this.dataSource.manager.insert(RecoveryEntity, {
      ...asked,
      id,
      filter,
      state: 'running',
      done: 0,
      phase: 'deliveries',
      cursor: filter.deliveries.after,
      dueAt: now,
      createdAt: now,
      finishedAt: null,
    });
    this.runner.notify();
    return { id, matched: asked.matched };
  }
}

function selectFailed(webhook: DeliverableWebhook, events: EventRange, before: string): DeliverySelection {
  return {
    webhookId: webhook.id,
    state: 'failed',
    eventsFrom: events.after,
    eventsBefore: events.before,
    ...(events.since === undefined ? {} : { eventsSince: events.since }),
    ...(events.until === undefined ? {} : { eventsUntil: events.until }),
    exceptTests: true,
    forTenant: webhook.tenant,
    after: firstIdAt(timeOf(events.after) - CLOCKS_DIFFER_MS),
    before,
  };
}
