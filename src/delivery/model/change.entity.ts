import { EntitySchema } from 'typeorm';
import { EPOCH_MS } from '../../database/column-transformers.js';

/** A batch of changes of one instance, for live updates. The row is kept for a minute. */
export class WebhookChangeEntity {
  /** Time-ordered. */
  id!: string;
  /** When it was written, epoch milliseconds; null: by a version that did not say. */
  at!: number | null;
  /** JSON of {@link Changed}. */
  changed!: string;
}

/** Deliveries that were created or changed: the first ones by id, further ones as numbers by tenant. */
export interface Changed {
  ids: string[];
  /** How many more, by tenant; the empty key: without a tenant. */
  more: Record<string, number>;
}

export function changeEntity(prefix = ''): EntitySchema<WebhookChangeEntity> {
  return new EntitySchema<WebhookChangeEntity>({
    target: WebhookChangeEntity,
    name: 'WebhookChange',
    tableName: `${prefix}webhook_changes`,
    columns: {
      id: { type: 'varchar', length: 64, name: 'id', primary: true },
      at: { type: 'bigint', name: 'at', nullable: true, transformer: EPOCH_MS },
      changed: { type: 'text', name: 'changed' },
    },
  });
}
