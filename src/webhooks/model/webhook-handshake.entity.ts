import { EntitySchema } from 'typeorm';
import { EPOCH_MS } from '../../database/column-transformers.js';

/** `pending`: not asked yet. `allowed`: it consented. `refused`: it was asked and did not; it is asked again. */
export type HandshakeState = 'pending' | 'allowed' | 'refused';

/**
 * How a webhook's receiver was asked for its consent, as CloudEvents' abuse protection says. It holds for the URL that
 * was asked and for no other.
 */
export class WebhookHandshakeEntity {
  webhookId!: string;
  url!: string;
  state!: HandshakeState;
  /** The most requests a minute that the receiver allows; null: as many as there are. */
  allowedRate!: number | null;
  /** Why it is no consent, in a sentence; null while there is nothing to say. */
  problem!: string | null;
  /** When it was asked last, UTC epoch milliseconds; null: never. */
  askedAt!: number | null;
  timesAsked!: number;
  /** When it is asked next unless it consented, UTC epoch milliseconds. */
  dueAt!: number;
}

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
    },
  });
