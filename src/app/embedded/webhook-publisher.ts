import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventPublisher } from '../../delivery/recording/event-publisher.js';
import type { WebhookEventInit } from '../../events/webhook-event.js';
import type { WebhookEventType } from '../../events/host-event-map.js';
import { OPTIONS, type WebhooksModuleOptions } from './webhooks-module-options.js';

/** There is no transaction to record an event in. */
export class NoTransactionError extends Error {
  override readonly name = 'NoTransactionError';

  constructor() {
    super(
      'publish() was given no manager, and the module has no "manager" option that knows the open transaction. ' +
        'Give it the manager of the change: publish(manager, { type, data }).',
    );
  }
}

/** Says that something happened, where the event emitter is not wanted. */
@Injectable()
export class WebhookPublisher {
  constructor(
    private readonly publisher: EventPublisher,
    @Inject(OPTIONS) private readonly options: WebhooksModuleOptions,
  ) {}

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
  ): Promise<string>;
  /**
   * Records an event in the transaction that the option `manager` says is open.
   *
   * @throws {NoTransactionError} when there is no such option
   */
  async publish<Type extends WebhookEventType>(event: WebhookEventInit<Type>): Promise<string>;
  async publish<Type extends WebhookEventType>(
    ...given: [EntityManager, WebhookEventInit<Type>] | [WebhookEventInit<Type>]
  ): Promise<string> {
    const [manager, event] = given.length === 2 ? given : [this.openManager(), given[0]];
    return this.publisher.publish(manager, event as unknown as WebhookEventInit);
  }

  private openManager(): EntityManager {
    if (!this.options.manager) throw new NoTransactionError();
    return this.options.manager();
  }
}
