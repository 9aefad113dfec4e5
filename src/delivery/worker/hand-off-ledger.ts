import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../host/clock.js';
import type { Claim } from '../model/claim.js';
import type { Outcome } from '../model/outcome.js';
import type { Owner } from '../model/owner.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { HandOffRecorder } from '../outcomes/hand-off-recorder.js';
import type { SettledDelivery } from '../outcomes/insert-settled.js';
import { BatchCompleter } from './batch-completer.js';
import type { HandedOffEvent } from './handed-off-event.js';
import { UnheardCommits } from './unheard-commits.js';

/** After so long all deliveries of an event are written, those that have not ended as pending ones, milliseconds. */
const WRITTEN_AFTER_MS = 100;

/**
 * Two batches begin at least so long after each other, milliseconds, so that many events share a transaction. With
 * {@link WRITTEN_AFTER_MS} and the time that a batch takes, a recipient is durable within 200 ms of the first request.
 */
const PACE_MS = 60;
/** With so many events a batch waits no longer: what is not recorded takes places of what could be sent. */
const ENOUGH = 32;
/** How long an event that is alone waits for others, milliseconds. */
const LINGER_MS = 5;

/** What the ledger asks of the worker. */
export interface LedgerOwner {
  /** Gives back the room of events that are not sent from memory. */
  giveRoomBack(event: HandedOffEvent): void;
  /** Records the outcomes of claims whose deliveries are in the database. */
  record(outcomes: readonly Outcome[]): void;
  /** Hands back claims whose deliveries are in the database. */
  handBack(claims: Claim[]): void;
  /** Outcomes were written, and deliveries that are due, of these webhooks. */
  afterWriting(outcomes: readonly Outcome[], due: readonly Owner[]): void;
  /** Events wait to be fanned out. */
  hint(): void;
}

/**
 * The events that this process was handed and whose deliveries are not in the database yet. It writes them when all
 * requests of an event have ended, after {@link WRITTEN_AFTER_MS}, or when one of its claims is handed back.
 */
@Injectable()
export class HandOffLedger {
  private readonly unheard: UnheardCommits;
  /** Events whose requests may be out, oldest first. */
  private readonly held = new Map<string, HandedOffEvent>();
  private readonly byDelivery = new Map<string, HandedOffEvent>();
  /** How many deliveries of a webhook wait for room and are not written yet. */
  private readonly waiting = new Map<string, number>();
  private readonly completer: BatchCompleter<HandedOffEvent>;
  private owner: LedgerOwner | null = null;
  private ended = 0;
  private begunAt = -Infinity;
  private monotonic: () => number = () => performance.now();

  constructor(
    private readonly recorder: HandOffRecorder,
    private readonly clock: Clock,
    @Inject(DELIVERY_OPTIONS) private readonly options: Pick<DeliveryOptions, 'leaseMs'>,
  ) {
    this.completer = new BatchCompleter<HandedOffEvent>({
      record: (events) => this.write(events),
      enough: ENOUGH,
      lingerMs: (_, isAwaited) =>
        isAwaited ? 0 : Math.max(LINGER_MS, this.begunAt + PACE_MS - this.monotonic()),
      isAwaited: ({ waiters }) => waiters.length > 0,
      countAttempts: ({ ended }) => ended,
      describe: ({ id }) => `What was sent of event ${id}`,
    });
    this.completer.onEnded(this.conclude);
    this.unheard = new UnheardCommits(recorder, clock, () => this.monotonic(), {
      forgotten: (event) => {
        this.forgetWaiting(event);
        this.owner?.giveRoomBack(event);
      },
      hint: () => this.owner?.hint(),
    });
  }

  /** Replaces the clock by which events age; for tests. */
  measureAgeBy(monotonic: () => number): void {
    this.monotonic = monotonic;
  }

  serve(owner: LedgerOwner): void {
    this.owner = owner;
  }

  /** Milliseconds of a clock that is never set back. */
  now(): number {
    return this.monotonic();
  }

  /** How many requests have ended and are not recorded yet. */
  get unrecorded(): number {
    return this.ended;
  }

  isHolding(eventId: string): boolean {
    return this.held.has(eventId) || this.unheard.has(eventId);
  }

  /** Whether a claim is of an event whose deliveries are not in the database yet. */
  holds({ deliveryId, leaseToken, redeliveryId }: Claim): boolean {
    return redeliveryId === null && this.byDelivery.get(deliveryId)?.plan.leaseToken === leaseToken;
  }

  /** Whether a delivery of a webhook waits for room and is not written yet: what is newer has its turn after it. */
  hasWaitingFor(webhookId: string): boolean {
    return this.waiting.has(webhookId);
  }

  /** Remembers an event that was inserted under its lease and is not known to be committed. */
  expect(event: HandedOffEvent): void {
    this.unheard.add(event);
    for (const id of event.waiting) this.waiting.set(id, (this.waiting.get(id) ?? 0) + 1);
  }

  /** Forgets an event that was not inserted under its lease, or was rolled back. */
  forget(event: HandedOffEvent): void {
    this.unheard.forget(event);
  }

  /** Looks an event up soon: it is not known whether it stands. */
  doubt(event: HandedOffEvent): void {
    event.since = -Infinity;
  }

