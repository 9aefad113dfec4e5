import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource, type EntityManager } from 'typeorm';
import { inReadCommitted } from '../../database/transactions.js';
import { type AnyWebhookSignal, emitSignal } from '../../events/webhook-signals.js';
import { OnDemandAsyncLocalStorage } from '../../host/on-demand-async-local-storage.js';
import { WebhookSource } from '../webhook-source.js';
import { InjectDatabase, InjectEmitter } from '../../host/tokens.js';

/** What a change answers, and what is told once it is committed. */
export interface WebhookChange<T> {
  answer: T;
  signals: AnyWebhookSignal[];
}

/** Changes webhooks: one transaction each, in which the registry's version goes up; signals after the commit. */
@Injectable()
export class WebhookTransactions {
  private readonly logger = new Logger('Webhooks');
  /** The transaction of changes that are made together. */
  private readonly joint = new OnDemandAsyncLocalStorage<{
    manager: EntityManager;
    signals: AnyWebhookSignal[];
  }>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly registry: WebhookSource,
    @InjectEmitter() private readonly emitter: EventEmitter2,
  ) {}

  /**
   * Makes a change and waits for those who listen to its signals. A listener that fails is logged: the change stands.
   *
   * @param change may run more than once (the database may give a transaction up), so it only reads and writes through
   *   the manager
   */
  async make<T>(change: (manager: EntityManager) => Promise<WebhookChange<T>>): Promise<T> {
    const joint = this.joint.get();
    if (joint) {
      const { answer, signals } = await change(joint.manager);
      joint.signals.push(...signals);
      return answer;
    }
    const { answer, signals } = await inReadCommitted(this.dataSource, async (manager) => {
      // First, so that of two changes at once the second reads what the first wrote.
      await this.registry.bump(manager);
      return change(manager);
    });
    for (const each of signals) await this.tell(each);
    return answer;
  }

  /**
   * Makes many changes in one transaction: all that is changed through {@link make} while the work runs stands or falls
   * with it, and the signals are told after its commit.
   *
   * @param work may run more than once, as a change may
   */
  async makeTogether<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.make(async (manager) => {
      const signals: AnyWebhookSignal[] = [];
      const answer = await this.joint.run({ manager, signals }, () => work(manager));
      return { answer, signals };
    });
  }

  /** Raises the registry's version, in the transaction of a change that somebody else makes. */
  async bump(manager: EntityManager): Promise<void> {
    await this.registry.bump(manager);
  }

  /** Tells a signal after its commit. A listener that fails is logged: the change stands. */
  async tell(said: AnyWebhookSignal): Promise<void> {
    try {
      await emitSignal(this.emitter, said);
    } catch (error) {
      this.logger.error(
        `A listener failed on ${said.signal} of webhook ${said.webhookId}: ${String(error)}`,
        error instanceof Error ? error.stack : undefined,
      );
    }
  }
}
