import { EntitySchema } from 'typeorm';

/** What the requests of one webhook have in common, for as long as it and the configuration stay the same. */
export class RequestEntity {
  /** A hash of the webhook's id and of everything below. */
  id!: string;
  webhookId!: string;
  url!: string;
  /** JSON object of the headers as the history shows them; null: the value is another one in each request. */
  headers!: string;
  /** When an attempt was recorded that has it, to the day. Epoch milliseconds. */
  usedAt!: number;
}

export const requestSchema = (prefix = '') =>
  new EntitySchema<RequestEntity>({
    target: RequestEntity,
    name: 'WebhookRequest',
    tableName: `${prefix}webhook_requests`,
    columns: {
      id: { type: 'varchar', length: 64, primary: true },
      webhookId: { type: 'varchar', length: 64, name: 'webhook_id' },
      url: { type: 'varchar', length: 2048 },
      headers: { type: 'text' },
      usedAt: { type: 'bigint', name: 'used_at', transformer: { to: (ms: number) => ms, from: Number } },
    },
  });
