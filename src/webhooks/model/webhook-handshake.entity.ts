import { EntitySchema } from 'typeorm';
import { EPOCH_MS } from '../../database/column-transformers.js';

/** `pending`: not asked yet. `allowed`: it consented. `refused`: it did not consent; it is asked again. */
export type HandshakeState = 'pending' | 'allowed' | 'refused';

/**
 * The state of the validation handshake with a webhook's receiver (CloudEvents' abuse protection for HTTP webhooks). It
 * is valid for its URL only.
 */
export class WebhookHandshakeEntity {
  webhookId!: string;
  /** The URL that was asked. */
  url!: string;
  state!: HandshakeState;
  /** The rate that the receiver allows, requests a minute; null: no limit. */
  allowedRate!: number | null;
  /** Why the receiver has not consented, in a sentence; null: no reason yet. */
  problem!: string | null;
  /** The time of the last request, UTC epoch milliseconds; null: never asked. */
  askedAt!: number | null;
  /** How many requests were made. */
  timesAsked!: number;
  /** The time of the next request unless the receiver consents, UTC epoch milliseconds. */
  dueAt!: number;
  /** The token of the claim that asked last: it alone may store the answer. Null: no claim yet. */
  claimToken!: string | null;
}

/** The entity schema of handshakes; the prefix is the table's. */
export const webhookHandshakeSchema = (prefix = '') =>
  new EntitySchema<WebhookHandshakeEntity>({
    target: WebhookHandshakeEntity,
    name: 'WebhookHandshake',
    tableName: `${prefix}webhook_handshakes`,
    columns: {
      webhookId: { type: 'varchar', length: 64, name: 'webhook_id', primary: true },
      url: { type: 'varchar', length: 2048 },
      state: { type: 'varchar', length: 16 },
      allowedRate: { type: 'int', name: 'allowed_rate', nullable: true },
      problem: { type: 'text', nullable: true },
      askedAt: { type: 'bigint', name: 'asked_at', nullable: true, transformer: EPOCH_MS },
      timesAsked: { type: 'int', name: 'times_asked' },
      dueAt: { type: 'bigint', name: 'due_at', transformer: EPOCH_MS },
      claimToken: { type: 'varchar', length: 64, name: 'claim_token', nullable: true },
    },
  });
