import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf, insertIgnore } from '../dialect.js';
import { addPrefix } from '../prefixed-runner.js';

/** The tables of webhooks, delivery, media and admin. Those of the content types follow their schema files. */
export class Posthorn1790000000000 implements MigrationInterface {
  name = 'Posthorn1790000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables(runner)) await runner.createTable(table, true);
    await runner.query(
      `${insertIgnore(dialectOf(runner))} ${addPrefix(runner, 'webhook_registry')} (\`id\`, \`version\`) VALUES (1, 1)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables(runner).toReversed()) await runner.dropTable(table, true);
  }
}

function tables(runner: QueryRunner): Table[] {
  const column = columnsFor(dialectOf(runner));
  return [
    new Table({
      name: 'webhooks',
      columns: [
        column.id('id', PRIMARY),
        column.varchar('name', 255),
        column.varchar('url', 2048),
        column.longText('headers'),
        column.longText('events'),
        column.longText('content_type_events'),
        column.boolean('is_enabled'),
        column.varchar('disabled_reason', 255, NULLABLE),
        column.varchar('format', 32),
        column.int('timeout_ms'),
        column.longText('retry_schedule', NULLABLE),
        column.varchar('tenant', 255, NULLABLE),
        column.longText('secret'),
        column.epochMs('created_at'),
        column.epochMs('updated_at'),
      ],
      indices: [new TableIndex({ name: 'webhooks_by_tenant', columnNames: ['tenant', 'id'] })],
    }),
    // One row, whose version every transaction that changes a webhook increments.
    new Table({
      name: 'webhook_registry',
      columns: [
        column.int('id', PRIMARY),
        column.epochMs('version'),
        // A database that is new has met no earlier release.
        column.boolean('migration_finished', { default: 1 }),
      ],
    }),
    new Table({
      name: 'webhook_events',
      columns: [
        column.id('id', PRIMARY),
        column.varchar('type', 255),
        column.varchar('model', 255, NULLABLE),
        column.varchar('uid', 255, NULLABLE),
        column.varchar('key', 255, NULLABLE),
        column.varchar('tenant', 255, NULLABLE),
        column.longText('snapshot'),
        column.epochMs('fan_out_due_at', NULLABLE),
        column.epochMs('created_at'),
      ],
      indices: [
        new TableIndex({ name: 'webhook_events_to_fan_out', columnNames: ['fan_out_due_at'] }),
        new TableIndex({ name: 'webhook_events_by_tenant', columnNames: ['tenant', 'id'] }),
      ],
    }),
    new Table({
      name: 'webhook_bodies',
      columns: [
        column.id('event_id', PRIMARY),
        column.id('rendering', PRIMARY),
        column.varchar('content_type', 255),
        column.longText('body'),
      ],
    }),
    new Table({
      name: 'webhook_deliveries',
      columns: [
        column.id('id', PRIMARY),
        column.id('event_id'),
        column.id('webhook_id'),
        column.varchar('event', 255),
        column.varchar('tenant', 255, NULLABLE),
        column.id('rendering'),
        column.varchar('state', 16),
        column.varchar('reason', 32, NULLABLE),
        column.int('attempt_count', { default: 0 }),
        column.int('attempts_begun', { default: 0 }),
        column.int('schedule_position', { default: 0 }),
        column.int('claim_count', { default: 0 }),
        column.int('last_status_code', NULLABLE),
        column.varchar('next_trigger', 16),
        column.epochMs('next_attempt_at', NULLABLE),
        column.id('lane', NULLABLE),
        column.epochMs('due_at', NULLABLE),
        column.id('lease_token', NULLABLE),
        column.epochMs('created_at'),
        column.epochMs('finished_at', NULLABLE),
      ],
      indices: [
        new TableIndex({
          name: 'webhook_deliveries_once',
          columnNames: ['event_id', 'webhook_id'],
          isUnique: true,
        }),
        new TableIndex({ name: 'webhook_deliveries_due', columnNames: ['lane', 'due_at'] }),
        new TableIndex({ name: 'webhook_deliveries_by_webhook', columnNames: ['webhook_id', 'id'] }),
        new TableIndex({ name: 'webhook_deliveries_by_reason', columnNames: ['reason', 'id'] }),
      ],
    }),
    new Table({
      name: 'webhook_attempts',
      columns: [
        column.id('delivery_id', PRIMARY),
        column.int('number', PRIMARY),
        column.varchar('trigger', 16),
        column.epochMs('started_at'),
        column.int('duration_ms'),
        column.varchar('url', 2048),
        column.int('status_code', NULLABLE),
        column.longText('error', NULLABLE),
        column.longText('request_headers'),
        column.longText('response_headers', NULLABLE),
        column.longText('response_body', NULLABLE),
        column.boolean('response_truncated'),
      ],
    }),
    // A request for one attempt now; the row is deleted when that attempt is recorded.
    new Table({
      name: 'webhook_redeliveries',
      columns: [
        column.id('id', PRIMARY),
        column.id('delivery_id'),
        column.epochMs('due_at'),
        column.id('lease_token', NULLABLE),
      ],
      indices: [new TableIndex({ name: 'webhook_redeliveries_due', columnNames: ['due_at'] })],
    }),
    new Table({
      name: 'webhook_health',
      columns: [
        column.id('webhook_id', PRIMARY),
        column.epochMs('last_success_at', NULLABLE),
        column.int('consecutive_failures', { default: 0 }),
        column.epochMs('paused_until', NULLABLE),
      ],
    }),
    new Table({
      name: 'webhook_idempotency_keys',
      columns: [
        column.id('key_hash', PRIMARY),
        column.id('event_id'),
        column.id('request_hash'),
        column.epochMs('created_at'),
      ],
    }),
    new Table({
      name: 'files',
      columns: [
        column.increment('id'),
        column.varchar('name', 255),
        column.id('hash'),
        column.id('sha256'),
        column.varchar('ext', 255),
        column.varchar('mime', 255),
        column.double('size'),
        column.varchar('url', 2048),
        column.varchar('provider', 255),
        column.longText('provider_metadata', NULLABLE),
        column.varchar('tenant', 255, NULLABLE),
        column.epochMs('created_at'),
        column.epochMs('updated_at'),
      ],
      indices: [
        new TableIndex({ name: 'files_by_hash', columnNames: ['hash'], isUnique: true }),
        new TableIndex({ name: 'files_by_tenant', columnNames: ['tenant', 'id'] }),
      ],
    }),
    // Which file is attached to which field of which entry, and at which position.
    new Table({
      name: 'file_links',
      columns: [
        column.increment('id'),
        column.int('file_id'),
        column.varchar('uid', 128),
        column.int('entry_id'),
        column.varchar('field', 128),
        column.int('position'),
      ],
      indices: [
        new TableIndex({
          name: 'file_links_by_entry',
          columnNames: ['uid', 'entry_id', 'field', 'position'],
        }),
        new TableIndex({ name: 'file_links_by_file', columnNames: ['file_id'] }),
      ],
    }),
    new Table({
      name: 'admin_tokens',
      columns: [
        column.id('id', PRIMARY),
        column.varchar('name', 255),
        column.id('token_hash'),
        column.longText('scopes'),
        column.varchar('tenant', 255, NULLABLE),
        column.epochMs('expires_at', NULLABLE),
        column.epochMs('created_at'),
      ],
      indices: [
        new TableIndex({ name: 'admin_tokens_by_hash', columnNames: ['token_hash'], isUnique: true }),
        new TableIndex({ name: 'admin_tokens_by_tenant', columnNames: ['tenant', 'id'] }),
      ],
    }),
    // The time of a token's last use changes often, so it has a table of its own.
    new Table({
      name: 'admin_token_uses',
      columns: [column.id('token_id', PRIMARY), column.epochMs('last_used_at')],
    }),
  ];
}
