import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { isUnavailable } from '../../database/database-errors.js';
import { Clock } from '../../host/clock.js';
import { DELIVERY_OPTIONS, type DeliveryOptions, RANDOM, type Random } from '../options/delivery-options.js';
import type { Claim } from '../model/claim.js';
import { Leases } from '../claiming/leases.js';
import { WebhookHealthTracker } from '../health/webhook-health.js';
import { judgeAttempt } from '../outcomes/judge-attempt.js';
import type { Outcome } from '../model/outcome.js';
import { SlotList } from '../sending/slot-list.js';
import { Sender } from '../sending/sender.js';
import { CommitWatch } from '../recording/commit-watch.js';
import { WorkFinder } from './work-finder.js';
import { LocalQueues } from './local-queues.js';
import { LeaseKeeper } from './lease-keeper.js';
import { OutcomeBuffer } from './outcome-buffer.js';

/** After a fault of the database it is asked again this much later, milliseconds. */
const FAULT_PAUSE_MS = 500;

/** Between two looks for small things, so that what is committed together is fanned out together; milliseconds. */
const GATHER_MS = 2;

/**
 * The engine: finds work, sends it, hands the outcomes to the writer. One loop finds, many requests are out at a time.
 *
 * `notify()` says that there may be work; it is a hint, and the scheduled retrier gives it too, so that everything due
 * is found within a second though every hint is lost.
 */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Delivery');
  private readonly lanes: LocalQueues;
  private readonly out = new SlotList<Claim>();
  private readonly keeper: LeaseKeeper;
  private loop: Promise<void> | null = null;
  private stopping = false;
  private stopped: Promise<void> | null = null;
  private hinted = false;
  private lookForDue = true;
  private wake: (() => void) | null = null;
  private idle: (() => void)[] = [];
  private flushing: Promise<void> = Promise.resolve();

  // oxlint-disable-next-line max-params
  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @Inject(RANDOM) private readonly random: Random,
    private readonly work: WorkFinder,
    private readonly sender: Sender,
    private readonly writer: OutcomeBuffer,
    private readonly leases: Leases,
    private readonly commits: CommitWatch,
    private readonly clock: Clock,
    private readonly health: WebhookHealthTracker,
  ) {
    this.lanes = new LocalQueues(options.concurrency, () => writer.pending.length);
    writer.onWritten(this.afterWriting);
    this.keeper = new LeaseKeeper(leases, clock, options.leaseMs, () => [
      ...this.out,
      ...this.lanes.waiting(),
      ...writer.pending.map(({ claim }) => claim),
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

  /** Requests that are out now. */
  get inFlight(): number {
    return this.out.size;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** There may be work. */
  notify(): void {
    this.lookForDue = true;
    this.wakeUp();
  }

  /** Finds all work that is due now, sends it and records it; for tests and hosts that drive the worker by hand. */
  async runOnce(): Promise<void> {
    let found = true;
    while (found) {
      ({ more: found } = await this.work.find(this.lanes, true, this.takeOver));
      await this.settle();
    }
  }

  /** Keeps the leases of everything that is held here; called often enough by the retrier. */
  async renewLeases(): Promise<void> {
    await this.keeper.renew();
  }

  /** Claims no more, waits for what is out until the grace time ends, hands the rest back. */
  async stop(): Promise<void> {
    this.stopped ??= this.drain();
    await this.stopped;
  }

  private async drain(): Promise<void> {
    this.stopping = true;
    this.notify();
    await this.loop;
    await this.work.settle();
    await this.handBack(this.lanes.drainWaiting());
    const timer = setTimeout(() => this.sender.abortAll(), this.options.graceMs);
    await this.nothingOut();
    clearTimeout(timer);
    await this.writer.settle();
    await this.flushHealth();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.hinted = false;
      const forDue = this.lookForDue;
      this.lookForDue = false;
      try {
        const found = await this.work.find(this.lanes, forDue, this.takeOver);
        // While a backlog is fanned out, looking for what is due is for the hints: it takes as long as fanning out.
        this.lookForDue ||= found.moreDue;
        if (found.more) continue;
      } catch (error) {
        this.report(error);
        await this.rest(FAULT_PAUSE_MS);
        continue;
      }
      if (this.hinted) await this.rest(GATHER_MS);
      else await this.rest();
    }
  }

  private wakeUp(): void {
    this.hinted = true;
    this.wake?.();
  }

  private readonly takeOver = (claims: Claim[]): void => {
    for (const claim of claims) this.lanes.enqueue(claim);
    if (!this.stopping) this.sendNext();
    this.keeper.look(claims);
  };

  private sendNext(): void {
    const tooLate: Claim[] = [];
    for (const claim of this.lanes.next()) {
      // A process that was stopped for a while must not send what others have taken over meanwhile. The clock is read
      // for each: a burst takes its time, and the stop may fall into it.
      if (claim.leaseUntil <= this.clock.now()) {
        this.lanes.dropped(claim.webhook.id);
        tooLate.push(claim);
        continue;
      }
      void this.attempt(claim);
    }
    // What nobody has taken over yet was not sent, and its claim must not count as one that its worker died of.
    if (tooLate.length > 0) void this.handBack(tooLate);
  }

  private async attempt(claim: Claim): Promise<void> {
    const place = this.out.add(claim);
    const attempt = await this.sender.send(this.work.upToDate(claim));
    this.lanes.done(claim.webhook.id, {
      answered: attempt.statusCode !== null,
      durationMs: attempt.durationMs,
    });
    if (attempt.errorCode === 'CUT_OFF') {
      await this.handBack([claim]);
    } else {
      const policy = {
        schedule: claim.webhook.retrySchedule ?? this.options.retrySchedule,
        jitter: this.options.retryJitter,
      };
      const result =
        claim.redeliveryId === null ? judgeAttempt(attempt, policy, claim.retriesUsed, this.random()) : null;
      const outcome = { claim, attempt, result };
      this.writer.add(outcome);
      if (this.health.note(outcome)) await this.leaveAlone(claim.webhook.id);
    }
    this.out.remove(place);
    if (!this.stopping) this.sendNext();
    if (this.out.size === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  private async leaveAlone(webhookId: string): Promise<void> {
    await this.handBack(this.lanes.leaveAlone(webhookId));
    await this.flushHealth();
  }

  /** Writes what is known of the receivers; called at once for a pause, else by the retrier. */
  async flushHealth(): Promise<void> {
    // One after another: a second one meanwhile would only wait for the first's rows.
    this.flushing = this.flushing.then(async () => {
      try {
        await this.health.flush();
        this.lanes.forgetWhoIsAlone();
      } catch (error) {
        this.logger.warn(`What is known of receivers cannot be written now: ${(error as Error).message}`);
      }
    });
    await this.flushing;
  }

  private readonly afterWriting = (outcomes: readonly Outcome[]): void => {
    // Looking costs the same for one as for many, so it waits until there is room for some.
    const hasRoom = this.lanes.hasRoomForMany;
    const mayHaveMore = ({ claim: { webhook } }: Outcome): boolean =>
      webhook.ordering === 'entry' || (hasRoom && this.work.hasMoreFor(webhook.id));
    if (outcomes.some(mayHaveMore)) this.notify();
    else if (this.work.mayFanOut(this.lanes)) this.wakeUp();
  };

  private async settle(): Promise<void> {
    await this.nothingOut();
    await this.writer.settle();
    await this.flushHealth();
  }

  private async nothingOut(): Promise<void> {
    while (this.out.size > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private async handBack(claims: Claim[]): Promise<void> {
    try {
      await this.leases.handBack(claims);
    } catch (error) {
      this.logger.warn(
        `${claims.length} deliveries could not be handed back (${(error as Error).message}); others take them when their leases run out.`,
      );
    }
  }

  /** Until a hint comes, or so much time has passed. */
  private async rest(ms?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      if (ms === undefined || this.stopping) this.wake = resolve;
      if (this.stopping) resolve();
      timer?.unref();
    });
    this.wake = null;
  }

  private report(error: unknown): void {
    const { message, stack } = error as Error;
    if (isUnavailable(error))
      this.logger.warn(`The database cannot be used now (${message}); work goes on when it is back.`);
    else this.logger.error(`Looking for work failed: ${message}`, stack);
  }
}
