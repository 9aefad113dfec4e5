import { type MigrationInterface, type QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** What fairness, manners, order, recovery and retention keep. */
export class Engine1790100000000 implements MigrationInterface {
  name = 'Engine1790100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(newColumns(runner))) {
      for (const column of columns) {
        if (!(await runner.hasColumn(table, column.name))) await runner.addColumn(table, column);
      }
    }
    for (const table of newTables(runner)) await runner.createTable(table, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of newTables(runner).toReversed()) await runner.dropTable(table, true);
    for (const [table, columns] of Object.entries(newColumns(runner))) {
      for (const column of columns) await runner.dropColumn(table, column.name);
    }
  }
}

function newColumns(runner: QueryRunner): Record<string, TableColumn[]> {
  const column = columnsFor(dialectOf(runner));
  return {
    webhooks: [
      column.int('rate_limit', NULLABLE),
      column.int('concurrency', NULLABLE),
      column.varchar('ordering', 16, { default: "'none'" }),
    ],
    webhook_registry: [column.boolean('sending_paused', { default: 0 })],
  };
}

function newTables(runner: QueryRunner): Table[] {
  const column = columnsFor(dialectOf(runner));
  return [
    // A recovery or redelivery of many: what it is to bring, and how far it has come.
    new Table({
      name: 'webhook_recoveries',
      columns: [
        column.id('id', PRIMARY),
        column.varchar('kind', 16),
        column.id('webhook_id', NULLABLE),
        column.varchar('tenant', 255, NULLABLE),
        column.longText('filter'),
        column.varchar('state', 16),
        column.int('matched'),
        column.int('done', { default: 0 }),
        column.id('cursor', NULLABLE),
        column.epochMs('due_at', NULLABLE),
        column.id('lease_token', NULLABLE),
        column.epochMs('created_at'),
        column.epochMs('finished_at', NULLABLE),
      ],
      indices: [new TableIndex({ name: 'webhook_recoveries_due', columnNames: ['due_at'] })],
    }),
  ];
}
