import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { InjectSchedule } from '../../host/tokens.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { DeliveryWorker } from './delivery-worker.js';

const POLL = 'posthorn.retrier.look';
const STALLED = 'posthorn.retrier.stalled';
const RENEW = 'posthorn.retrier.renew';
const HEALTH = 'posthorn.retrier.health';
const ASK = 'posthorn.retrier.ask';
/** After so many polls that found nothing every second one is left out: a worker that is idle costs little. */
const IDLE_AFTER_POLLS = 40;
/** How often the health of webhooks is written, milliseconds. */
const HEALTH_EVERY_MS = 500;
/** How often the gate is read while anything is held, milliseconds: well before its copy is too old to send on. */
const ASK_EVERY_MS = 200;
/** How often requests are looked at that may have stalled, milliseconds. */
const STALLED_EVERY_MS = 50;

/**
 * The scheduled retrier: the worker's timers. It has the worker poll for due retries, and for deliveries whose worker
 * died, on whichever instance is alive; and it renews leases. It fires on every instance: claims decide who sends.
 */
@Injectable()
export class Retrier implements OnApplicationBootstrap, OnModuleDestroy {
  private ticks = 0;

  constructor(
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    private readonly worker: DeliveryWorker,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    runEvery(this.schedule, POLL, this.options.pollMs, () => this.poll());
    runEvery(this.schedule, HEALTH, HEALTH_EVERY_MS, () => void this.worker.flushHealth());
    runEvery(this.schedule, ASK, ASK_EVERY_MS, () => void this.worker.askAnew());
    runEvery(this.schedule, STALLED, STALLED_EVERY_MS, () => void this.worker.freeStalled());
    runEvery(this.schedule, RENEW, this.options.leaseMs / 3, () => void this.worker.renewLeases());
  }

  /** Has the worker poll; called by the timer. */
  poll(): void {
    this.ticks += 1;
    if (this.worker.idlePolls < IDLE_AFTER_POLLS || this.ticks % 2 === 0) this.worker.notify();
  }

  /** Polling stops. Leases are renewed until the process has drained. */
  onModuleDestroy(): void {
    stopRunning(this.schedule, POLL);
  }
}
