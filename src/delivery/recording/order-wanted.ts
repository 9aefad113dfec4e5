import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { InjectDatabase, InjectEmitter, InjectSchedule } from '../../host/tokens.js';
import { WebhookChanged } from '../../events/webhook-signals.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';

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
