import { type EntityManager, In } from 'typeorm';
import {
  type AttemptLine,
  type BodyLine,
  type DeliveryLine,
  EVENT_VERSION,
  type EventLine,
  versionOf,
} from '../../archive/archive-lines.js';
import { completeAttempt } from '../history/complete-attempts.js';
import {
  AttemptEntity,
  DeliveryEntity,
  WebhookBodyEntity,
  WebhookEventEntity,
} from '../model/delivery-entities.js';
import { restoreBodies } from '../model/pinned-bodies.js';
import { RequestEntity } from '../model/request.entity.js';

/** Reads what an archive keeps of rows, for many at a time. Requests are remembered: thousands of attempts share one. */
export class ArchiveLineReader {
  private readonly requests = new Map<string, RequestEntity | null>();

  constructor(private readonly manager: EntityManager) {}

  /** @returns the lines of those events that are there, in the order of their ids */
  async readEvents(ids: readonly string[]): Promise<EventLine[]> {
    if (ids.length === 0) return [];
    const events = await this.manager.findBy(WebhookEventEntity, { id: In([...ids]) });
    const bodies = groupBy(
      await this.manager.findBy(WebhookBodyEntity, { eventId: In([...ids]) }),
      ({ eventId }) => eventId,
    );
    const deliveries = groupBy(
      await this.manager.find(DeliveryEntity, {
        select: { id: true, eventId: true },
        where: { eventId: In([...ids]) },
      }),
      ({ eventId }) => eventId,
    );
    return events.toSorted(byId).map((event) => ({
      kind: 'event',
      id: event.id,
      version: EVENT_VERSION,
      type: event.type,
      model: event.model,
      uid: event.uid,
      key: event.key,
      tenant: event.tenant,
      createdAt: event.createdAt,
      data: event.snapshot,
      context: event.context,
      publishedBy: event.publishedBy,
      bodies: [...(bodies.get(event.id) ?? []), ...restoreBodies(event.bodies, event.snapshot)].map(
        toBodyLine,
      ),
      deliveryIds: (deliveries.get(event.id) ?? []).map(({ id }) => id).toSorted(),
      ...(event.erasureId === null ? {} : { erasedBy: event.erasureId }),
    }));
  }

  /**
   * @param withEvents the events that are archived with them: their lines have the bodies
   * @returns the lines of those deliveries that have ended, in the order of their ids
   */
  async readDeliveries(ids: readonly string[], withEvents: ReadonlySet<string>): Promise<DeliveryLine[]> {
    if (ids.length === 0) return [];
    const rows = await this.manager.findBy(DeliveryEntity, { id: In([...ids]) });
    const ended = rows.filter(({ state }) => state !== 'pending').toSorted(byId);
    const attempts = groupBy(
      await this.manager.findBy(AttemptEntity, { deliveryId: In(ended.map(({ id }) => id)) }),
      ({ deliveryId }) => deliveryId,
    );
    await this.learnRequests([...attempts.values()].flat());
    const apart = ended.filter(({ eventId }) => !withEvents.has(eventId));
    const bodies = await this.readBodies(apart);
    return ended.map((delivery) => {
      const body = bodies.get(`${delivery.eventId}/${delivery.rendering}`);
      return {
        kind: 'delivery',
        id: delivery.id,
        version: versionOf(delivery.finishedAt, delivery.attemptCount),
        eventId: delivery.eventId,
        webhookId: delivery.webhookId,
        event: delivery.event,
        tenant: delivery.tenant,
        rendering: delivery.rendering,
        state: delivery.state,
        reason: delivery.reason,
        attemptCount: delivery.attemptCount,
        lastStatusCode: delivery.lastStatusCode,
        createdAt: delivery.createdAt,
        finishedAt: delivery.finishedAt,
        attempts: (attempts.get(delivery.id) ?? [])
          .toSorted((a, b) => a.number - b.number)
          .map((attempt) => this.toAttemptLine(attempt, delivery)),
        ...(body && !withEvents.has(delivery.eventId) ? { body: toBodyLine(body) } : {}),
      };
    });
  }

  private async readBodies(deliveries: readonly DeliveryEntity[]): Promise<Map<string, WebhookBodyEntity>> {
    if (deliveries.length === 0) return new Map();
    const eventIds = [...new Set(deliveries.map(({ eventId }) => eventId))];
    const rows = await this.manager.findBy(WebhookBodyEntity, { eventId: In(eventIds) });
    return new Map(rows.map((row) => [`${row.eventId}/${row.rendering}`, row]));
  }

  private async learnRequests(attempts: readonly AttemptEntity[]): Promise<void> {
    const unknown = new Set(
      attempts.flatMap(({ requestId }) =>
        requestId === null || this.requests.has(requestId) ? [] : [requestId],
      ),
    );
    if (unknown.size === 0) return;
    for (const id of unknown) this.requests.set(id, null);
    const rows = await this.manager.findBy(RequestEntity, { id: In([...unknown]) });
    for (const row of rows) this.requests.set(row.id, row);
  }

  private toAttemptLine(attempt: AttemptEntity, delivery: DeliveryEntity): AttemptLine {
    const request = attempt.requestId === null ? null : this.requests.get(attempt.requestId);
    const whole = request ? completeAttempt(attempt, request, delivery) : attempt;
    const { number, trigger, startedAt, durationMs, url, statusCode, error, requestHeaders } = whole;
    const { responseHeaders, responseBody, responseTruncated } = whole;
    const about = { number, trigger, startedAt, durationMs, url, statusCode, error, requestHeaders };
    return { ...about, responseHeaders, responseBody, responseTruncated };
  }
}

function toBodyLine({ rendering, contentType, body }: BodyLine): BodyLine {
  return { rendering, contentType, body };
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}