  /**
   * Begins to hold an event: its commit was heard.
   *
   * @returns its claims, to be sent; none where its commit was found before it was heard: it was left to any worker
   */
  hold(event: HandedOffEvent): Claim[] {
    if (!this.unheard.hear(event)) return [];
    event.since = this.monotonic();
    this.held.set(event.id, event);
    const { claims } = event;
    for (const { deliveryId } of claims) this.byDelivery.set(deliveryId, event);
    return claims;
  }

  /** Leaves an event that is committed, and of which nothing was sent, to any worker. */
  release(events: readonly HandedOffEvent[]): void {
    this.unheard.release(events);
  }

  /** Notes the outcome of a claim. @returns false where its delivery is in the database, so that it is not the ledger's */
  end(outcome: Outcome): boolean {
    const { claim } = outcome;
    const event = this.holds(claim) ? this.byDelivery.get(claim.deliveryId) : undefined;
    if (!event) return false;
    event.end(claim.deliveryId, outcome);
    this.ended += 1;
    if (event.isOver) this.complete(event);
    return true;
  }

  /**
   * Takes claims back that were not sent: their deliveries are written at once, due for whoever claims them. Where the
   * database is away it waits for one try.
   *
   * @returns the claims that are not the ledger's: their deliveries are in the database
   */
  async giveBack(claims: readonly Claim[]): Promise<Claim[]> {
    const others: Claim[] = [];
    const events = new Set<HandedOffEvent>();
    for (const claim of claims) {
      const event = this.holds(claim) ? this.byDelivery.get(claim.deliveryId) : undefined;
      if (!event) {
        others.push(claim);
        continue;
      }
      event.end(claim.deliveryId, 'returned');
      events.add(event);
    }
    await this.writeNow(events);
    return others;
  }

  /** Writes everything that is held, for a stop. Where the database is away it waits for one try. */
  async writeAll(): Promise<void> {
    await this.writeNow(new Set(this.held.values()));
  }

  /** Writes what is held for long enough, and looks up commits that were not heard. */
  sweep(): void {
    const now = this.monotonic();
    for (const event of this.held.values()) {
      if (now - event.since < WRITTEN_AFTER_MS) break;
      this.complete(event);
    }
    void this.unheard.lookUp();
  }

  /** Waits until everything is written. */
  async settle(): Promise<void> {
    await this.writeAll();
    await this.completer.settle();
    await this.unheard.settle();
  }

  /** Waits until the commits of all events are heard, at most so long. */
  async hearAll(mostMs: number): Promise<void> {
    await this.unheard.hearAll(mostMs);
  }

  giveUp(): void {
    this.completer.giveUp();
  }

  private complete(event: HandedOffEvent): void {
    if (event.isReady) return;
    event.isReady = true;
    this.completer.add(event);
  }

  private async writeNow(events: ReadonlySet<HandedOffEvent>): Promise<void> {
    const tried = [...events].map(
      (event) => new Promise<void>((resolve) => void event.waiters.push(resolve)),
    );
    for (const event of events) this.complete(event);
    this.completer.wake();
    await Promise.all(tried);
  }

  private async write(events: readonly HandedOffEvent[]): Promise<void> {
    this.begunAt = this.monotonic();
    // The database may have been away for most of the lease.
    const leaseUntil = this.clock.now() + this.options.leaseMs;
    try {
      const settled = events.map((event) => event.beginWriting());
      const lost = await this.recorder.record(settled, leaseUntil);
      for (const event of events) event.noteWritten(lost.has(event.id), leaseUntil);
    } catch (error) {
      for (const { waiters } of events) for (const resolve of waiters.splice(0)) resolve();
      throw error;
    }
  }

  /** From now on the claims of these events are as all others: their deliveries are in the database. */
  private readonly conclude = (
    events: readonly HandedOffEvent[],
    failed: ReadonlySet<HandedOffEvent>,
  ): void => {
    const written: SettledDelivery[] = [];
    const left: SettledDelivery[] = [];
    for (const event of events) {
      this.held.delete(event.id);
      this.ended -= event.ended;
      this.forgetWaiting(event);
      for (const { deliveryId } of event.claims) this.byDelivery.delete(deliveryId);
      const end = event.endWriting();
      // Of an event that others have taken over the recorder of outcomes finds out what still is ours.
      const isOurs = !event.isLost && !failed.has(event);
      if (isOurs) written.push(...end.written);
      left.push(...(isOurs ? end.endedSince : event.list()));
    }
    this.owner?.record(left.flatMap(outcomesOf));
    const returned = left.flatMap(({ claim, end }) => (end === 'returned' ? [claim] : []));
    if (returned.length > 0) this.owner?.handBack(returned);
    this.owner?.afterWriting(
      written.flatMap(outcomesOf),
      written.flatMap(({ claim, end }) => (end === 'returned' || end === 'waiting' ? [claim.webhook] : [])),
    );
    for (const { waiters } of events) for (const resolve of waiters.splice(0)) resolve();
  };

  private forgetWaiting(event: HandedOffEvent): void {
    for (const id of event.waiting) {
      const left = (this.waiting.get(id) ?? 0) - 1;
      if (left > 0) this.waiting.set(id, left);
      else this.waiting.delete(id);
    }
  }
}

function outcomesOf({ end }: SettledDelivery): Outcome[] {
  return typeof end === 'string' ? [] : [end];
}
