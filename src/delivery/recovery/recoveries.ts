import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ConflictError, NotFoundError, RequestValidationError } from '../../http/envelope-error.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { Clock } from '../../host/clock.js';
import { firstIdAt, TimeOrderedIds, timeOf } from '../../host/time-ordered-ids.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import type { DeliverySelection } from '../model/delivery-selection.js';
import { selectionOf, timeIn } from '../history/filter-selection.js';
import { MissedEvents } from './missed-events.js';
import type { DeliveriesFilter, RecoverBody } from '../history/recovery.dto.js';
import { RecoveryEntity, type EventRange, type RecoveryRange } from '../model/recovery.entity.js';
import { RecoveryRunner } from './recovery-runner.js';
import { countMatches } from './scan-in-slices.js';
import { InjectDatabase } from '../../host/tokens.js';

/** A delivery is made after its event; by how much instances' clocks may differ, with room to spare. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** What was asked for. */
export interface AskedRecovery {
  id: string;
  /** How many deliveries and missed events matched at that moment. */
  matched: number;
}

/**
 * Takes requests to send many deliveries again. Each is a row with what it means and how far it has come; whichever
 * worker is alive goes on with it. However many there are, nothing is capped.
 *
 * Counting what matches reads once what the request ranges over (see {@link countMatches}); name a webhook or a range
 * of times to keep that small.
 */
@Injectable()
export class Recoveries {
  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly registry: WebhookSource,
    private readonly missed: MissedEvents,
    private readonly runner: RecoveryRunner,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
  ) {}

  /**
   * One attempt now of every delivery that a filter means, marked `manual`.
   *
   * @throws {RequestValidationError} when the filter is empty
   */
  async redeliver(filter: DeliveriesFilter, viewer: Viewer): Promise<AskedRecovery> {
    const deliveries = selectionOf(filter, viewer, this.clock.now());
    const matched = await countMatches(this.dataSource.manager, deliveries);
    return this.ask(
      { kind: 'redeliver', webhookId: null, tenant: viewer, matched },
      { deliveries, missed: null },
    );
  }

  /**
   * Every failed delivery of events of a time, on a fresh schedule; with `missed` also what happened then and has no
   * delivery for the webhook.
   *
   * @throws {NotFoundError} `webhook.notFound`, also where it is another tenant's
   * @throws {ConflictError} when the webhook is disabled
   * @throws {RequestValidationError} when the time ends before it begins
   */
  async recover(webhookId: string, body: RecoverBody, viewer: Viewer): Promise<AskedRecovery> {
    const { manager } = this.dataSource;
    const webhook = await this.registry.find(manager, webhookId);
    if (!webhook || (viewer !== null && webhook.tenant !== viewer))
      throw new NotFoundError('webhook.notFound');
    if (!webhook.isEnabled) {
      throw new ConflictError('The webhook is disabled: enable it first, then recover what it missed.');
    }
    const events = this.eventsOf(body);
    const deliveries = failedOf(webhook, events, this.clock.now());
    const missed = body.missed === true ? events : null;
    const matched =
      (await countMatches(manager, deliveries)) +
      (missed === null ? 0 : await this.missed.count(manager, webhook, missed));
    return this.ask({ kind: 'recover', webhookId, tenant: webhook.tenant, matched }, { deliveries, missed });
  }

  /** @throws {NotFoundError} `recovery.notFound`, also where it is another tenant's */
  async find(id: string, viewer: Viewer): Promise<RecoveryEntity> {
    const recovery = await this.dataSource.manager.findOneBy(RecoveryEntity, {
      id,
      ...restrictToTenant(viewer),
    });
    if (!recovery) throw new NotFoundError('recovery.notFound');
    return recovery;
  }

  private eventsOf(body: RecoverBody): EventRange {
    const since = timeIn(['since'], body.since);
    const until = body.until === undefined ? undefined : timeIn(['until'], body.until);
    if (until !== undefined && until <= since) {
      throw RequestValidationError.at(['until'], 'until must be a time after since', body.until);
    }
    // What is recorded from now on reaches the webhook in the usual way.
    const now = this.clock.now() + 1;
    return { after: firstIdAt(since), before: firstIdAt(Math.min(until ?? now, now)) };
  }

  private async ask(
    asked: Pick<RecoveryEntity, 'kind' | 'webhookId' | 'tenant' | 'matched'>,
    filter: RecoveryRange,
  ): Promise<AskedRecovery> {
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

function failedOf(webhook: DeliverableWebhook, events: EventRange, now: number): DeliverySelection {
  return {
    webhookId: webhook.id,
    state: 'failed',
    eventsFrom: events.after,
    eventsBefore: events.before,
    exceptTests: true,
    after: firstIdAt(timeOf(events.after) - CLOCKS_DIFFER_MS),
    before: firstIdAt(now + 1),
  };
}
