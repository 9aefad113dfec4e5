import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ReadReplica, type Reading } from '../../database/read-replica.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { Viewer } from '../../auth/tenancy.js';
import { Clock } from '../../host/clock.js';
import { listVisible } from '../webhook-cache/visible-webhooks.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { EventQuota, type EventQuotaUsage } from '../recording/event-quota.js';
import { type Backlog, readBacklog } from './backlog.js';
import { addCounts, type Counts, createCounts, computeSuccessShare } from './counts.js';
import { computePercentile } from './latency-buckets.js';
import { type RankedWebhook, rankWorstWebhooks } from './worst-webhooks.js';
import { readByWebhook, readSeries, type Span, type TenantWebhooks } from './rollup-reader.js';
import { SendingState, type SendingStateView } from './sending-state.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The length of a step in minutes, by the hours of the chart: at most 180 points. */
const STEP_MINUTES: Readonly<Record<string, number>> = { 1: 1, 6: 2, 24: 10, 168: 60 };

/** One point of the chart: the counts of one step, and the percentiles of its attempts' durations. */
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

/** Recent activity, the backlog, and what needs attention. */
export interface OverviewView extends SendingStateView {
  from: string;
  to: string;
  stepMinutes: number;
  series: OverviewPoint[];
  totals: Omit<OverviewPoint, 'at' | 'attemptFailures'> & {
    /** Succeeded attempts among all, 0 to 1; null: there was no attempt. */
    successShare: number | null;
  };
  backlog: Omit<Backlog, 'oldestDueAt'> & {
    oldestDueAt: string | null;
    /** How long the oldest delivery has been due, milliseconds; 0: it is not due yet; null: nothing is pending. */
    oldestAgeMs: number | null;
  };
  /** The webhooks with the most failures and the slowest ones, at most 20. */
  webhooks: RankedWebhook[];
  /** How the viewer's tenant stands to its quotas; null: the viewer sees every tenant. */
  quotas: { webhooks: { most: number | null; used: number }; eventsPerSecond: EventQuotaUsage } | null;
}

/** Builds the overview from the rollups and the indexes of due work, at a cost that the history does not change. */
@Injectable()
export class Overview {
  constructor(
    private readonly replica: ReadReplica,
    private readonly webhooks: WebhookCache,
    private readonly clock: Clock,
    private readonly state: SendingState,
    private readonly eventQuota: EventQuota,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
  ) {}

  /**
   * The counts may be read from a read replica; what waits and what keeps events from being sent is as of now.
   *
   * @param hours `1`, `6`, `24` or `168`; undefined: 24
   * @throws {RequestValidationError} for another number of hours
   */
  async build(hours: string | undefined, viewer: Viewer): Promise<Reading<OverviewView>> {
    const asked = hours ?? '24';
    const stepMinutes = Object.hasOwn(STEP_MINUTES, asked) ? STEP_MINUTES[asked] : undefined;
    if (stepMinutes === undefined) {
      const known = Object.keys(STEP_MINUTES).join(', ');
      throw RequestValidationError.at(['hours'], `hours must be one of: ${known}`, hours);
    }
    const { manager } = this.replica.primary;
    const now = this.clock.now();
    const stepMs = stepMinutes * MINUTE_MS;
    const steps = listSteps(now, stepMs, (Number(asked) * 60) / stepMinutes);
    const span: Span = { from: steps[0] ?? now, to: now + 1 };
    const registrations = await this.webhooks.current(manager);
    const webhooks = listVisible(registrations, viewer);
    const ids = webhooks.map(({ id }) => id);
    const backlog = await readBacklog(manager, ids, viewer);
    const selected = viewer === null ? null : { ids, tenant: viewer };
    const { value: counts, secondsBehind } = await this.replica.read('may-be-behind', async (from) => ({
      series: await readSeries(from, viewer ?? '', span, stepMs),
      byWebhook: await readWebhookCounts(from, Number(asked), selected, span),
    }));
    const { series, byWebhook } = counts;
    const totals = createCounts();
    for (const step of series.values()) addCounts(totals, step);
    const value: OverviewView = {
      from: toIso(span.from),
      to: toIso(now),
      stepMinutes,
      series: steps.map((at) => toPoint(at, series.get(at) ?? createCounts())),
      totals: toTotals(totals),
      backlog: {
        ...backlog,
        oldestDueAt: backlog.oldestDueAt === null ? null : toIso(backlog.oldestDueAt),
        oldestAgeMs: backlog.oldestDueAt === null ? null : Math.max(0, now - backlog.oldestDueAt),
      },
      webhooks: rankWorstWebhooks(webhooks, byWebhook),
      ...(await this.state.build(registrations, viewer)),
      quotas: viewer === null ? null : this.readQuotas(viewer, ids.length),
    };
    return { value, secondsBehind };
  }

  private readQuotas(tenant: string, webhooks: number): OverviewView['quotas'] {
    const { webhooksPerTenant: most } = this.options;
    return {
      webhooks: { most: most === 0 ? null : most, used: webhooks },
      eventsPerSecond: this.eventQuota.getUsage(tenant),
    };
  }
}

/** Reads the minutes for one hour; for longer spans the hours, beginning with the one that holds `span.from`. */
async function readWebhookCounts(
  manager: EntityManager,
  hours: number,
  webhooks: TenantWebhooks | null,
  span: Span,
): Promise<Map<string, Counts>> {
  if (hours === 1) return readByWebhook(manager, webhooks, span, MINUTE_MS);
  return readByWebhook(manager, webhooks, { ...span, from: span.from - (span.from % HOUR_MS) }, HOUR_MS);
}

function listSteps(now: number, stepMs: number, count: number): number[] {
  const last = now - (now % stepMs);
  return Array.from({ length: count }, (_, n) => last - (count - 1 - n) * stepMs);
}

function toPoint(at: number, counts: Counts): OverviewPoint {
  const { took, lastAttemptAt: _, ...numbers } = counts;
  return {
    at: toIso(at),
    ...numbers,
    p50Ms: computePercentile(took, 0.5),
    p95Ms: computePercentile(took, 0.95),
  };
}

function toTotals(counts: Counts): OverviewView['totals'] {
  const { at: _, attemptFailures: __, ...numbers } = toPoint(0, counts);
  return { ...numbers, successShare: computeSuccessShare(counts) };
}

function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
