import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { columnsFor, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

const TABLE = 'webhook_imports';

/** What an imported webhook was in Strapi at the last import, so that the next one tells what changed there since. */
export class WebhookImports1796033000000 implements MigrationInterface {
  name = 'WebhookImports1796033000000';

  async up(runner: QueryRunner): Promise<void> {
    const column = columnsFor(dialectOf(runner));
    const table = new Table({
      name: TABLE,
      columns: [
        column.id('webhook_id', PRIMARY),
        column.boolean('was_enabled'),
        column.varchar('fingerprint', 64),
        column.epochMs('imported_at'),
      ],
    });
    await runner.createTable(table, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(TABLE, true);
  }
}
