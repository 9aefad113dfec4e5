import { Injectable } from '@nestjs/common';
import type { StoredEvent } from './stored-event.js';

/**
 * What the worker of this process offers to do with an event that is about to be recorded: to send it at once, from
 * memory, when its transaction is committed. Exactly one of its ends is called, and the room that it took is given back.
 */
export interface HandOffOffer {
  /** The version of the webhooks among which the recipients were selected: the event's INSERT proves it. */
  readonly version: number;
  /** What the event's row has of it; null: nobody gets the event, so that its fan-out is done as it is recorded. */
  readonly lease: OfferedLease | null;
  /** The event was inserted with the lease, and the commit of its transaction was heard: it is sent. */
  commit(): void;
  /** The event was inserted with the lease, and it is not known whether it stands: the row tells. */
  doubt(): void;
  /** The event was inserted without the lease, or not at all. */
  withdraw(): void;
}

/** What an event's row has beside what was recorded. */
export interface OfferedLease {
  /** Fencing token. */
  readonly token: string;
  /** When others may take the event, epoch milliseconds. */
  readonly until: number;
  /** JSON of the bodies that its recipients get. */
  readonly bodies: string;
}

/** The worker of this process, as far as those know who record and fan out. */
export interface HandOffWorker {
  /**
   * Offers to send an event. It must not throw.
   *
   * @param snapshot the JSON text of the event's data, as it is stored
   * @returns null where the event takes the durable way: it is recorded for any worker
   */
  offer(event: StoredEvent, snapshot: string): HandOffOffer | null;
  /** Whether this process holds an event under its lease. */
  isHolding(eventId: string): boolean;
  /** When another event may be published here; null: now. It never rejects. */
  pace(): Promise<void> | null;
}

/** Hands events to the worker of this process, where one has registered. */
@Injectable()
export class HandOff {
  private worker: HandOffWorker | null = null;

  register(worker: HandOffWorker): void {
    this.worker = worker;
  }

  /** As {@link HandOffWorker.offer}; null: this process has no worker. */
  offer(event: StoredEvent, snapshot: string): HandOffOffer | null {
    return this.worker?.offer(event, snapshot) ?? null;
  }

  /** As {@link HandOffWorker.isHolding}: an event whose lease has ended is not taken over by the process that holds it. */
  isHolding(eventId: string): boolean {
    return this.worker?.isHolding(eventId) ?? false;
  }

  /** As {@link HandOffWorker.pace}. */
  pace(): Promise<void> | null {
    return this.worker?.pace() ?? null;
  }
}
