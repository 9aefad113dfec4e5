import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource, type EntityManager } from 'typeorm';
import { inReadCommitted } from '../../database/transactions.js';
import {
  type AnyWebhookSignal,
  emitChanging,
  emitSignal,
  WebhookTenantChanged,
} from '../../events/webhook-signals.js';
import { OnDemandAsyncLocalStorage } from '../../host/on-demand-async-local-storage.js';
import { InjectDatabase, InjectEmitter } from '../../host/tokens.js';
import { WebhookSource } from '../webhook-source.js';

/** The result of a change, and the signals to emit after its commit: one or more of each webhook that it changed. */
export interface WebhookChange<T> {
  answer: T;
  signals: AnyWebhookSignal[];
}

/** Runs each change of webhooks in a transaction that raises the version of the webhooks, and emits signals after it. */
@Injectable()
export class WebhookTransactions {
  private readonly logger = new Logger('Webhooks');
  /** The open transaction of {@link runTogether}. */
  private readonly joint = new OnDemandAsyncLocalStorage<{
    manager: EntityManager;
    signals: AnyWebhookSignal[];
  }>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly source: WebhookSource,
    @InjectEmitter() private readonly emitter: EventEmitter2,
  ) {}

  /**
   * Runs a change, and waits for the listeners of its signals. A listener that throws is logged; the change stands.
   *
   * @param change may run more than once (the transaction is retried after a deadlock), so it must only read and write
   *   through the manager
   */
  async run<T>(change: (manager: EntityManager) => Promise<WebhookChange<T>>): Promise<T> {
    const joint = this.joint.get();
    if (joint) {
      const { answer, signals } = await change(joint.manager);
      joint.signals.push(...signals);
      return answer;
    }
    const { answer, signals } = await inReadCommitted(this.dataSource, async (manager) => {
      // First: it locks the version's row, so the second of two concurrent changes reads the result of the first.
      await this.source.bumpVersion(manager);
      const result = await change(manager);
      await this.recordChanged(
        manager,
        result.signals.map(({ webhookId }) => webhookId),
      );
      return result;
    });
    for (const each of signals) await this.emit(each);
    return answer;
  }

  /**
   * Runs many changes in one transaction: every {@link run} inside the work joins it, and the signals are emitted after
   * the one commit.
   *
   * @param work may run more than once, as a change may
   */
  async runTogether<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.run(async (manager) => {
      const signals: AnyWebhookSignal[] = [];
      const answer = await this.joint.run({ manager, signals }, () => work(manager));
      return { answer, signals };
    });
  }

  /** Raises the version of the webhooks in the caller's transaction; {@link recordChanged} follows it. */
  async bumpVersion(manager: EntityManager): Promise<void> {
    await this.source.bumpVersion(manager);
  }

  /** Records which webhooks the caller's transaction changed, so that readers read those alone. */
  async recordChanged(manager: EntityManager, webhookIds: readonly string[]): Promise<void> {
    await this.source.recordChanged(manager, webhookIds);
  }

  /**
   * Tells that a webhook goes to another tenant, inside the transaction of the change.
   *
   * @returns the signal to emit after the commit
   * @throws the error of a listener, which rolls the change back
   */
  async changeTenant(manager: EntityManager, webhookId: string): Promise<WebhookTenantChanged> {
    const signal = new WebhookTenantChanged(webhookId, manager);
    await emitChanging(this.emitter, signal);
    return signal;
  }

  /** Emits a signal, to be called after the commit. A listener that throws is logged; the change stands. */
  async emit(event: AnyWebhookSignal): Promise<void> {
    try {
      await emitSignal(this.emitter, event);
    } catch (error) {
      this.logger.error(
        `A listener of ${event.signal} for webhook ${event.webhookId} failed, the change stands: ${String(error)}`,
        error instanceof Error ? error.stack : undefined,
      );
    }
  }
}
