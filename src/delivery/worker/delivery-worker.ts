import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { isUnavailable } from '../../database/database-errors.js';
import { Clock } from '../../host/clock.js';
import { PollLoop } from '../../host/poll-loop.js';
import { SlotList } from '../../host/slot-list.js';
import { LeaseKeeper, Leases } from '../claiming/leases.js';
import { HostBreakers } from '../health/host-breakers.js';
import { WebhookHealthTracker } from '../health/webhook-health.js';
import type { Claim } from '../model/claim.js';
import type { Outcome } from '../model/outcome.js';
import { getHostKey, type Owner } from '../model/owner.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { CommitWatch } from '../recording/commit-watch.js';
import { Sender } from '../sending/sender.js';
import { AttemptMaker } from './attempt-maker.js';
import { ClaimReturns } from './claim-returns.js';
import { HandOffLedger } from './hand-off-ledger.js';
import { HandOffPlanner } from './hand-off-planner.js';
import { LocalQueues } from './local-queues.js';
import { OutcomeBuffer } from './outcome-buffer.js';
import type { Turn } from './requests-out.js';
import { SendGate } from './send-gate.js';
import { WorkFinder } from './work-finder.js';

/** After the grace time a stop waits this long for the database to take the last outcomes, milliseconds. */
const RECORD_WITHIN_MS = 3_000;

