import { type MigrationInterface, type QueryRunner, Table, type TableColumn, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

const LATENCY_BUCKETS = 13;

/** Rollups by the minute and by the hour for charts, and the change log of live updates. */
export class Rollups1790400000000 implements MigrationInterface {
  name = 'Rollups1790400000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of newTables(runner)) await runner.createTable(table, true);
    const trace = traceColumn(runner);
    if (!(await runner.hasColumn('webhook_bodies', trace.name)))
      await runner.addColumn('webhook_bodies', trace);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('webhook_bodies', traceColumn(runner).name);
    for (const table of newTables(runner).toReversed()) await runner.dropTable(table, true);
  }
}

/** The trace context of an event's publisher, stored beside the body, which every claim reads. */
function traceColumn(runner: QueryRunner): TableColumn {
  return columnsFor(dialectOf(runner)).id('trace', NULLABLE);
}

function newTables(runner: QueryRunner): Table[] {
  const column = columnsFor(dialectOf(runner));
  const rollup = (name: string) =>
    new Table({
      name,
      // The primary key begins with the webhook, so that a chart reads a single range.
      columns: [
        column.id('webhook_id', PRIMARY),
        column.varchar('tenant', 255, PRIMARY),
        column.epochMs('at', PRIMARY),
        ...['events', 'deliveries', 'succeeded', 'failed', 'attempts', 'attempt_failures'].map((counter) =>
          column.int(counter, { default: 0 }),
        ),
        ...Array.from({ length: LATENCY_BUCKETS }, (_, n) => column.int(`took_${n}`, { default: 0 })),
        column.epochMs('last_attempt_at', { default: 0 }),
      ],
      indices: [new TableIndex({ name: `${name}_by_time`, columnNames: ['at'] })],
    });
  return [
    rollup('webhook_minutes'),
    rollup('webhook_hours'),
    // The changes that instances publish for live updates. A row is useful for a minute.
    new Table({
      name: 'webhook_changes',
      columns: [column.id('id', PRIMARY), column.longText('changed')],
    }),
  ];
}
