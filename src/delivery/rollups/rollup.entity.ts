import { EntitySchema } from 'typeorm';
import { BUCKETS } from './latency-buckets.js';

/** The counters of one minute, of one webhook or of all. */
export class WebhookMinuteEntity {
  /** Empty: the sum of all webhooks. */
  webhookId!: string;
  /**
   * In a row of one webhook: its tenant, empty for none. In a row of all webhooks: whose sum; empty: of all tenants.
   */
  tenant!: string;
  /** When the minute begins, epoch milliseconds. */
  at!: number;
}

/** The counters of one hour. */
export class WebhookHourEntity extends WebhookMinuteEntity {}

/** The columns of the counters, in the order of {@link Counts}. */
export const COUNTERS = [
  'events',
  'deliveries',
  'succeeded',
  'failed',
  'attempts',
  'attempt_failures',
] as const;

/** The columns of the histogram of durations: see `latency-buckets.ts`. */
export const BUCKET_COLUMNS: readonly string[] = Array.from({ length: BUCKETS }, (_, n) => `took_${n}`);

/** The columns of the primary key. */
export const ROLLUP_KEYS = ['webhook_id', 'tenant', 'at'] as const;
/** When the last attempt ended, epoch milliseconds; 0: none was made. */
export const LAST_ATTEMPT = 'last_attempt_at';

/** The schemas of the rollups. Only the keys are declared: hand-written statements read and write the counters. */
export function rollupEntities(prefix = ''): EntitySchema[] {
  const columns = {
    webhookId: { type: 'varchar', length: 64, name: 'webhook_id', primary: true },
    tenant: { type: 'varchar', length: 255, name: 'tenant', primary: true },
    at: { type: 'bigint', name: 'at', primary: true },
  } as const;
  return [
    new EntitySchema<WebhookMinuteEntity>({
      target: WebhookMinuteEntity,
      name: 'WebhookMinute',
      tableName: `${prefix}webhook_minutes`,
      columns,
    }),
    new EntitySchema<WebhookHourEntity>({
      target: WebhookHourEntity,
      name: 'WebhookHour',
      tableName: `${prefix}webhook_hours`,
      columns,
    }),
  ];
}
