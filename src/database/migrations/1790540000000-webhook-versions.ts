import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { columnsFor, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

const TABLE = 'webhook_versions';

/** Which webhooks each version changed, deleted ones included, and an index for the list of a tenant's webhooks. */
export class WebhookVersions1790540000000 implements MigrationInterface {
  name = 'WebhookVersions1790540000000';

  async up(runner: QueryRunner): Promise<void> {
    const column = columnsFor(dialectOf(runner));
    const table = new Table({
      name: TABLE,
      columns: [column.epochMs('version', PRIMARY), column.id('webhook_id', PRIMARY)],
    });
    await runner.createTable(table, true);
    const existing = await runner.getTable('webhooks');
    const index = byTenant();
    if (!existing?.indices.some(({ name }) => name === index.name)) {
      await runner.createIndex('webhooks', index);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('webhooks', byTenant());
    await runner.dropTable(TABLE, true);
  }
}

function byTenant(): TableIndex {
  return new TableIndex({ name: 'webhooks_by_tenant', columnNames: ['tenant', 'id'] });
}
