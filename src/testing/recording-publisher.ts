import { toEventRow } from '../delivery/recording/insert-event.js';
import type { JsonObject } from '../events/json.js';
import type { WebhookEventInit } from '../events/webhook-event.js';
import { type AnnouncedEvent, type ExpectedEvent, findAnnounced } from './announced-events.js';

/**
 * Stands in for `WebhookPublisher` in a test without a database: it keeps what is published, also where the transaction
 * around it rolls back.
 *
 * ```ts
 * const publisher = new RecordingPublisher();
 * const service = new OrdersService(repository, publisher as unknown as WebhookPublisher);
 * // or in a module: { provide: WebhookPublisher, useValue: publisher }
 * publisher.expect({ type: 'order.placed', data: { total: 42 } });
 * ```
 */
export class RecordingPublisher {
  /** What was published, oldest first. */
  readonly events: AnnouncedEvent[] = [];

  /**
   * Keeps an event, as the real one records it.
   *
   * @returns its id, `event-1` and so on
   * @throws {UnwritableEventError} for a name that is none and for data that JSON cannot write
   */
  async publish(
    ...args: [transaction: unknown, event: WebhookEventInit] | [event: WebhookEventInit]
  ): Promise<string> {
    const { type, data, model = null, key = null, tenant = null } = args.at(-1) as WebhookEventInit;
    const id = `event-${this.events.length + 1}`;
    const content = { id, type, model, uid: null, key, tenant, data, createdAt: 0 };
    toEventRow(content);
    const copy = JSON.parse(JSON.stringify(data)) as JsonObject;
    this.events.push({ id, type, data: copy, model, key, tenant });
    return id;
  }

  /** Has no effect: nothing is sent. */
  wake(): void {}

  /**
   * Expects that an event was published.
   *
   * @returns the oldest one that fits
   * @throws {NotAnnouncedError} which names what was published instead
   */
  expect(expected: ExpectedEvent): AnnouncedEvent {
    return findAnnounced(this.events, expected);
  }
}
