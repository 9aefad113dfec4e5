import { type MigrationInterface, type QueryRunner, type TableColumn } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** A webhook's filter, and the number of events that it has left out. */
export class Filter1790320000000 implements MigrationInterface {
  name = 'Filter1790320000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(newColumns(runner))) {
      for (const column of columns) {
        if (!(await runner.hasColumn(table, column.name))) await runner.addColumn(table, column);
      }
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(newColumns(runner))) {
      for (const column of columns) await runner.dropColumn(table, column.name);
    }
  }
}

function newColumns(runner: QueryRunner): Record<string, TableColumn[]> {
  const column = columnsFor(dialectOf(runner));
  return {
    webhooks: [column.longText('filter', NULLABLE)],
    webhook_health: [
      column.epochMs('filtered_count', { default: 0 }),
      column.epochMs('last_filtered_at', NULLABLE),
      column.epochMs('filter_errors', { default: 0 }),
    ],
  };
}
