import { EntitySchema } from 'typeorm';
import { EPOCH_MS } from '../../database/column-transformers.js';

/** What an imported webhook was in Strapi at its last import. It stays when the webhook is deleted here. */
export class WebhookImportEntity {
  webhookId!: string;
  /** Whether it was enabled in Strapi. */
  wasEnabled!: boolean;
  /** Of its name, URL, names of headers, events and `contentTypeEvents` in Strapi: SHA-256, hexadecimal. */
  fingerprint!: string;
  importedAt!: number;
}

/** The entity schema of imports; the prefix is the table's. */
export const webhookImportSchema = (prefix = '') =>
  new EntitySchema<WebhookImportEntity>({
    target: WebhookImportEntity,
    name: 'WebhookImport',
    tableName: `${prefix}webhook_imports`,
    columns: {
      webhookId: { type: 'varchar', length: 64, name: 'webhook_id', primary: true },
      wasEnabled: { type: 'boolean', name: 'was_enabled' },
      fingerprint: { type: 'varchar', length: 64 },
      importedAt: { type: 'bigint', name: 'imported_at', transformer: EPOCH_MS },
    },
  });
