import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { type RecordedEvent, TEST_EVENT } from '../../webhooks/formats/recorded-event.js';
import { createExampleEvent } from '../../webhooks/formats/example-event.js';
import { renderBody } from '../../webhooks/formats/render-body.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { SendRequest } from '../model/claim.js';
import { insertBodies } from '../fan-out/insert-deliveries.js';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import { isSuccess, type Attempt } from '../model/attempt.js';
import { insertEvent } from '../recording/insert-event.js';
import { Sender } from '../sending/sender.js';
import { AttemptEntity, DeliveryEntity } from '../model/delivery-entities.js';
import { InjectDatabase } from '../../host/tokens.js';

/** What a test came to, as Strapi's trigger tells it. */
export interface TestResult {
  /** The receiver's; 500 when it gave no answer. */
  statusCode: number;
  /** The answer's text when it is no 2xx, or the error. */
  message?: string;
  /** What was sent and came back is in the history under this id. */
  deliveryId: string;
}

/**
 * Sends one request to a webhook because a person wants to see it arrive, enabled or not. It is in the history, marked
 * `test`, and is neither fanned out nor retried nor counted against the webhook.
 */
@Injectable()
export class TestSend {
  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly sender: Sender,
    private readonly catalogue: EventCatalogue,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    private readonly happenings: DeliveryHooks,
  ) {}

  /**
   * @param type an event type whose example is sent; undefined: Strapi's own test body
   * @throws {RequestValidationError} when there is no such event type
   */
  async send(webhook: DeliverableWebhook, type: string | undefined): Promise<TestResult> {
    const event = this.eventOf(webhook, type);
    const body = renderBody(webhook, event);
    const request: SendRequest = {
      deliveryId: this.ids.next(),
      eventId: event.id,
      event: event.type,
      webhook,
      contentType: body.contentType,
      body: body.body,
      trigger: 'test',
      number: 1,
    };
    const attempt = await this.sender.send(request);
    await this.dataSource.transaction(async (manager) => {
      await insertEvent(manager, { ...event, fanOut: false });
      await insertBodies(manager, [{ eventId: event.id, ...body }]);
      await this.record(manager, request, attempt, body.rendering);
    });
    const { deliveryId } = request;
    this.happenings.changed([{ id: deliveryId, webhookId: webhook.id, tenant: webhook.tenant }]);
    return { ...resultOf(attempt), deliveryId };
  }

  private eventOf(webhook: DeliverableWebhook, type: string | undefined): RecordedEvent {
    const known = type === undefined ? undefined : this.catalogue.get(type);
    const isHidden =
      type !== undefined && webhook.hiddenEvents?.includes(type) && !webhook.events.includes(type);
    if (type !== undefined && (!known || isHidden)) {
      throw RequestValidationError.at(['event'], `Webhook event ${type} is not supported`, type);
    }
    const createdAt = this.clock.now();
    const as = { id: this.ids.next(), tenant: webhook.tenant, createdAt };
    if (known) return createExampleEvent(known, as);
    return { ...as, type: TEST_EVENT, model: null, uid: null, key: null, data: {} };
  }

  private async record(
    manager: EntityManager,
    request: SendRequest,
    attempt: Attempt,
    rendering: string,
  ): Promise<void> {
    const finishedAt = attempt.startedAt + attempt.durationMs;
    const succeeded = isSuccess(attempt);
    await manager.insert(DeliveryEntity, {
      id: request.deliveryId,
      eventId: request.eventId,
      webhookId: request.webhook.id,
      event: request.event,
      tenant: request.webhook.tenant,
      rendering,
      state: succeeded ? 'succeeded' : 'failed',
      reason: succeeded ? null : 'exhausted',
      attemptCount: 1,
      attemptsBegun: 1,
      schedulePosition: 0,
      claimCount: 0,
      lastStatusCode: attempt.statusCode,
      nextTrigger: 'test',
      nextAttemptAt: null,
      lane: null,
      dueAt: null,
      leaseToken: null,
      createdAt: attempt.startedAt,
      finishedAt,
    });
    const { errorCode: _, requestHeaders, responseHeaders, ...rest } = attempt;
    await manager.insert(AttemptEntity, {
      ...rest,
      deliveryId: request.deliveryId,
      number: request.number,
      trigger: request.trigger,
      requestHeaders: JSON.stringify(requestHeaders),
      responseHeaders: responseHeaders && JSON.stringify(responseHeaders),
    });
  }
}

function resultOf(attempt: Attempt): Omit<TestResult, 'deliveryId'> {
  if (attempt.statusCode === null || attempt.error !== null) {
    return { statusCode: 500, message: attempt.error ?? '' };
  }
  if (isSuccess(attempt)) return { statusCode: attempt.statusCode };
  return { statusCode: attempt.statusCode, message: attempt.responseBody ?? '' };
}
