import type { MigrationInterface, QueryRunner, TableColumn } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

const TABLE = 'webhook_events';

/** The lease under which a process records an event for its own worker, and the bodies that it pins beside the snapshot. */
export class HandOff1796031000000 implements MigrationInterface {
  name = 'HandOff1796031000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of newColumns(runner)) {
      if (!(await runner.hasColumn(TABLE, column.name))) await runner.addColumn(TABLE, column);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of newColumns(runner)) await runner.dropColumn(TABLE, name);
  }
}

/** They stand last, so that a server adds them without copying the table. */
function newColumns(runner: QueryRunner): TableColumn[] {
  const column = columnsFor(dialectOf(runner));
  return [column.id('lease_token', NULLABLE), column.longText('bodies', NULLABLE)];
}
