import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventPublisher } from '../delivery/recording/event-publisher.js';
import type { WebhookEventInit } from '../events/webhook-event.js';
import type { WebhookEventType } from '../events/webhook-events.js';

/** Says that something happened, where the event emitter is not wanted. */
@Injectable()
export class WebhookPublisher {
  constructor(private readonly publisher: EventPublisher) {}

  /**
   * Records an event in the transaction of the change: both are committed or neither is.
   *
   * @param manager the manager of that transaction; outside of one, a transaction of its own is opened
   * @param event its `data` is what the host's `WebhookEvents` says of its `type`
   * @returns the event's id, the `webhook-id` of its requests
   */
  async publish<Type extends WebhookEventType>(
    manager: EntityManager,
    event: WebhookEventInit<Type>,
  ): Promise<string> {
    return this.publisher.publish(manager, event as unknown as WebhookEventInit);
  }
}
