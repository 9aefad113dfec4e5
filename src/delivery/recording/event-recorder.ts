import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { EntityManager } from 'typeorm';
import { WebhookEvent } from '../../events/webhook-event.js';
import { TimeOrderedIds, timeOf } from '../../host/time-ordered-ids.js';
import { awaitCommit } from './commit-watch.js';
import { lineOf, nextInLine, OrderWanted } from './ordering.js';
import { Tracing } from '../tracing/tracing.js';
import { insertEvent } from './insert-event.js';
import { InjectEmitter } from '../../host/tokens.js';

/**
 * Listens to every announced event and writes its row in the transaction of the change. What it throws reaches the
 * announcer, and the change rolls back.
 *
 * It listens with `onAny`, because `@OnEvent('**')` hears nothing in a host whose emitter has wildcards off or another
 * delimiter, and a list of names would miss a host's own events.
 */
@Injectable()
export class EventRecorder implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @InjectEmitter() private readonly emitter: EventEmitter2,
    private readonly ids: TimeOrderedIds,
    private readonly order: OrderWanted,
    private readonly tracing: Tracing,
  ) {}

  onModuleInit(): void {
    this.emitter.onAny(this.hear);
  }

  onApplicationShutdown(): void {
    this.emitter.offAny(this.hear);
  }

  /** Records an event. Outside a transaction it opens one of its own. */
  async record(event: WebhookEvent): Promise<string> {
    const span = this.tracing.publishing(event);
    let id: string | null = null;
    try {
      id = await this.write(event, span.traceparent);
      return id;
    } finally {
      span.end(id);
    }
  }

  private async write(event: WebhookEvent, trace: string | null): Promise<string> {
    const id = this.ids.next();
    const write = async (manager: EntityManager) => {
      const line = this.order.isWanted ? lineOf(event) : null;
      const order = line === null ? null : await nextInLine(manager, line);
      // The time that its id says, so that a range of times is the same range of ids.
      await insertEvent(manager, { ...this.contentOf(event, trace), id, createdAt: timeOf(id), order });
      awaitCommit(manager);
    };
    if (event.manager.queryRunner?.isTransactionActive) await write(event.manager);
    else await event.manager.transaction(write);
    event.acknowledge(id);
    return id;
  }

  private readonly hear = async (_name: string | string[], event: unknown): Promise<void> => {
    if (WebhookEvent.is(event) && event.recordedId === null) await this.record(event);
  };

  private contentOf({ type, model, uid, key, tenant, data, context }: WebhookEvent, trace: string | null) {
    return { type, model, uid, key, tenant, data, context: trace === null ? context : { ...context, trace } };
  }
}
