import { createHash } from 'node:crypto';
import type { EntityManager, DataSource } from 'typeorm';
import { tableOf, upsertIncrement } from '../../database/dialect.js';
import type { WebhookEvent } from '../../events/webhook-event.js';
import { WebhookSequenceEntity } from '../model/delivery-entities.js';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { InjectDatabase, InjectEmitter, InjectSchedule } from '../../host/tokens.js';
import { WebhookChanged } from '../../events/webhook-signals.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';

/** A place in the line of one thing. */
export interface OrderPosition {
  key: string;
  sequence: number;
}

/** The line of the thing that an event is of: its tenant, model and key. Null for an event of no thing. */
export function lineOf({
  tenant,
  model,
  type,
  key,
}: Pick<WebhookEvent, 'tenant' | 'model' | 'type' | 'key'>) {
  if (key === null) return null;
  // Things without a model (files) are told apart by what their events' names begin with.
  const kind = model ?? type.split('.')[0];
  return createHash('sha256')
    .update(JSON.stringify([tenant, kind, key]))
    .digest('hex');
}

/**
 * Gives the next number of a line. Its row stays locked until the transaction ends, so that the order of the numbers is
 * the order of the commits, whatever clocks and ids say; two transactions that change the same thing follow one another.
 */
export async function nextInLine(manager: EntityManager, line: string): Promise<OrderPosition> {
  const table = tableOf(manager, WebhookSequenceEntity);
  const orIncrement = upsertIncrement(manager, 'order_key', 'sequence');
  await manager.query(`INSERT INTO ${table} (order_key, sequence) VALUES (?, 1)${orIncrement}`, [line]);
  // A transaction reads what it wrote itself, also under REPEATABLE READ.
  const [row] = await manager.query<{ sequence: string | number }[]>(
    `SELECT sequence FROM ${table} WHERE order_key = ?`,
    [line],
  );
  return { key: line, sequence: Number(row?.sequence) };
}

const LOOK = 'posthorn.order-wanted';

/** How often every instance looks whether some webhook wants order, milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Whether any webhook wants its events in order. Only then does a producer's transaction take a number, because that
 * costs it a statement and a lock. The order of a webhook holds for what happens a second or more after it was asked for.
 */
@Injectable()
export class OrderWanted implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Delivery');
  private wanted = false;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
    @InjectEmitter() private readonly emitter: EventEmitter2,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {}

  get isWanted(): boolean {
    return this.wanted;
  }

  async onModuleInit(): Promise<void> {
    await this.look();
    this.emitter.on(WebhookChanged.signal, this.look);
    runEvery(this.schedule, LOOK, LOOK_EVERY_MS, () => void this.keepLooking());
  }

  onApplicationShutdown(): void {
    this.emitter.off(WebhookChanged.signal, this.look);
    stopRunning(this.schedule, LOOK);
  }

  private readonly look = async (): Promise<void> => {
    const { byId } = await this.webhooks.current(this.dataSource.manager);
    this.wanted = [...byId.values()].some(({ ordering }) => ordering === 'entry');
  };

  private async keepLooking(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.logger.debug(`The webhooks cannot be read now: ${(error as Error).message}`);
    }
  }
}
