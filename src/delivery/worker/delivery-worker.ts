import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { isUnavailable } from '../../database/database-errors.js';
import { Clock } from '../../host/clock.js';
import { SlotList } from '../../host/slot-list.js';
import { LeaseKeeper, Leases } from '../claiming/leases.js';
import { WebhookHealthTracker } from '../health/webhook-health.js';
import type { Claim } from '../model/claim.js';
import type { Outcome } from '../model/outcome.js';
import { DELIVERY_OPTIONS, type DeliveryOptions, RANDOM, type Random } from '../options/delivery-options.js';
import { judgeAttempt } from '../outcomes/judge-attempt.js';
import { CommitWatch } from '../recording/commit-watch.js';
import { Sender } from '../sending/sender.js';
import { LocalQueues } from './local-queues.js';
import { OutcomeBuffer } from './outcome-buffer.js';
import { WorkFinder } from './work-finder.js';

/** After a fault of the database the next poll waits this long, milliseconds. */
const FAULT_PAUSE_MS = 500;

/** The pause between two polls that hints asked for, milliseconds: events that are committed together share a batch. */
const GATHER_MS = 2;

/**
 * The engine: one loop polls for work, many requests are in flight, and a buffer records their outcomes.
 *
 * `notify()` says that there may be work. It is only a hint: the scheduled retrier calls it too, so that everything due
 * is found within a second though every hint is lost.
 */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Delivery');
  private readonly queues: LocalQueues;
  private readonly sending = new SlotList<Claim>();
  private readonly keeper: LeaseKeeper;
  private loop: Promise<void> | null = null;
  private isStopping = false;
  private stopped: Promise<void> | null = null;
  private isHinted = false;
  private isDueWanted = true;
  private wake: (() => void) | null = null;
  private whenIdle: (() => void)[] = [];
  private flushing: Promise<void> = Promise.resolve();

  // oxlint-disable-next-line max-params
  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @Inject(RANDOM) private readonly random: Random,
    private readonly work: WorkFinder,
    private readonly sender: Sender,
    private readonly outcomes: OutcomeBuffer,
    private readonly leases: Leases,
    private readonly commits: CommitWatch,
    private readonly clock: Clock,
    private readonly health: WebhookHealthTracker,
  ) {
    this.queues = new LocalQueues(options.concurrency, () => outcomes.pending.length);
    outcomes.onWritten(this.afterWriting);
    this.keeper = new LeaseKeeper(leases, clock, options.leaseMs, () => [
      ...this.sending,
      ...this.queues.queued(),
      ...outcomes.pending.map(({ claim }) => claim),
    ]);
  }

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    this.commits.onCommit(() => this.wakeUp());
    this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Requests that are in flight now. */
  get inFlight(): number {
    return this.sending.size;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Hints that there may be work. */
  notify(): void {
    this.isDueWanted = true;
    this.wakeUp();
  }

  /** Finds all work that is due now, sends it and records it; for tests and hosts that drive the worker by hand. */
  async runOnce(): Promise<void> {
    let hasMore = true;
    while (hasMore) {
      ({ hasMore } = await this.work.poll(this.queues, true, this.accept));
      await this.settle();
    }
  }

  /** Renews the leases of everything that is held here; the retrier calls it three times a lease. */
  async renewLeases(): Promise<void> {
    await this.keeper.renew();
  }

  /** Stops claiming, waits for requests in flight until the grace time ends, and releases the other claims. */
  async stop(): Promise<void> {
    this.stopped ??= this.drain();
    await this.stopped;
  }

  private async drain(): Promise<void> {
    this.isStopping = true;
    this.notify();
    await this.loop;
    await this.work.settle();
    await this.release(this.queues.drain());
    const timer = setTimeout(() => this.sender.abortAll(), this.options.graceMs);
    await this.waitUntilIdle();
    clearTimeout(timer);
    await this.outcomes.settle();
    await this.flushHealth();
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      this.isHinted = false;
      const forDue = this.isDueWanted;
      this.isDueWanted = false;
      try {
        const { hasMore, hasMoreDue } = await this.work.poll(this.queues, forDue, this.accept);
        // While a backlog is fanned out, due deliveries are polled for on hints alone: a poll takes as long as a batch.
        this.isDueWanted ||= hasMoreDue;
        if (hasMore) continue;
      } catch (error) {
        this.logFault(error);
        await this.rest(FAULT_PAUSE_MS);
        continue;
      }
      if (this.isHinted) await this.rest(GATHER_MS);
      else await this.rest();
    }
  }

  private wakeUp(): void {
    this.isHinted = true;
    this.wake?.();
  }

  private readonly accept = (claims: Claim[]): void => {
    for (const claim of claims) this.queues.enqueue(claim);
    if (!this.isStopping) this.sendNext();
    this.keeper.renewIfShort(claims);
  };

  private sendNext(): void {
    const expired: Claim[] = [];
    for (const claim of this.queues.dequeue()) {
      // A process that was suspended must not send what others have taken over meanwhile. The clock is read for each
      // claim: the suspension may fall into a burst.
      if (claim.leaseUntil <= this.clock.now()) {
        this.queues.drop(claim.webhook.id);
        expired.push(claim);
        continue;
      }
      void this.attempt(claim);
    }
    // An expired claim was not sent and must not count as one that killed its worker.
    if (expired.length > 0) void this.release(expired);
  }

  private async attempt(claim: Claim): Promise<void> {
    const place = this.sending.add(claim);
    const attempt = await this.sender.send(this.work.refresh(claim));
    this.queues.complete(claim.webhook.id, {
      answered: attempt.statusCode !== null,
      durationMs: attempt.durationMs,
    });
    if (attempt.errorCode === 'CUT_OFF') {
      await this.release([claim]);
    } else {
      const policy = {
        schedule: claim.webhook.retrySchedule ?? this.options.retrySchedule,
        jitter: this.options.retryJitter,
      };
      const result =
        claim.redeliveryId === null ? judgeAttempt(attempt, policy, claim.retriesUsed, this.random()) : null;
      const outcome = { claim, attempt, result };
      this.outcomes.add(outcome);
      if (this.health.record(outcome)) await this.pause(claim.webhook.id);
    }
    this.sending.remove(place);
    if (!this.isStopping) this.sendNext();
    if (this.sending.size === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /** Stops sending to a webhook at once, before its pause is written. */
  private async pause(webhookId: string): Promise<void> {
    await this.release(this.queues.pauseLocally(webhookId));
    await this.flushHealth();
  }

  /** Writes the health of webhooks; called at once for a pause, else by the retrier. */
  async flushHealth(): Promise<void> {
    // One after another: a second flush meanwhile would only wait for the first one's row locks.
    this.flushing = this.flushing.then(async () => {
      try {
        this.queues.markPausesWritten(await this.health.flush());
      } catch (error) {
        this.logger.warn(`The health of webhooks cannot be written now: ${(error as Error).message}`);
      }
    });
    await this.flushing;
  }

  private readonly afterWriting = (outcomes: readonly Outcome[]): void => {
    // A poll costs the same for one as for many, so it waits until there is capacity for some.
    const { isHalfFree } = this.queues;
    const mayHaveMore = ({ claim: { webhook } }: Outcome): boolean =>
      webhook.ordering === 'entry' || (isHalfFree && this.work.hasMoreFor(webhook.id));
    if (outcomes.some(mayHaveMore)) this.notify();
    else if (this.work.wakeIfCapacity(this.queues)) this.wakeUp();
  };

  private async settle(): Promise<void> {
    await this.waitUntilIdle();
    await this.outcomes.settle();
    await this.flushHealth();
  }

  private async waitUntilIdle(): Promise<void> {
    while (this.sending.size > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  private async release(claims: Claim[]): Promise<void> {
    try {
      await this.leases.release(claims);
    } catch (error) {
      this.logger.warn(
        `${claims.length} deliveries could not be released (${(error as Error).message}); other workers claim them when their leases end.`,
      );
    }
  }

  /** Waits for a hint, or for so many milliseconds. */
  private async rest(ms?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      if (ms === undefined || this.isStopping) this.wake = resolve;
      if (this.isStopping) resolve();
      timer?.unref();
    });
    this.wake = null;
  }

  private logFault(error: unknown): void {
    const { message, stack } = error as Error;
    if (isUnavailable(error))
      this.logger.warn(
        `The database cannot be used now (${message}); the worker polls again when it is back.`,
      );
    else this.logger.error(`Polling for work failed: ${message}`, stack);
  }
}
