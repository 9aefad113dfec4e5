import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DeliveryFigures, type Figures, type ReplicaFigures } from './delivery-figures.js';
import { WebhookCounters } from './webhook-counters.js';

/** How long a reading of the gauges is reused, so that concurrent scrapes cost the database one, milliseconds. */
const REUSE_MS = 5_000;

/** A scrape waits this long for a reading, and is answered without the gauges when there is none, milliseconds. */
const LONGEST_WAIT_MS = 500;

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SECONDS_AND_HOURS = [...SECONDS, 60, 300, 3_600, 21_600];

/** Prometheus metrics: counters of this instance, which start at zero with the process, and gauges of all instances. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly created = new WebhookCounters();
  private readonly ended = new WebhookCounters();
  private readonly attempts = new WebhookCounters();
  private readonly duration: Histogram;
  private readonly latency: Histogram;
  private readonly events: Counter;
  private readonly lostLeases: Counter;
  private readonly refused: Counter;
  private readonly closed: Gauge;
  private readonly ownFaults: Counter;
  private isScraped = false;
  private lastReading: { at: number; figures: Promise<Figures | null>; isRunning: boolean } | null = null;

  constructor(private readonly figures: DeliveryFigures) {
    const registers = [this.registry];
    this.events = new Counter({
      name: 'posthorn_events_fanned_out_total',
      help: 'Recorded events that this instance turned into deliveries.',
      registers,
    });
    this.lostLeases = new Counter({
      name: 'posthorn_leases_lost_total',
      help: 'Attempts that ended after their lease was lost: the delivery may be attempted twice.',
      registers,
    });
    this.refused = new Counter({
      name: 'posthorn_events_refused_total',
      help: 'Events that this instance refused, by the bound that was passed.',
      labelNames: ['bound'],
      registers,
    });
    this.closed = new Gauge({
      name: 'posthorn_recording_closed',
      help: '1 while this instance refuses new events because of this bound.',
      labelNames: ['bound'],
      registers,
    });
    this.ownFaults = new Counter({
      name: 'posthorn_own_faults_total',
      help: 'Requests that could not be made through a fault of this instance: no attempt was counted.',
      labelNames: ['code'],
      registers,
    });
    this.duration = new Histogram({
      name: 'posthorn_attempt_duration_seconds',
      help: 'How long a request took, until its answer was whole or it failed.',
      buckets: SECONDS,
      registers,
    });
    this.latency = new Histogram({
      name: 'posthorn_delivery_latency_seconds',
      help: 'From the recording of an event to the beginning of the first attempt.',
      buckets: SECONDS_AND_HOURS,
      registers,
    });
    this.addCounter('posthorn_deliveries_made_total', 'Deliveries that were made.', this.created, null);
    this.addCounter('posthorn_deliveries_ended_total', 'Deliveries that ended.', this.ended, 'state');
    this.addCounter('posthorn_attempts_total', 'Requests that were made.', this.attempts, 'outcome');
    this.addConflicts();
    this.addReplica();
    this.addGauges();
  }

  /** The Content-Type of {@link text}. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** Writes all metrics in Prometheus' text format. */
  async text(): Promise<string> {
    // The default metrics measure the event loop and the memory at some cost, so they begin with the first scrape.
    if (!this.isScraped) collectDefaultMetrics({ register: this.registry });
    this.isScraped = true;
    return this.registry.metrics();
  }

  /** Counts events that were fanned out. */
  eventsFannedOut(count: number): void {
    this.events.inc(count);
  }

  /** Counts a delivery that was created. */
  deliveryMade(webhookId: string): void {
    this.created.count(webhookId);
  }

  /** Counts a delivery that ended. */
  deliveryEnded(webhookId: string, state: 'succeeded' | 'failed'): void {
    this.ended.count(webhookId, state);
  }

  /**
   * Counts an attempt.
   *
   * @param latencyMs from the recording of the event to the attempt; null where it was not the first
   */
  attempted(webhookId: string, succeeded: boolean, durationMs: number, latencyMs: number | null): void {
    this.attempts.count(webhookId, succeeded ? 'success' : 'failure');
    this.duration.observe(durationMs / 1_000);
    if (latencyMs !== null) this.latency.observe(Math.max(0, latencyMs) / 1_000);
  }

  /** Counts a request that could not be made through a fault of this instance. */
  ownFault(code: string): void {
    this.ownFaults.inc({ code });
  }

  /** Counts attempts whose lease was lost. */
  leasesLost(count: number): void {
    this.lostLeases.inc(count);
  }

  /** Counts an event that was refused. */
  eventRefused(bound: string): void {
    this.refused.inc({ bound });
  }

  /** Sets whether a bound keeps new events out. */
  setRecordingClosed(bound: string, isClosed: boolean): void {
    this.closed.set({ bound }, isClosed ? 1 : 0);
  }

  private addCounter(name: string, help: string, counts: WebhookCounters, label: string | null): void {
    // The constructor registers it.
    // oxlint-disable-next-line no-new
    new Counter({
      name,
      help,
      labelNames: label === null ? ['webhook'] : ['webhook', label],
      registers: [this.registry],
      collect() {
        counts.copyTo(this as Counter, label);
      },
    });
  }

  private addConflicts(): void {
    const { figures } = this;
    let counted = 0;
    // oxlint-disable-next-line no-new
    new Counter({
      name: 'posthorn_database_conflicts_total',
      help: 'Transactions that this instance began anew because another one had changed the same rows.',
      registers: [this.registry],
      collect() {
        const now = figures.conflicts();
        this.inc(now - counted);
        counted = now;
      },
    });
  }

  private addReplica(): void {
    const { figures } = this;
    const add = (name: string, help: string, valueOf: (replica: ReplicaFigures) => number | null) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          const replica = figures.replica();
          const value = replica && valueOf(replica);
          if (value === null) this.remove();
          else this.set(value);
        },
      });
    add(
      'posthorn_replica_lag_seconds',
      'By how much the read replica is behind; without a value where that is not known.',
      ({ secondsBehind }) => secondsBehind,
    );
    add(
      'posthorn_replica_used',
      '1 while history, lists and charts are read from the read replica.',
      ({ isUsed }) => (isUsed ? 1 : 0),
    );
  }

  private addGauges(): void {
    this.addGauge(
      'posthorn_backlog_deliveries',
      'Pending deliveries of all instances, counted up to 10,000.',
      ({ pending }) => pending,
    );
    this.addGauge(
      'posthorn_backlog_events',
      'Events that wait for their fan-out, counted up to 10,000.',
      ({ eventsToFanOut }) => eventsToFanOut,
    );
    this.addGauge(
      'posthorn_oldest_due_seconds',
      'For how long the oldest pending delivery has been due.',
      ({ oldestDueMs }) => oldestDueMs / 1_000,
    );
    this.addGauge('posthorn_in_flight', 'Requests that this instance has out.', ({ inFlight }) => inFlight);
    this.addGauge('posthorn_sending_paused', '1 while sending as a whole is paused.', ({ sendingPaused }) =>
      sendingPaused ? 1 : 0,
    );
    const readFigures = this.readFigures.bind(this);
    // oxlint-disable-next-line no-new
    new Gauge({
      name: 'posthorn_database_up',
      help: '1 while the database answers; without it there are no figures of the backlog.',
      registers: [this.registry],
      async collect() {
        this.set((await readFigures()) === null ? 0 : 1);
      },
    });
  }

  private addGauge(name: string, help: string, valueOf: (figures: Figures) => number): void {
    const readFigures = this.readFigures.bind(this);
    // oxlint-disable-next-line no-new
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        const figures = await readFigures();
        if (figures === null) this.remove();
        else this.set(valueOf(figures));
      },
    });
  }

  /**
   * Reads the gauges, at most once in 5 s and one reading at a time, and waits half a second for them; null while the
   * database does not answer.
   */
  private async readFigures(): Promise<Figures | null> {
    const now = performance.now();
    const last = this.lastReading;
    const reading = last && (last.isRunning || now - last.at <= REUSE_MS) ? last : this.beginReading(now);
    const left = reading.at + LONGEST_WAIT_MS - now;
    // A reading that has been out for longer is not waited for: the scrape is answered from memory.
    if (reading.isRunning && left <= 0) return null;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), Math.max(0, left));
    });
    const figures = await (reading.isRunning ? Promise.race([reading.figures, late]) : reading.figures);
    clearTimeout(timer);
    return figures;
  }

  private beginReading(at: number) {
    // A failure is not logged, because posthorn_database_up is 0 then.
    const figures = this.figures.read().catch(() => null);
    const reading = { at, figures, isRunning: true };
    void figures.then(() => (reading.isRunning = false));
    this.lastReading = reading;
    return reading;
  }
}
