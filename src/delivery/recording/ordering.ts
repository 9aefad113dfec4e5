import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf, tableOf } from '../../database/dialect.js';
import type { WebhookEvent } from '../../events/webhook-event.js';
import { WebhookChanged } from '../../events/webhook-signals.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { InjectDatabase, InjectEmitter, InjectSchedule } from '../../host/tokens.js';
import { WebhookSequenceEntity } from '../model/delivery-entities.js';
import type { OrderPosition } from '../model/order-position.js';
import { WebhookCache, type WebhookSet } from '../webhook-cache/webhook-cache.js';

const POLL_JOB = 'posthorn.order-wanted';

/** How often each instance checks whether a webhook requires ordering, milliseconds. */
const POLL_EVERY_MS = 400;

/** The oldest copy of the webhooks that will do, milliseconds: with the pause between two checks it is a second. */
const MAX_COPY_AGE_MS = 600;

/**
 * Knows whether any webhook requires its events in order. Only then does the recording of an event allocate a sequence
 * number, because that costs the producer's transaction a statement and a row lock. The order of a webhook holds for
 * events that are recorded a second or more after ordering was switched on.
 */
@Injectable()
export class OrderingMonitor implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Delivery');
  private required = false;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
    @InjectEmitter() private readonly emitter: EventEmitter2,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {}

  get isRequired(): boolean {
    return this.required;
  }

  async onModuleInit(): Promise<void> {
    await this.refresh();
    this.emitter.on(WebhookChanged.signal, this.refresh);
    runEvery(this.schedule, POLL_JOB, POLL_EVERY_MS, () => void this.poll());
  }

  onApplicationShutdown(): void {
    this.emitter.off(WebhookChanged.signal, this.refresh);
    stopRunning(this.schedule, POLL_JOB);
  }

  private readonly refresh = async (): Promise<void> => {
    this.note(await this.webhooks.current(this.dataSource.manager));
  };

  private note({ byId }: WebhookSet): void {
    this.required = [...byId.values()].some(({ ordering }) => ordering === 'entry');
  }

  private async poll(): Promise<void> {
    try {
      this.note(await this.webhooks.recent(this.dataSource.manager, MAX_COPY_AGE_MS));
    } catch (error) {
      this.logger.debug(
        `Polling for ordered webhooks failed; the next poll retries: ${(error as Error).message}`,
      );
    }
  }
}

/**
 * Hashes the order key of an event: the tenant, model and key of the thing that changed.
 *
 * @returns null for an event without a key
 */
export function hashOrderKey({
  tenant,
  model,
  type,
  key,
}: Pick<WebhookEvent, 'tenant' | 'model' | 'type' | 'key'>): string | null {
  if (key === null) return null;
  // Things without a model (files) are told apart by the first part of the event type.
  const kind = model ?? type.split('.')[0];
  return createHash('sha256')
    .update(JSON.stringify([tenant, kind, key]))
    .digest('hex');
}

/**
 * Allocates the next sequence number of an order key. Its row stays locked until the transaction ends, so that the
 * order of the numbers is the order of the commits, whatever clocks and ids say. Two transactions that change the same
 * thing run one after the other.
 */
export async function allocatePosition(manager: EntityManager, key: string): Promise<OrderPosition> {
  const table = tableOf(manager, WebhookSequenceEntity);
  const increment =
    dialectOf(manager) === 'mysql'
      ? 'ON DUPLICATE KEY UPDATE sequence = sequence + 1'
      : 'ON CONFLICT (order_key) DO UPDATE SET sequence = sequence + 1';
  await manager.query(`INSERT INTO ${table} (order_key, sequence) VALUES (?, 1) ${increment}`, [key]);
  // A transaction sees its own writes, also under REPEATABLE READ.
  const [row] = await manager.query<{ sequence: string | number }[]>(
    `SELECT sequence FROM ${table} WHERE order_key = ?`,
    [key],
  );
  return { key, sequence: Number(row?.sequence) };
}
