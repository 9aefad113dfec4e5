import { type MigrationInterface, type QueryRunner, Table, type TableColumn } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** Options beside a webhook's format: includes, and the CloudEvents handshake. */
export class Formats1790310000000 implements MigrationInterface {
  name = 'Formats1790310000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of webhookColumns(runner)) {
      if (!(await runner.hasColumn('webhooks', column.name))) await runner.addColumn('webhooks', column);
    }
    await runner.createTable(handshakes(runner), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('webhook_handshakes', true);
    for (const { name } of webhookColumns(runner)) await runner.dropColumn('webhooks', name);
  }
}

function webhookColumns(runner: QueryRunner): TableColumn[] {
  const column = columnsFor(dialectOf(runner));
  return [
    // Null for older webhooks: a text column of MySQL has no default.
    column.longText('include', NULLABLE),
    column.boolean('cloud_events_handshake', { default: 0 }),
  ];
}

/** The state of each webhook's handshake: the URL that was asked, and the receiver's answer. */
function handshakes(runner: QueryRunner): Table {
  const column = columnsFor(dialectOf(runner));
  return new Table({
    name: 'webhook_handshakes',
    columns: [
      column.id('webhook_id', PRIMARY),
      column.varchar('url', 2048),
      column.varchar('state', 16),
      column.int('allowed_rate', NULLABLE),
      column.longText('problem', NULLABLE),
      column.epochMs('asked_at', NULLABLE),
      column.int('times_asked', { default: 0 }),
      column.epochMs('due_at'),
    ],
  });
}
