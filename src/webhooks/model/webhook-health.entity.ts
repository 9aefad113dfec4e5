import { EntitySchema } from 'typeorm';
import { EPOCH_MS } from '../../database/column-transformers.js';

/** The circuit breaker. `closed`: sending. `open`: paused. `half-open`: the pause ended and one probe is in flight. */
export type Breaker = 'closed' | 'open' | 'half-open';

/**
 * The health of a webhook's receiver: failures, circuit breaker and token bucket. It changes with every attempt, so it
 * is a row of its own, which delivery writes in batches (write-behind). Times are UTC epoch milliseconds.
 */
export class WebhookHealthEntity {
  webhookId!: string;
  /** Null: no success yet. */
  lastSuccessAt!: number | null;
  /** Attempts that failed since the last success. */
  consecutiveFailures!: number;
  /** The end of the pause; null: none. An open breaker stays open, and a half-open one waits for its probe, until then. */
  pausedUntil!: number | null;
  breaker!: Breaker;
  /** How often the breaker has opened since it was last closed. */
  timesOpened!: number;
  /** The start of the breaker's window. */
  windowStartedAt!: number | null;
  windowAttempts!: number;
  windowFailures!: number;
  /** The time of the first failure since the last success; null: the last attempt succeeded. */
  failingSince!: number | null;
  /** Deliveries that exhausted their retries since the last success. */
  exhaustedCount!: number;
  /** Tokens in the bucket of the rate limit; null: full. */
  rateTokens!: number | null;
  /** The time for which {@link rateTokens} holds. */
  rateTokensAt!: number | null;
  /** Events that the webhook's filter excluded. */
  filteredCount!: number;
  lastFilteredAt!: number | null;
  /** Events for which the filter failed; they were delivered. */
  filterErrors!: number;
  /**
   * Made anew by everyone who writes what follows from the columns that were read, so that of two who have read the same
   * the second writes nothing. Empty: nobody has.
   */
  writeToken!: string;
}

/** Health without pause and with a closed circuit breaker. */
export const RESET_HEALTH: Partial<WebhookHealthEntity> = {
  pausedUntil: null,
  breaker: 'closed',
  timesOpened: 0,
  windowStartedAt: null,
  windowAttempts: 0,
  windowFailures: 0,
  failingSince: null,
  exhaustedCount: 0,
};

/** The entity schema of the receivers' health; the prefix is the table's. */
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
      writeToken: { type: 'varchar', length: 64, name: 'write_token', default: '' },
    },
  });
