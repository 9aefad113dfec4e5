import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ReadReplica } from '../../database/read-replica.js';
import { InjectDatabase } from '../../host/tokens.js';
import type { Viewer } from '../../auth/tenancy.js';
import { Clock } from '../../host/clock.js';
import { listVisible } from '../webhook-cache/visible-webhooks.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { createCounts, computeSuccessShare } from './counts.js';
import { computePercentile } from './latency-buckets.js';
import { type AttemptHour, readAttemptHours, readByWebhook } from './rollup-reader.js';

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** The attempts of one webhook in the last 24 hours. */
export interface ReceiverHealthView {
  id: string;
  attempts: number;
  /** Succeeded attempts among all, 0 to 1; null: there was no attempt. */
  successShare: number | null;
  /** The 95th percentile of the attempts' durations, milliseconds; null: there was no attempt. */
  p95Ms: number | null;
  /** When the last attempt ended, ISO 8601; null: there was none. */
  lastAttemptAt: string | null;
  /** Succeeded and failed attempts by the hour, oldest first. */
  sparkline: { at: string; succeeded: number; failed: number }[];
}

/** Which webhooks a page holds. */
export interface HealthSelection {
  /** At most so many. */
  limit: number;
  /** Those with ids after this one. */
  after?: string;
}

/** One page, oldest webhooks first. */
export interface ReceiverHealthPage {
  data: ReceiverHealthView[];
  /** The id of the last one where more follow; null on the last page. */
  next: string | null;
  /** By how much the read replica was behind that the counts were read from; null: they were read from the primary. */
  secondsBehind: number | null;
}

/** Reads the health of webhooks from the rollups. */
@Injectable()
export class ReceiverHealth {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
    private readonly clock: Clock,
    private readonly replica: ReadReplica,
  ) {}

  async list({ limit, after = '' }: HealthSelection, viewer: Viewer): Promise<ReceiverHealthPage> {
    const { manager } = this.dataSource;
    const now = this.clock.now();
    const last = now - (now % HOUR_MS);
    const hours = Array.from({ length: HOURS }, (_, n) => last - (HOURS - 1 - n) * HOUR_MS);
    const span = { from: hours[0] ?? last, to: now + 1 };
    const following = listVisible(await this.webhooks.current(manager), viewer)
      .map(({ id }) => id)
      .filter((id) => id > after);
    const ids = following.slice(0, limit);
    const next = following.length > limit ? (ids.at(-1) ?? null) : null;
    // All of them are one range of the index by time; some are read by their ids.
    const isWhole = after === '' && next === null;
    const asked = viewer === null && isWhole ? null : { ids, tenant: viewer };
    const { value: counts, secondsBehind } = await this.replica.read('may-be-behind', async (from) => ({
      totals: await readByWebhook(from, asked, span, HOUR_MS),
      attempts: await readAttemptHours(from, asked, span),
    }));
    const { totals } = counts;
    const byKey = new Map(counts.attempts.map((hour) => [`${hour.webhookId} ${hour.at}`, hour]));
    const data = ids.map((id) => {
      const own = totals.get(id) ?? createCounts();
      return {
        id,
        attempts: own.attempts,
        successShare: computeSuccessShare(own),
        p95Ms: computePercentile(own.took, 0.95),
        lastAttemptAt: own.lastAttemptAt === 0 ? null : new Date(own.lastAttemptAt).toISOString(),
        sparkline: hours.map((at) => toPoint(at, byKey.get(`${id} ${at}`))),
      };
    });
    return { data, next, secondsBehind };
  }
}

function toPoint(at: number, hour: AttemptHour | undefined) {
  const { attempts = 0, attemptFailures = 0 } = hour ?? {};
  return { at: new Date(at).toISOString(), succeeded: attempts - attemptFailures, failed: attemptFailures };
}
