import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DeliveryFigures, type Figures } from './delivery-figures.js';
import { WebhookCounters } from './webhook-counters.js';

/** Several who scrape at once cost the database one reading, milliseconds. */
const FRESH_FOR_MS = 5_000;

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SECONDS_AND_HOURS = [...SECONDS, 60, 300, 3_600, 21_600];

/** What this instance counts, and what it knows of the whole, for Prometheus. Counters begin anew with the process. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly made = new WebhookCounters();
  private readonly ended = new WebhookCounters();
  private readonly attempts = new WebhookCounters();
  private readonly duration: Histogram;
  private readonly latency: Histogram;
  private readonly events: Counter;
  private readonly lost: Counter;
  private isScraped = false;
  private read: { at: number; figures: Promise<Figures> } | null = null;

  constructor(private readonly figures: DeliveryFigures) {
    const registers = [this.registry];
    this.events = new Counter({
      name: 'posthorn_events_fanned_out_total',
      help: 'Recorded events that this instance turned into deliveries.',
      registers,
    });
    this.lost = new Counter({
      name: 'posthorn_leases_lost_total',
      help: 'Attempts that ended after their lease was lost: the delivery may be attempted twice.',
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
    this.counter('posthorn_deliveries_made_total', 'Deliveries that were made.', this.made, null);
    this.counter('posthorn_deliveries_ended_total', 'Deliveries that ended.', this.ended, 'state');
    this.counter('posthorn_attempts_total', 'Requests that were made.', this.attempts, 'outcome');
    this.gauges();
  }

  /** The type of {@link text}. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything in Prometheus' text format. */
  async text(): Promise<string> {
    // What measures the event loop and the memory costs a little: only where somebody reads it.
    if (!this.isScraped) collectDefaultMetrics({ register: this.registry });
    this.isScraped = true;
    return this.registry.metrics();
  }

  eventsFannedOut(count: number): void {
    this.events.inc(count);
  }

  deliveryMade(webhookId: string): void {
    this.made.count(webhookId);
  }

  deliveryEnded(webhookId: string, state: 'succeeded' | 'failed'): void {
    this.ended.count(webhookId, state);
  }

  /** @param latencyMs from the recording of the event; null: it was not the first attempt */
  attempted(webhookId: string, succeeded: boolean, durationMs: number, latencyMs: number | null): void {
    this.attempts.count(webhookId, succeeded ? 'success' : 'failure');
    this.duration.observe(durationMs / 1_000);
    if (latencyMs !== null) this.latency.observe(Math.max(0, latencyMs) / 1_000);
  }

  leasesLost(count: number): void {
    this.lost.inc(count);
  }

  private counter(name: string, help: string, counts: WebhookCounters, label: string | null): void {
    // It registers itself.
    // oxlint-disable-next-line no-new
    new Counter({
      name,
      help,
      labelNames: label === null ? ['webhook'] : ['webhook', label],
      registers: [this.registry],
      collect() {
        counts.handOver(this as Counter, label);
      },
    });
  }

  private gauges(): void {
    this.gauge(
      'posthorn_backlog_deliveries',
      'Pending deliveries of all instances, counted up to 10,000.',
      ({ pending }) => pending,
    );
    this.gauge(
      'posthorn_backlog_events',
      'Events that wait for their fan-out, counted up to 10,000.',
      ({ eventsToFanOut }) => eventsToFanOut,
    );
    this.gauge(
      'posthorn_oldest_due_seconds',
      'For how long the oldest pending delivery has been due.',
      ({ oldestDueMs }) => oldestDueMs / 1_000,
    );
    this.gauge('posthorn_in_flight', 'Requests that this instance has out.', ({ inFlight }) => inFlight);
    this.gauge('posthorn_sending_paused', '1 while sending as a whole is paused.', ({ sendingPaused }) =>
      sendingPaused ? 1 : 0,
    );
    const current = this.current.bind(this);
    // oxlint-disable-next-line no-new
    new Gauge({
      name: 'posthorn_database_up',
      help: '1 while the database answers; without it there are no figures of the backlog.',
      registers: [this.registry],
      async collect() {
        this.set((await current()) === null ? 0 : 1);
      },
    });
  }

  private gauge(name: string, help: string, valueOf: (figures: Figures) => number): void {
    const current = this.current.bind(this);
    // oxlint-disable-next-line no-new
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        const figures = await current();
        if (figures === null) this.remove();
        else this.set(valueOf(figures));
      },
    });
  }

  /** Null while the database does not answer. */
  private async current(): Promise<Figures | null> {
    const now = performance.now();
    if (this.read === null || now - this.read.at > FRESH_FOR_MS) {
      this.read = { at: now, figures: this.figures.read() };
    }
    try {
      return await this.read.figures;
    } catch {
      // The answer says it: posthorn_database_up is 0.
      return null;
    }
  }
}
