import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** The audit log: who changed what. */
export class Audit1790220000000 implements MigrationInterface {
  name = 'Audit1790220000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(auditTable(runner), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('admin_audit', true);
  }
}

/** Each filter of the log has an index that ends in the id, for keyset pagination with the newest first. */
function auditTable(runner: QueryRunner): Table {
  const column = columnsFor(dialectOf(runner));
  const byIndex = (name: string, first: string) => new TableIndex({ name, columnNames: [first, 'id'] });
  return new Table({
    name: 'admin_audit',
    columns: [
      column.id('id', PRIMARY),
      column.epochMs('at'),
      column.id('token_id', NULLABLE),
      column.varchar('token_name', 255),
      column.varchar('tenant', 255, NULLABLE),
      column.varchar('action', 64),
      column.varchar('target_kind', 32),
      column.id('target_id', NULLABLE),
      column.longText('fields'),
      column.longText('details'),
      column.int('status', NULLABLE),
    ],
    indices: [
      byIndex('admin_audit_by_tenant', 'tenant'),
      byIndex('admin_audit_by_action', 'action'),
      byIndex('admin_audit_by_token', 'token_id'),
      byIndex('admin_audit_by_target', 'target_id'),
    ],
  });
}
