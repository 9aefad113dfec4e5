import { Injectable } from '@nestjs/common';
import { Clock } from '../../host/clock.js';
import {
  DeliveryHooks,
  type CreatedDelivery,
  type RecordedAttempt,
  type DeliveryRef,
  type DeliveryListener,
} from '../model/delivery-hooks.js';
import { isSuccess } from '../model/attempt.js';
import { addCounts, type Counts, createCounts } from './counts.js';
import { findBucket } from './latency-buckets.js';

const MINUTE_MS = 60_000;

/** What happened in one minute, of one webhook; without a webhook: events of a tenant. */
export interface Note {
  webhookId: string;
  tenant: string;
  /** When the minute begins, epoch milliseconds. */
  at: number;
  counts: Counts;
}

/** Gathers in memory what happens, minute by minute and webhook by webhook, until it is written. */
@Injectable()
export class RollupNotes implements DeliveryListener {
  private notes: Note[] = [];
  private current = new Map<string, Note>();
  private minute = 0;

  constructor(
    private readonly clock: Clock,
    happenings: DeliveryHooks,
  ) {
    happenings.watch(this);
  }

  fannedOut(events: readonly { tenant: string | null }[], deliveries: readonly CreatedDelivery[]): void {
    this.turnTo(this.clock.now());
    for (const { tenant } of events) this.countsOf('', tenant).events += 1;
    for (const { webhook } of deliveries) this.countsOf(webhook.id, webhook.tenant).deliveries += 1;
  }

  attempted(recorded: readonly RecordedAttempt[]): void {
    this.turnTo(this.clock.now());
    for (const { outcome, ended } of recorded) {
      const { claim, attempt } = outcome;
      const counts = this.countsOf(claim.webhook.id, claim.webhook.tenant);
      counts.attempts += 1;
      if (!isSuccess(attempt)) counts.attemptFailures += 1;
      const bucket = findBucket(attempt.durationMs);
      counts.took[bucket] = (counts.took[bucket] ?? 0) + 1;
      counts.lastAttemptAt = Math.max(counts.lastAttemptAt, attempt.startedAt + attempt.durationMs);
      if (ended !== null) counts[ended] += 1;
    }
  }

  ended(deliveries: readonly DeliveryRef[]): void {
    this.turnTo(this.clock.now());
    for (const { webhookId, tenant } of deliveries) this.countsOf(webhookId, tenant).failed += 1;
  }

  /** Takes out what was noted. */
  take(): Note[] {
    const notes = [...this.notes, ...this.current.values()];
    this.notes = [];
    this.current = new Map();
    return notes;
  }

  /** Puts back what could not be written. */
  putBack(notes: readonly Note[]): void {
    this.notes.push(...notes);
  }

  private turnTo(now: number): void {
    const minute = now - (now % MINUTE_MS);
    if (minute === this.minute) return;
    this.notes.push(...this.current.values());
    this.current = new Map();
    this.minute = minute;
  }

  private countsOf(webhookId: string, tenant: string | null): Counts {
    const key = tenant === null ? webhookId : `${webhookId} ${tenant}`;
    let note = this.current.get(key);
    if (!note) {
      note = { webhookId, tenant: tenant ?? '', at: this.minute, counts: createCounts() };
      this.current.set(key, note);
    }
    return note.counts;
  }
}

/**
 * The rows that notes come to: of each webhook, of each tenant's webhooks together, and of all together, in the order
 * of their keys.
 *
 * @param spanMs how long a row's time is: a minute's or an hour's milliseconds
 */
export function rowsOf(notes: readonly Note[], spanMs: number): Note[] {
  const rows = new Map<string, Note>();
  const add = (webhookId: string, tenant: string, at: number, counts: Counts) => {
    const key = `${webhookId}\n${tenant}\n${String(at).padStart(16, '0')}`;
    const row = rows.get(key) ?? { webhookId, tenant, at, counts: createCounts() };
    rows.set(key, row);
    addCounts(row.counts, counts);
  };
  for (const { webhookId, tenant, at, counts } of notes) {
    const begin = at - (at % spanMs);
    if (webhookId !== '') add(webhookId, tenant, begin, counts);
    if (tenant !== '') add('', tenant, begin, counts);
    add('', '', begin, counts);
  }
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
