import { EntitySchema } from 'typeorm';

/** What one instance changed in a moment, for those who watch; kept for a minute. */
export class WebhookChangeEntity {
  /** Time-ordered. */
  id!: string;
  /** JSON of {@link Changed}. */
  changed!: string;
}

/** Deliveries that were made or changed: the first of them by their ids, the others only counted, by tenant. */
export interface Changed {
  ids: string[];
  /** How many more, by tenant; the empty tenant is none. */
  more: Record<string, number>;
}

export function changeEntity(prefix = ''): EntitySchema<WebhookChangeEntity> {
  return new EntitySchema<WebhookChangeEntity>({
    target: WebhookChangeEntity,
    name: 'WebhookChange',
    tableName: `${prefix}webhook_changes`,
    columns: {
      id: { type: 'varchar', length: 64, name: 'id', primary: true },
      changed: { type: 'text', name: 'changed' },
    },
  });
}
