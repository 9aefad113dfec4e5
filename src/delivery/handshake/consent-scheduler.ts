import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { InjectEmitter, InjectSchedule } from '../../host/tokens.js';
import { toLogLine } from '../../host/log-text.js';
import { WebhookChanged } from '../../events/webhook-signals.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { DeliveryWorker } from '../worker/delivery-worker.js';
import { ConsentRequest } from './consent-request.js';
import { HandshakeStore } from './handshake-store.js';

const POLL_JOB = 'posthorn.handshake.look';
const POLL_EVERY_MS = 1_000;
/** The most handshakes that run at a time. */
const MAX_CONCURRENT = 16;

/**
 * Schedules the handshakes of webhooks that require one: it asks each receiver for its consent before the first
 * delivery, and again with backoff while the receiver does not consent. Until then deliveries wait without an attempt.
 */
@Injectable()
export class ConsentScheduler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Handshake');
  private readonly asking = new Map<string, Promise<void>>();

  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    private readonly store: HandshakeStore,
    private readonly request: ConsentRequest,
    private readonly worker: DeliveryWorker,
    @InjectEmitter() private readonly emitter: EventEmitter2,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    this.emitter.on(WebhookChanged.signal, this.onChanged);
    runEvery(this.schedule, POLL_JOB, POLL_EVERY_MS, () => {
      // The worker's poll reads the webhooks when one has changed.
      if (this.store.mayAnyBeDue) void this.poll();
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.emitter.off(WebhookChanged.signal, this.onChanged);
    stopRunning(this.schedule, POLL_JOB);
    // Another instance asks when the claims of these handshakes have run out.
    this.request.stop();
    await Promise.all(this.asking.values());
  }

  /** Polls at once when a webhook was created or changed. */
  private readonly onChanged = async (): Promise<void> => this.poll();

  /** Starts the handshakes that are due, and does not wait for their answers. */
  async poll(): Promise<void> {
    try {
      const due = await this.store.findDue(this.asking);
      for (const webhook of due.slice(0, Math.max(0, MAX_CONCURRENT - this.asking.size)))
        this.startAsking(webhook);
    } catch (error) {
      this.logger.debug(
        `Polling for due handshakes failed; the next poll retries: ${(error as Error).message}`,
      );
    }
  }

  /** Runs the handshakes that are due and waits for their answers; for tests and hosts that call it themselves. */
  async runOnce(): Promise<void> {
    await this.poll();
    await Promise.all(this.asking.values());
  }

  private startAsking(webhook: DeliverableWebhook): void {
    // Two concurrent polls find the same webhooks.
    if (this.asking.has(webhook.id)) return;
    const asking = this.ask(webhook)
      .catch((error: unknown) => {
        this.logger.warn(
          `The handshake of webhook ${webhook.id} could not be stored and is retried: ${(error as Error).message}`,
        );
      })
      .finally(() => this.asking.delete(webhook.id));
    this.asking.set(webhook.id, asking);
  }

  private async ask(webhook: DeliverableWebhook): Promise<void> {
    const claimToken = await this.store.claim(webhook);
    if (claimToken === null) return;
    const consent = await this.request.ask(webhook);
    // The claim of the handshake runs out, and then it is due again.
    if (consent === null) return;
    await this.store.recordConsent(webhook, consent, claimToken);
    if (consent.isGiven) this.worker.notify();
    else {
      this.logger.log(
        `Webhook ${webhook.id} (${toLogLine(webhook.name)}) has no consent yet, its deliveries wait: ${toLogLine(consent.problem ?? '')}`,
      );
    }
  }
}
