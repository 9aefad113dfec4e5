import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { EventPublisher } from '../../delivery/recording/event-publisher.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import type { WebhookEventType } from '../../events/host-event-map.js';
import type { WebhookEventInit } from '../../events/webhook-event.js';
import { InjectDatabase } from '../../host/tokens.js';
import type { Settings } from '../../settings/settings.js';
import { checkEvent } from './check-event.js';
import { HOST_SETTINGS } from './host-settings.js';
import { OPTIONS, type WebhooksModuleOptions } from './webhooks-module-options.js';

/** No transaction is known in which the event could be recorded. */
export class NoTransactionError extends Error {
  override readonly name = 'NoTransactionError';

  constructor() {
    super(
      'publish() was given no manager, and the module has no option "manager" that returns that of the open transaction. ' +
        'Give it the manager of the change: publish(manager, { type, data }).',
    );
  }
}

/** The manager that `publish()` was given is of another data source than Posthorn's tables. */
export class OtherDataSourceError extends Error {
  override readonly name = 'OtherDataSourceError';

  constructor() {
    super(
      'publish() was given a manager of another data source than the one that has webhooksEntities(), so that the event could not be recorded in its transaction. ' +
        'Give it a manager of that data source, or name this one in the option "dataSource".',
    );
  }
}

/** Records events without the event emitter. */
@Injectable()
export class WebhookPublisher {
  constructor(
    private readonly publisher: EventPublisher,
    private readonly catalogue: EventCatalogue,
    @Inject(OPTIONS) private readonly options: WebhooksModuleOptions,
    @Inject(HOST_SETTINGS) private readonly settings: Settings,
    @InjectDatabase() private readonly dataSource: DataSource,
  ) {}

  /**
   * Records an event in the transaction of the change (transactional outbox): both are committed or neither is.
   *
   * @param manager the manager of that transaction; a manager outside of one opens a transaction for the event
   * @param event its `data` has the type that the host's `WebhookEvents` declares for its `type`
   * @returns the event's id, the `webhook-id` of its requests
   * @throws {InvalidEventError} before it writes, for what `POST /admin/events` refuses: a name, the size, data that does
   *   not fit the schema of its type
   * @throws {OtherDataSourceError} before it writes
   * @throws {EventRefusedError} before it writes, while a bound of `limits` is passed; also when the disk is full
   */
  async publish<Type extends WebhookEventType>(
    manager: EntityManager,
    event: WebhookEventInit<Type>,
  ): Promise<string>;
  /**
   * Records an event in the transaction whose manager the option `manager` returns.
   *
   * @throws {NoTransactionError} where the module has no such option
   */
  async publish<Type extends WebhookEventType>(event: WebhookEventInit<Type>): Promise<string>;
  async publish<Type extends WebhookEventType>(
    ...args: [EntityManager, WebhookEventInit<Type>] | [WebhookEventInit<Type>]
  ): Promise<string> {
    const [manager, event] = args.length === 2 ? args : [this.currentManager(), args[0]];
    if (manager.dataSource !== this.dataSource) throw new OtherDataSourceError();
    const init = event as unknown as WebhookEventInit;
    checkEvent(this.catalogue, init, this.settings.http.maxBodyBytes);
    return this.publisher.publish(manager, init);
  }

  private currentManager(): EntityManager {
    if (!this.options.manager) throw new NoTransactionError();
    return this.options.manager();
  }
}
