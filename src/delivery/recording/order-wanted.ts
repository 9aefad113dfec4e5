import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { WebhookChanged } from '../../events/webhook-signals.js';
import { WebhookCache } from '../fan-out/webhook-cache.js';

/** How often every instance looks whether some webhook wants order, milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Whether any webhook wants its events in order. Only then does a producer's transaction take a number, because that
 * costs it a statement and a lock. The order of a webhook holds for what happens a second or more after it was asked for.
 */
@Injectable()
export class OrderWanted implements OnModuleInit {
  private readonly logger = new Logger('Delivery');
  private wanted = false;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
  ) {}

  get isWanted(): boolean {
    return this.wanted;
  }

  async onModuleInit(): Promise<void> {
    await this.look();
  }

  @OnEvent(WebhookChanged.signal, { suppressErrors: false })
  async look(): Promise<void> {
    const { byId } = await this.webhooks.current(this.dataSource.manager);
    this.wanted = [...byId.values()].some(({ ordering }) => ordering === 'entry');
  }

  @Interval('posthorn.order-wanted', LOOK_EVERY_MS)
  protected async keepLooking(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.logger.debug(`The webhooks cannot be read now: ${(error as Error).message}`);
    }
  }
}