/** A stop waits at most so long for the ends of transactions whose events this process was offered, milliseconds. */
const HEAR_WITHIN_MS = 1_000;

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
  private readonly loop: PollLoop;
  private isStopping = false;
  private stopped: Promise<void> | null = null;
  private whenIdle: (() => void)[] = [];
  private flushing: Promise<void> = Promise.resolve();
  private isFlushWaiting = false;
  /** Claims that wait for the gate to be read, or are being handed back. */
  private asking: Promise<void> | null = null;
  private monotonic: () => number = () => performance.now();

  // oxlint-disable-next-line max-params
  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly work: WorkFinder,
    private readonly sender: Sender,
    private readonly outcomes: OutcomeBuffer,
    leases: Leases,
    private readonly commits: CommitWatch,
    private readonly clock: Clock,
    private readonly health: WebhookHealthTracker,
    private readonly hosts: HostBreakers,
    private readonly gate: SendGate,
    private readonly returns: ClaimReturns,
    private readonly attempts: AttemptMaker,
    private readonly ledger: HandOffLedger,
    private readonly planner: HandOffPlanner,
  ) {
    this.queues = new LocalQueues(
      options.concurrency,
      () => outcomes.pending.length + ledger.unrecorded,
      () => this.monotonic(),
      (owner) => hosts.getAllowance(owner) !== 'all',
    );
    this.loop = new PollLoop((forDue) => work.poll(this.queues, forDue, this.accept), this.logFault);
    outcomes.onWritten(this.afterWriting);
    ledger.serve({
      giveRoomBack: ({ claims }) => {
        for (const { webhook } of claims) this.queues.release(webhook.id);
      },
      record: (ended) => {
        for (const outcome of ended) outcomes.add(outcome);
      },
      handBack: (claims) => void returns.handBack(claims),
      afterWriting: (ended, due) => {
        this.afterWriting(ended);
        work.noteWritten(due.map(({ id }) => id));
        if (due.some(this.isWorthAPoll)) this.notify();
      },
      hint: () => this.loop.hint(),
    });
    this.keeper = new LeaseKeeper(leases, clock, options.leaseMs, () =>
      this.listHeld().filter((claim) => !ledger.holds(claim)),
    );
    work.leaveOut({ list: () => this.listHeld(), renew: () => void this.keeper.renew() });
  }

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    this.commits.onCommit(({ isAnyWaiting }) => {
      if (isAnyWaiting) this.loop.hint();
    });
    this.start();
    this.planner.begin({ queues: this.queues, send: this.send });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Replaces the clock by which requests without an answer age; for tests. */
  measureAgeBy(monotonic: () => number): void {
    this.monotonic = monotonic;
  }

  /** Requests that are in flight now. */
  get inFlight(): number {
    return this.sending.size;
  }

  /** How many polls in a row have found nothing to do. */
  get idlePolls(): number {
    return this.work.idlePolls;
  }

  start(): void {
    this.loop.start();
  }

  /** Hints that there may be work. */
  notify(): void {
    this.loop.hintDue();
  }

  /** Expects an event whose commit is not heard: polls come at their full rate again. */
  expect(): void {
    this.work.expect();
  }

  /** Finds all work that is due now, sends it and records it; for tests and hosts that drive the worker by hand. */
  async runOnce(): Promise<void> {
    let hasMore = true;
    while (hasMore) {
      ({ hasMore } = await this.work.poll(this.queues, true, this.accept));
      await this.settle();
    }
  }

  /** Hands back at once what is held and may not be sent after a change that was just committed. */
  async recall(): Promise<void> {
    await this.gate.read();
    await this.handBackRefused();
  }

  /** Reads the gate while anything is held, and hands back what it refuses; the retrier calls it five times a second. */
  async askAnew(): Promise<void> {
    if (this.queues.held + this.queues.stalled === 0 || !(await this.gate.refresh())) return;
    await this.returns.retry();
    await this.handBackRefused();
    await this.returns.dropLost(this.queues);
    this.sendNext();
  }

  /** Renews the leases of everything that is held here; the retrier calls it three times a lease. */
  async renewLeases(): Promise<void> {
    await this.keeper.renew();
  }

  /** Gives the places of requests that have stalled to others; the retrier calls it many times a second. */
  async freeStalled(): Promise<void> {
    this.ledger.sweep();
    const surplus = this.queues.sweep();
    this.sendNext();
    await this.returns.handBack(surplus);
  }

  /** Stops claiming, waits for requests in flight until the grace time ends, and releases the other claims. */
  async stop(): Promise<void> {
    this.stopped ??= this.drain();
    await this.stopped;
  }

  private async drain(): Promise<void> {
    this.isStopping = true;
    this.planner.end();
    const giveUp = setTimeout(() => {
      this.outcomes.giveUp();
      this.ledger.giveUp();
    }, this.options.graceMs + RECORD_WITHIN_MS);
    await this.loop.stop();
    await this.work.settle();
    await this.ledger.hearAll(Math.min(this.options.graceMs, HEAR_WITHIN_MS));
    await this.returns.handBack(this.queues.drain());
    // Whoever lives on finds what is out here in the database: this process may be killed before its grace time ends.
    await this.ledger.writeAll();
    const timer = setTimeout(() => this.sender.abortAll(), this.options.graceMs);
    await this.waitUntilIdle();
    clearTimeout(timer);
    await this.returns.retry();
    await this.ledger.settle();
    await this.outcomes.settle();
    clearTimeout(giveUp);
    await this.flushHealth();
  }

  /** What is queued, in flight, or answered and not recorded yet. */
  private listHeld(): Claim[] {
    return [...this.sending, ...this.queues.queued(), ...this.outcomes.pending.map(({ claim }) => claim)];
  }

  private readonly accept = (claims: Claim[]): void => {
    this.send(claims);
    this.keeper.renewIfShort(claims);
  };

  private readonly send = (claims: readonly Claim[]): void => {
    for (const claim of claims) this.queues.enqueue(claim);
    this.sendNext();
  };

  private sendNext(): void {
    if (this.isStopping || this.queues.held === this.queues.running) return;
    if (!this.gate.isFresh) {
      this.ask(async () => {
        // While the database is away nothing goes out: the retrier asks again.
        if (await this.gate.refresh()) this.sendNext();
      });
      return;
    }
    this.gate.refreshWhenAgeing();
    const expired: Claim[] = [];
    const refused: Claim[] = [];
    for (const turn of this.queues.dequeue()) {
      const { claim } = turn;
      // A process that was suspended must not send what others have taken over meanwhile. The clock is read for each
      // claim: the suspension may fall into a burst.
      const isExpired = claim.leaseUntil <= this.clock.now();
      if (!isExpired && this.gate.findRefusal(claim) === null) {
        void this.attempt(turn);
        continue;
      }
      this.queues.drop(turn);
      (isExpired ? expired : refused).push(claim);
    }
    // An expired claim was not sent and must not count as one that killed its worker.
    if (expired.length > 0) void this.returns.handBack(expired);
    if (refused.length > 0) this.ask(() => this.reconsider(refused));
  }

  /** The copy of the gate may be older than a claim: a webhook that was made since is not in it. */
  private async reconsider(refused: Claim[]): Promise<void> {
    const mayStay = (await this.gate.readAnew()) && !this.isStopping;
    const still: Claim[] = [];
    for (const claim of refused) {
      if (!mayStay || this.gate.findRefusal(claim) !== null) {
        still.push(claim);
        continue;
      }
      this.queues.forceAcquire(claim.webhook);
      this.queues.enqueue(claim);
    }
    await this.returns.handBackRefused(still);
    this.sendNext();
  }

  private async handBackRefused(): Promise<void> {
    const isRefused = (claim: Claim): boolean => this.gate.findRefusal(claim) !== null;
    await this.returns.handBackRefused(this.queues.takeBack(isRefused));
  }

  /** Runs what comes before a request; {@link runOnce} waits for it. The work must not reject. */
  private ask(work: () => Promise<void>): void {
    const asking: Promise<void> = Promise.all([this.asking, work()]).then(() => {
      if (this.asking === asking) this.asking = null;
    });
    this.asking = asking;
  }

  private async attempt(turn: Turn): Promise<void> {
    const { claim } = turn;
    const place = this.sending.add(claim);
    const end = await this.attempts.make(claim);
    if (end.kind === 'made') {
      const { attempt } = end.outcome;
      const { statusCode, durationMs } = attempt;
      this.queues.complete(turn, { answered: statusCode !== null, durationMs });
      if (!this.ledger.end(end.outcome)) this.outcomes.add(end.outcome);
      if (this.hosts.record(claim.webhook, attempt)) await this.leaveHost(claim.webhook);
      if (this.health.record(end.outcome)) await this.pause(claim.webhook.id);
    } else {
      this.queues.drop(turn);
      this.hosts.abandonProbe(claim.webhook);
      if (end.kind === 'refused') await this.returns.handBackRefused([claim]);
      else await this.returns.handBack([claim], end.redeliveryDueAt);
    }
    this.sending.remove(place);
    this.sendNext();
    if (this.sending.size === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /** Hands back what waits for the webhooks of a tenant's host: its circuit breaker has opened. */
  private async leaveHost(owner: Owner): Promise<void> {
    const host = getHostKey(owner);
    const isOfHost = ({ webhook, redeliveryId }: Claim) =>
      redeliveryId === null && getHostKey(webhook) === host;
    await this.returns.handBack(this.queues.takeBack(isOfHost));
  }

  /** Stops sending to a webhook at once, before its pause is written. */
  private async pause(webhookId: string): Promise<void> {
    await this.returns.handBack(this.queues.pauseLocally(webhookId));
    await this.flushHealth();
  }

  /** Writes the health of webhooks; called at once for a pause, else by the retrier. */
  async flushHealth(): Promise<void> {
    // One after another: a second flush meanwhile would only wait for the first one's row locks. The one that waits
    // writes what was noted since it was asked for, too.
    if (this.isFlushWaiting) return this.flushing;
    this.isFlushWaiting = true;
    this.flushing = this.flushing.then(async () => {
      this.isFlushWaiting = false;
      try {
        this.queues.pauses.markWritten(await this.health.flush());
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
    else if (this.work.wakeIfCapacity(this.queues)) this.loop.hint();
  };

  /** Whether a poll would claim a due delivery of a webhook, or does not know of it yet. */
  private readonly isWorthAPoll = (webhook: Owner): boolean =>
    this.queues.isOpen(webhook) && (this.queues.free(webhook) > 0 || !this.work.hasMoreFor(webhook.id));

  private async settle(): Promise<void> {
    await this.waitUntilIdle();
    await this.ledger.settle();
    await this.outcomes.settle();
    await this.flushHealth();
  }

  private async waitUntilIdle(): Promise<void> {
    while (this.sending.size > 0 || this.asking) {
      if (this.asking) await this.asking;
      else await new Promise<void>((resolve) => this.whenIdle.push(resolve));
    }
  }

  private readonly logFault = (error: unknown): void => {
    const { message, stack } = error as Error;
    if (isUnavailable(error))
      this.logger.warn(
        `The database cannot be used now (${message}); the worker polls again when it is back.`,
      );
    else this.logger.error(`Polling for work failed: ${message}`, stack);
  };
}
