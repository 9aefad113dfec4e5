import { type MigrationInterface, type QueryRunner, Table, type TableColumn, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

/**
 * The table of what the requests of a webhook have in common, and whether forms may be used that an earlier release cannot
 * read. The new columns stand last, so that a server adds them without copying its table.
 */
export class Requests1796030000000 implements MigrationInterface {
  name = 'Requests1796030000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(newColumns(runner))) {
      for (const column of columns) {
        if (!(await runner.hasColumn(table, column.name))) await runner.addColumn(table, column);
      }
    }
    await runner.createTable(requestsTable(runner), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('webhook_requests', true);
    for (const [table, columns] of Object.entries(newColumns(runner))) {
      for (const column of columns) await runner.dropColumn(table, column.name);
    }
  }
}

function newColumns(runner: QueryRunner): Record<string, TableColumn[]> {
  const column = columnsFor(dialectOf(runner));
  return {
    // A database of an earlier release: `posthorn migrate --finish` sets it.
    webhook_registry: [column.boolean('migration_finished', { default: 0 })],
    webhook_attempts: [column.id('request_id', NULLABLE)],
  };
}

function requestsTable(runner: QueryRunner): Table {
  const column = columnsFor(dialectOf(runner));
  return new Table({
    name: 'webhook_requests',
    columns: [
      column.id('id', PRIMARY),
      column.id('webhook_id'),
      column.varchar('url', 2048),
      column.longText('headers'),
      column.epochMs('used_at'),
    ],
    indices: [new TableIndex({ name: 'webhook_requests_by_use', columnNames: ['used_at'] })],
  });
}
