import type { MigrationInterface, QueryRunner } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** The TLS settings of a webhook: its own authorities, a client certificate, a sealed key. */
export class WebhookTls1790200000000 implements MigrationInterface {
  name = 'WebhookTls1790200000000';

  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('webhooks', 'tls')) return;
    await runner.addColumn('webhooks', columnsFor(dialectOf(runner)).longText('tls', NULLABLE));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('webhooks', 'tls');
  }
}
