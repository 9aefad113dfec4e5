import { type MigrationInterface, type QueryRunner, Table, type TableColumn, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

const EVENTS = 'webhook_events';
const ERASURES = 'webhook_erasures';

/** Erasures of a person's data, and the tombstones that they leave at events. */
export class Erasures1796401800000 implements MigrationInterface {
  name = 'Erasures1796401800000';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of newColumns(runner)) {
      if (!(await runner.hasColumn(EVENTS, column.name))) await runner.addColumn(EVENTS, column);
    }
    await runner.createTable(erasuresTable(runner), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(ERASURES, true);
    for (const { name } of newColumns(runner)) await runner.dropColumn(EVENTS, name);
  }
}

/** They stand last, so that a server adds them without copying the table. */
function newColumns(runner: QueryRunner): TableColumn[] {
  const column = columnsFor(dialectOf(runner));
  return [column.epochMs('erased_at', NULLABLE), column.id('erasure_id', NULLABLE)];
}

function erasuresTable(runner: QueryRunner): Table {
  const column = columnsFor(dialectOf(runner));
  return new Table({
    name: ERASURES,
    columns: [
      column.id('id', PRIMARY),
      column.varchar('tenant', 255, NULLABLE),
      column.longText('criteria'),
      column.varchar('state', 16),
      column.varchar('phase', 16),
      column.id('cursor'),
      column.int('events'),
      column.int('deliveries'),
      column.int('attempts'),
      column.int('archived'),
      column.longText('held_objects'),
      column.epochMs('due_at', NULLABLE),
      column.epochMs('settled_at'),
      column.epochMs('created_at'),
      column.epochMs('finished_at', NULLABLE),
    ],
    indices: [new TableIndex({ name: 'webhook_erasures_due', columnNames: ['due_at'] })],
  });
}
