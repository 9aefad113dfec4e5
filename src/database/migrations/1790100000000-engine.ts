import { type MigrationInterface, type QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** Tables and columns of fairness, limits, ordering, recovery and retention. */
export class Engine1790100000000 implements MigrationInterface {
  name = 'Engine1790100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(newColumns(runner))) {
      for (const column of columns) {
        if (!(await runner.hasColumn(table, column.name))) await runner.addColumn(table, column);
      }
    }
    for (const [table, index] of newIndices()) {
      const existing = await runner.getTable(table);
      if (!existing?.indices.some(({ name }) => name === index.name)) await runner.createIndex(table, index);
    }
    for (const table of newTables(runner)) await runner.createTable(table, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, index] of newIndices()) await runner.dropIndex(table, index);
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
    webhook_health: [
      column.varchar('breaker', 16, { default: "'closed'" }),
      column.int('times_opened', { default: 0 }),
      column.epochMs('window_started_at', NULLABLE),
      column.int('window_attempts', { default: 0 }),
      column.int('window_failures', { default: 0 }),
      column.epochMs('failing_since', NULLABLE),
      column.int('exhausted_count', { default: 0 }),
      column.double('rate_tokens', NULLABLE),
      column.epochMs('rate_tokens_at', NULLABLE),
    ],
    webhook_events: [column.id('order_key', NULLABLE), column.epochMs('sequence', NULLABLE)],
    webhook_deliveries: [
      column.id('order_lane', NULLABLE),
      column.id('order_key', NULLABLE),
      column.epochMs('sequence', NULLABLE),
    ],
  };
}

/** The first two are sparse: their columns are null except for paused webhooks and ordered deliveries. */
function newIndices(): [string, TableIndex][] {
  return [
    ['webhook_health', new TableIndex({ name: 'webhook_health_paused', columnNames: ['paused_until'] })],
    [
      'webhook_events',
      new TableIndex({ name: 'webhook_events_in_order', columnNames: ['order_key', 'sequence'] }),
    ],
    [
      'webhook_deliveries',
      new TableIndex({
        name: 'webhook_deliveries_in_order',
        columnNames: ['order_lane', 'order_key', 'sequence'],
      }),
    ],
    [
      'webhook_redeliveries',
      new TableIndex({ name: 'webhook_redeliveries_by_delivery', columnNames: ['delivery_id'] }),
    ],
    [
      'webhook_idempotency_keys',
      new TableIndex({ name: 'webhook_idempotency_keys_by_age', columnNames: ['created_at'] }),
    ],
  ];
}

function newTables(runner: QueryRunner): Table[] {
  const column = columnsFor(dialectOf(runner));
  return [
    // The last sequence number of the events of one thing, for webhooks with ordering.
    new Table({
      name: 'webhook_sequences',
      columns: [column.id('order_key', PRIMARY), column.epochMs('sequence')],
    }),
    // Concurrency slots of webhooks with a limit of their own: one row each, held until a time.
    new Table({
      name: 'webhook_slots',
      columns: [
        column.id('webhook_id', PRIMARY),
        column.int('slot', PRIMARY),
        column.id('delivery_id', NULLABLE),
        column.epochMs('held_until'),
      ],
    }),
    // A recovery or redelivery of many deliveries: its selection and its progress.
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
        column.varchar('phase', 16),
        column.id('cursor'),
        column.epochMs('due_at', NULLABLE),
        column.epochMs('created_at'),
        column.epochMs('finished_at', NULLABLE),
      ],
      indices: [new TableIndex({ name: 'webhook_recoveries_due', columnNames: ['due_at'] })],
    }),
  ];
}
