import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource, type EntityManager } from 'typeorm';
import { inReadCommitted } from '../../database/read-committed.js';
import { type AnyWebhookSignal, signal } from '../../events/webhook-signals.js';
import { WebhookRegistry } from '../webhook-registry.js';
import { InjectDatabase } from '../../database/inject-database.js';
import { InjectEmitter } from '../../events/inject-emitter.js';

/** What a change answers, and what is told once it is committed. */
export interface WebhookChange<T> {
  answer: T;
  signals: AnyWebhookSignal[];
}

/** Changes webhooks: one transaction each, in which the registry's version goes up; signals after the commit. */
@Injectable()
export class WebhookChanges {
  private readonly logger = new Logger('Webhooks');

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly registry: WebhookRegistry,
    @InjectEmitter() private readonly emitter: EventEmitter2,
  ) {}

  /**
   * Makes a change and waits for those who listen to its signals. A listener that fails is logged: the change stands.
   *
   * @param change may run more than once (the database may give a transaction up), so it only reads and writes through
   *   the manager
   */
  async make<T>(change: (manager: EntityManager) => Promise<WebhookChange<T>>): Promise<T> {
    const { answer, signals } = await inReadCommitted(this.dataSource, async (manager) => {
      // First, so that of two changes at once the second reads what the first wrote.
      await this.registry.bump(manager);
      return change(manager);
    });
    for (const each of signals) await this.tell(each);
    return answer;
  }

  /** Raises the registry's version, in the transaction of a change that somebody else makes. */
  async bump(manager: EntityManager): Promise<void> {
    await this.registry.bump(manager);
  }

  /** Tells a signal after its commit. A listener that fails is logged: the change stands. */
  async tell(said: AnyWebhookSignal): Promise<void> {
    try {
      await signal(this.emitter, said);
    } catch (error) {
      this.logger.error(
        `A listener failed on ${said.signal} of webhook ${said.webhookId}: ${String(error)}`,
        error instanceof Error ? error.stack : undefined,
      );
    }
  }
}
