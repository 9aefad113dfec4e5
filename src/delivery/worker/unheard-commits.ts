import { Logger } from '@nestjs/common';
import type { Clock } from '../../host/clock.js';
import type { HandOffRecorder } from '../outcomes/hand-off-recorder.js';
import type { HandedOffEvent } from './handed-off-event.js';

/** A commit that was not heard for so long is looked up, and so often, milliseconds. */
const LOOK_UP_AFTER_MS = 250;

/** What is told of events whose commit was not heard in time. */
export interface UnheardOwner {
  /** An event is not sent from memory: it is rolled back, or any worker may take it. */
  forgotten(event: HandedOffEvent): void;
  /** Events wait to be fanned out. */
  hint(): void;
}

/**
 * The events that this process has inserted under its lease and whose commit it has not heard yet. Where it never hears
 * it, it asks the database: what stands is left to any worker at once, and waits for no lease.
 */
export class UnheardCommits {
  private readonly logger = new Logger('Delivery');
  private readonly offered = new Map<string, HandedOffEvent>();
  private readonly releasing = new Set<Promise<void>>();
  private lookedUpAt = 0;

  /** @param now milliseconds of a clock that is never set back */
  constructor(
    private readonly recorder: Pick<HandOffRecorder, 'release' | 'findHeld'>,
    private readonly clock: Clock,
    private readonly now: () => number,
    private readonly owner: UnheardOwner,
  ) {}

  has(eventId: string): boolean {
    return this.offered.has(eventId);
  }

  /** Remembers an event that was inserted under its lease. */
  add(event: HandedOffEvent): void {
    this.offered.set(event.id, event);
  }

  /** The commit of an event was heard. @returns false where it was forgotten before */
  hear(event: HandedOffEvent): boolean {
    return this.offered.delete(event.id);
  }

  /** Forgets an event that was not inserted under its lease, or was rolled back. */
  forget(event: HandedOffEvent): void {
    if (this.offered.delete(event.id)) this.owner.forgotten(event);
  }

  /** Leaves events that are committed, and of which nothing was sent, to any worker. */
  release(events: readonly HandedOffEvent[]): void {
    for (const event of events) this.forget(event);
    const releasing: Promise<void> = this.releaseNow(events).then(() => {
      this.releasing.delete(releasing);
    });
    this.releasing.add(releasing);
  }

  /** Looks up what was not heard for long enough: it goes the durable way. What is rolled back is not there. */
  async lookUp(): Promise<void> {
    const now = this.now();
    const unheard = [...this.offered.values()].filter(({ since }) => now - since >= LOOK_UP_AFTER_MS);
    if (unheard.length === 0 || now - this.lookedUpAt < LOOK_UP_AFTER_MS) return;
    this.lookedUpAt = now;
    try {
      const standing = await this.recorder.findHeld(
        unheard.map(({ plan: { id, leaseToken } }) => ({ id, leaseToken })),
      );
      const still = unheard.filter(({ id }) => this.offered.has(id));
      const found = still.filter(({ id }) => standing.has(id));
      if (found.length > 0) this.release(found);
      for (const event of still) {
        // Its transaction may be open still; after the lease it is anybody's when it is committed.
        if (!standing.has(event.id) && event.plan.leaseUntil <= this.clock.now()) this.forget(event);
      }
    } catch (error) {
      this.logger.debug(`Commits could not be looked up now: ${(error as Error).message}`);
    }
  }

  /** Waits until what was left to others is written. */
  async settle(): Promise<void> {
    await Promise.all(this.releasing);
  }

  /** Waits until the commits of all events are heard, at most so long. */
  async hearAll(mostMs: number): Promise<void> {
    const until = this.now() + mostMs;
    while (this.offered.size > 0 && this.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await this.settle();
  }

  private async releaseNow(events: readonly HandedOffEvent[]): Promise<void> {
    try {
      await this.recorder.release(events.map(({ plan: { id, leaseToken } }) => ({ id, leaseToken })));
      this.owner.hint();
    } catch (error) {
      this.logger.warn(
        `${events.length} events could not be handed back (${(error as Error).message}); workers fan them out when their leases end.`,
      );
    }
  }
}
