import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { DeliveryWorker } from './delivery-worker.js';
import { InjectSchedule } from '../../host/tokens.js';

const LOOK = 'posthorn.retrier.look';
const RENEW = 'posthorn.retrier.renew';
const HEALTH = 'posthorn.retrier.health';
/** How often what is known of receivers is written, milliseconds. */
const HEALTH_EVERY_MS = 500;

/**
 * The schedule of the worker: again and again it has due retries looked for, and those whose worker died, by whichever
 * instance is alive; and it keeps the leases of what is out. It fires on every instance; claims decide who sends.
 */
@Injectable()
export class Retrier implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    private readonly worker: DeliveryWorker,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    this.schedule.addInterval(
      LOOK,
      setInterval(() => this.worker.notify(), this.options.pollMs),
    );
    this.schedule.addInterval(
      HEALTH,
      setInterval(() => void this.worker.flushHealth(), HEALTH_EVERY_MS),
    );
    this.schedule.addInterval(
      RENEW,
      setInterval(() => void this.worker.renewLeases(), this.options.leaseMs / 3),
    );
  }

  /** Leases are kept until the process has drained: their renewals go on. */
  onModuleDestroy(): void {
    if (this.schedule.doesExist('interval', LOOK)) this.schedule.deleteInterval(LOOK);
  }
}
