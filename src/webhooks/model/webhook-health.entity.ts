import { EntitySchema } from 'typeorm';
import { EPOCH_MS } from '../../database/column-transformers.js';

/** `closed`: sending. `open`: not sending until the pause ends. `half-open`: one probe is out. */
export type Breaker = 'closed' | 'open' | 'half-open';

/**
 * How a webhook's receiver has been doing. It changes all the time, so it is a row of its own, written in batches by
 * those who deliver.
 */
export class WebhookHealthEntity {
  webhookId!: string;
  lastSuccessAt!: number | null;
  /** Attempts that failed since the last success. */
  consecutiveFailures!: number;
  /** Nothing is sent before this time; null: no pause. Also how long the breaker stays open or its probe may take. */
  pausedUntil!: number | null;
  breaker!: Breaker;
  /** How often in a row the breaker has opened. */
  timesOpened!: number;
  /** The breaker's window. */
  windowStartedAt!: number | null;
  windowAttempts!: number;
  windowFailures!: number;
  /** The first failure since the last success; null: the last attempt succeeded. */
  failingSince!: number | null;
  /** Deliveries that ended exhausted since the last success. */
  exhaustedCount!: number;
  /** The bucket of the rate limit; null: full. */
  rateTokens!: number | null;
  rateTokensAt!: number | null;
  /** Events that the webhook's filter left out. */
  filteredCount!: number;
  lastFilteredAt!: number | null;
  /** Events over which the filter failed; they were delivered. */
  filterErrors!: number;
}

export const webhookHealthSchema = (prefix = '') =>
  new EntitySchema<WebhookHealthEntity>({
    target: WebhookHealthEntity,
    name: 'WebhookHealth',
    tableName: `${prefix}webhook_health`,
    columns: {
      webhookId: { type: 'varchar', length: 64, name: 'webhook_id', primary: true },
      lastSuccessAt: { type: 'bigint', name: 'last_success_at', nullable: true, transformer: EPOCH_MS },
      consecutiveFailures: { type: 'int', name: 'consecutive_failures' },
      pausedUntil: { type: 'bigint', name: 'paused_until', nullable: true, transformer: EPOCH_MS },
      breaker: { type: 'varchar', length: 16 },
      timesOpened: { type: 'int', name: 'times_opened' },
      windowStartedAt: { type: 'bigint', name: 'window_started_at', nullable: true, transformer: EPOCH_MS },
      windowAttempts: { type: 'int', name: 'window_attempts' },
      windowFailures: { type: 'int', name: 'window_failures' },
      failingSince: { type: 'bigint', name: 'failing_since', nullable: true, transformer: EPOCH_MS },
      exhaustedCount: { type: 'int', name: 'exhausted_count' },
      rateTokens: { type: 'double', name: 'rate_tokens', nullable: true },
      rateTokensAt: { type: 'bigint', name: 'rate_tokens_at', nullable: true, transformer: EPOCH_MS },
      filteredCount: { type: 'bigint', name: 'filtered_count', transformer: EPOCH_MS },
      lastFilteredAt: { type: 'bigint', name: 'last_filtered_at', nullable: true, transformer: EPOCH_MS },
      filterErrors: { type: 'bigint', name: 'filter_errors', transformer: EPOCH_MS },
    },
  });
