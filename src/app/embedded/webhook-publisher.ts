import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { type ClientTransaction, isClientTransaction } from '../../database/clients/client-transaction.js';
import { EventPublisher } from '../../delivery/recording/event-publisher.js';
import { DeliveryWorker } from '../../delivery/worker/delivery-worker.js';
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
        'Give it a manager of that data source, or name this one in the option "dataSource". For one on the same database: publish(fromTypeOrm(manager), …).',
    );
  }
}

/** The transaction of a change: TypeORM's, or another client's by an adapter such as `fromPrisma(tx)`. */
export type PublishTransaction = EntityManager | QueryRunner | ClientTransaction;

/** Records events without the event emitter. */
@Injectable()
export class WebhookPublisher {
  // oxlint-disable-next-line max-params
  constructor(
    private readonly publisher: EventPublisher,
    private readonly catalogue: EventCatalogue,
    private readonly worker: DeliveryWorker,
    @Inject(OPTIONS) private readonly options: WebhooksModuleOptions,
    @Inject(HOST_SETTINGS) private readonly settings: Settings,
    @InjectDatabase() private readonly dataSource: DataSource,
  ) {}

  /**
   * Records an event in the transaction of the change (transactional outbox): both are committed or neither is.
   *
   * @param transaction the manager or query runner of that transaction, of the data source with `webhooksEntities()`; one
   *   outside of a transaction opens one for the event. Or a transaction of another client on the same database, by its
   *   adapter: its commit is not heard, so call {@link wake} after it
   * @param event its `data` has the type that the host's `WebhookEvents` declares for its `type`
   * @returns the event's id, the `webhook-id` of its requests
   * @throws {InvalidEventError} before it writes, for what `POST /admin/events` refuses: a name, the size, data that does
   *   not fit the schema of its type
   * @throws {OtherDataSourceError} before it writes
   * @throws {EventRefusedError} before it writes, while a bound of `limits` is passed; also when the disk is full
   */
  async publish<Type extends WebhookEventType>(
    transaction: PublishTransaction,
    event: WebhookEventInit<Type>,
  ): Promise<string>;
  /**
   * Records an event in the transaction whose manager the option `manager` returns.
   *
   * @throws {NoTransactionError} where the module has no such option
   */
  async publish<Type extends WebhookEventType>(event: WebhookEventInit<Type>): Promise<string>;
  async publish<Type extends WebhookEventType>(
    ...args: [PublishTransaction, WebhookEventInit<Type>] | [WebhookEventInit<Type>]
  ): Promise<string> {
    const [transaction, event] = args.length === 2 ? args : [this.currentTransaction(), args[0]];
    const init = event as unknown as WebhookEventInit;
    if (isClientTransaction(transaction)) {
      checkEvent(this.catalogue, init, this.settings.http.maxBodyBytes);
      const id = await this.publisher.publishThrough(transaction, init);
      this.worker.expect();
      return id;
    }
    if (transaction.dataSource !== this.dataSource) throw new OtherDataSourceError();
    checkEvent(this.catalogue, init, this.settings.http.maxBodyBytes);
    return this.publisher.publish(
      'startTransaction' in transaction ? transaction.manager : transaction,
      init,
    );
  }

  /**
   * Has this process look for events at once. Call it after the commit of another client's transaction; without it a poll
   * finds the event (`delivery.pollMs`, a quarter of a second). No effect where `worker` is off.
   */
  wake(): void {
    this.worker.notify();
  }

  private currentTransaction(): PublishTransaction {
    if (!this.options.manager) throw new NoTransactionError();
    return this.options.manager();
  }
}
