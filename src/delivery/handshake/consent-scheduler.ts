import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { InjectEmitter, InjectDatabase, InjectSchedule } from '../../host/tokens.js';
import { WebhookChanged } from '../../events/webhook-signals.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { DeliveryWorker } from '../worker/delivery-worker.js';
import { ConsentRequest } from './consent-request.js';
import { HandshakeStore } from './handshake-store.js';

const LOOK = 'posthorn.handshake.look';
const LOOK_EVERY_MS = 1_000;
/** So many receivers are asked at a time: one that does not answer must not hold the others back. */
const AT_A_TIME = 16;

/**
 * Asks receivers for their consent before anything is sent to them, where their webhooks want it, and again later where
 * they did not give it. Meanwhile their deliveries wait: no attempt is made and none is counted.
 */
@Injectable()
export class ConsentScheduler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Handshake');
  private readonly asking = new Map<string, Promise<void>>();

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    private readonly webhooks: WebhookCache,
    private readonly book: HandshakeStore,
    private readonly request: ConsentRequest,
    private readonly worker: DeliveryWorker,
    @InjectEmitter() private readonly emitter: EventEmitter2,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    this.emitter.on(WebhookChanged.signal, this.onChanged);
    runEvery(this.schedule, LOOK, LOOK_EVERY_MS, () => void this.look());
  }

  async onModuleDestroy(): Promise<void> {
    this.emitter.off(WebhookChanged.signal, this.onChanged);
    stopRunning(this.schedule, LOOK);
    await Promise.all(this.asking.values());
  }

  /** A webhook was made or changed: whoever has to be asked is asked at once. */
  private readonly onChanged = async (): Promise<void> => this.look();

  /** Begins to ask those who are to be asked now; does not wait for what they say. */
  async look(): Promise<void> {
    try {
      const { byId } = await this.webhooks.current(this.dataSource.manager);
      const waiting = [...byId.values()].filter(
        ({ id, awaitsConsent, isEnabled }) => awaitsConsent && isEnabled && !this.asking.has(id),
      );
      if (waiting.length === 0) return;
      const due = await this.book.due(waiting);
      for (const webhook of due.slice(0, Math.max(0, AT_A_TIME - this.asking.size))) this.begin(webhook);
    } catch (error) {
      this.logger.debug(`The webhooks cannot be read now: ${(error as Error).message}`);
    }
  }

  /** Asks those who are to be asked now and waits for what they say; for tests and hosts that drive it by hand. */
  async runOnce(): Promise<void> {
    await this.look();
    await Promise.all(this.asking.values());
  }

  private begin(webhook: DeliverableWebhook): void {
    // Two looks at once find the same.
    if (this.asking.has(webhook.id)) return;
    const asking = this.ask(webhook)
      .catch((error: unknown) => {
        this.logger.warn(
          `What webhook ${webhook.id} said to the handshake cannot be written now: ${(error as Error).message}`,
        );
      })
      .finally(() => this.asking.delete(webhook.id));
    this.asking.set(webhook.id, asking);
  }

  private async ask(webhook: DeliverableWebhook): Promise<void> {
    if (!(await this.book.take(webhook))) return;
    const consent = await this.request.ask(webhook);
    await this.book.write(webhook, consent);
    if (consent.isGiven) this.worker.notify();
    else this.logger.log(`Webhook ${webhook.id} (${webhook.name}) has no consent yet: ${consent.problem}`);
  }
}
