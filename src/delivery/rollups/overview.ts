import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InjectDatabase } from '../../host/tokens.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { Viewer } from '../../auth/tenancy.js';
import { Clock } from '../../host/clock.js';
import { WebhookQueries } from '../../webhooks/registrations/webhook-queries.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { type Backlog, readBacklog } from './backlog.js';
import { addTo, type Counts, noCounts, successShare } from './counts.js';
import { percentile } from './latency-buckets.js';
import { type Ranked, worstOf } from './worst-webhooks.js';
import { readByWebhook, readSeries, type Span } from './rollup-reader.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How long a step is, minutes, by how many hours are asked for: never more than 180 points. */
const STEP_MINUTES: Readonly<Record<string, number>> = { 1: 1, 6: 2, 24: 10, 168: 60 };

/** One step of the chart. Latencies are of attempts. */
export interface OverviewPoint {
  /** When the step begins, ISO 8601. */
  at: string;
  events: number;
  deliveries: number;
  succeeded: number;
  failed: number;
  attempts: number;
  attemptFailures: number;
  /** Milliseconds; null: there was no attempt. */
  p50Ms: number | null;
  p95Ms: number | null;
}

/** What happened of late, and what waits. */
export interface OverviewView {
  from: string;
  to: string;
  stepMinutes: number;
  series: OverviewPoint[];
  totals: Omit<OverviewPoint, 'at' | 'attemptFailures'> & {
    /** The share of attempts that succeeded, 0 to 1; null: there was none. */
    successShare: number | null;
  };
  backlog: Omit<Backlog, 'oldestDueAt'> & {
    oldestDueAt: string | null;
    /** For how long it has been due; 0: it is not yet. */
    oldestAgeMs: number | null;
  };
  /** The worst and the slowest, at most 20. */
  webhooks: Ranked[];
  sendingPaused: boolean;
}

/** Tells what happened of late, from the rollups alone. */
@Injectable()
export class Overview {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookQueries,
    private readonly registry: WebhookSource,
    private readonly clock: Clock,
  ) {}

  /**
   * @param hours `1`, `6`, `24` or `168`; undefined: 24
   * @throws {RequestValidationError} for another number of hours
   */
  async of(hours: string | undefined, viewer: Viewer): Promise<OverviewView> {
    const asked = hours ?? '24';
    const stepMinutes = Object.hasOwn(STEP_MINUTES, asked) ? STEP_MINUTES[asked] : undefined;
    if (stepMinutes === undefined) {
      const known = Object.keys(STEP_MINUTES).join(', ');
      throw RequestValidationError.at(['hours'], `hours must be one of: ${known}`, hours);
    }
    const { manager } = this.dataSource;
    const now = this.clock.now();
    const stepMs = stepMinutes * MINUTE_MS;
    const steps = stepsOf(now, stepMs, (Number(asked) * 60) / stepMinutes);
    const span: Span = { from: steps[0] ?? now, to: now + 1 };
    const series = await readSeries(manager, viewer ?? '', span, stepMs);
    const webhooks = await this.webhooks.list(viewer);
    const ids = webhooks.map(({ id }) => id);
    const backlog = await readBacklog(manager, ids, viewer);
    const byWebhook = await this.byWebhook(Number(asked), viewer === null ? null : ids, span);
    const totals = noCounts();
    for (const counts of series.values()) addTo(totals, counts);
    const { sendingPaused } = await this.registry.state(manager);
    return {
      from: iso(span.from),
      to: iso(now),
      stepMinutes,
      series: steps.map((at) => pointOf(at, series.get(at) ?? noCounts())),
      totals: totalsOf(totals),
      backlog: {
        ...backlog,
        oldestDueAt: backlog.oldestDueAt === null ? null : iso(backlog.oldestDueAt),
        oldestAgeMs: backlog.oldestDueAt === null ? null : Math.max(0, now - backlog.oldestDueAt),
      },
      webhooks: worstOf(webhooks, byWebhook),
      sendingPaused,
    };
  }

  /** Rows of minutes for an hour; for longer, rows of hours from the one on in which it begins. */
  private async byWebhook(hours: number, ids: string[] | null, span: Span): Promise<Map<string, Counts>> {
    const { manager } = this.dataSource;
    if (hours === 1) return readByWebhook(manager, ids, span, MINUTE_MS);
    return readByWebhook(manager, ids, { ...span, from: span.from - (span.from % HOUR_MS) }, HOUR_MS);
  }
}

function stepsOf(now: number, stepMs: number, count: number): number[] {
  const last = now - (now % stepMs);
  return Array.from({ length: count }, (_, n) => last - (count - 1 - n) * stepMs);
}

function pointOf(at: number, counts: Counts): OverviewPoint {
  const { took, lastAttemptAt: _, ...numbers } = counts;
  return { at: iso(at), ...numbers, p50Ms: percentile(took, 0.5), p95Ms: percentile(took, 0.95) };
}

function totalsOf(counts: Counts): OverviewView['totals'] {
  const { at: _, attemptFailures: __, ...numbers } = pointOf(0, counts);
  return { ...numbers, successShare: successShare(counts) };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
