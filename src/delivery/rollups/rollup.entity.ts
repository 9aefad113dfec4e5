import { EntitySchema } from 'typeorm';
import { BUCKETS } from './latency-buckets.js';

/** What happened in one minute, of one webhook or of all. */
export class WebhookMinuteEntity {
  /** Empty: all webhooks together. */
  webhookId!: string;
  /** Of a webhook its own, empty for one without. Of all webhooks together: whose; empty: everyone's. */
  tenant!: string;
  /** When the minute begins, epoch milliseconds. */
  at!: number;
}

/** The same of one hour. */
export class WebhookHourEntity extends WebhookMinuteEntity {}

/** Counters, in the order of {@link Counts}. */
export const COUNTERS = [
  'events',
  'deliveries',
  'succeeded',
  'failed',
  'attempts',
  'attempt_failures',
] as const;

/** Attempts by how long they took: see `latency-buckets.ts`. */
export const BUCKET_COLUMNS: readonly string[] = Array.from({ length: BUCKETS }, (_, n) => `took_${n}`);

export const ROLLUP_KEYS = ['webhook_id', 'tenant', 'at'] as const;
/** When the last attempt ended, epoch milliseconds; 0: none was made. */
export const LAST_ATTEMPT = 'last_attempt_at';

/** The schemas of the rollups. Only their keys are declared: they are written and read by statements of their own. */
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
