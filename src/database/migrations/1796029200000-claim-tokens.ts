import type { MigrationInterface, QueryRunner, TableColumn } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** The tokens by which a concurrency slot, a write of health and a handshake belong to one claim. */
export class ClaimTokens1796029200000 implements MigrationInterface {
  name = 'ClaimTokens1796029200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, column] of newColumns(runner)) {
      if (!(await runner.hasColumn(table, column.name))) await runner.addColumn(table, column);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, column] of newColumns(runner)) await runner.dropColumn(table, column.name);
  }
}

function newColumns(runner: QueryRunner): [string, TableColumn][] {
  const column = columnsFor(dialectOf(runner));
  return [
    ['webhook_slots', column.id('lease_token', NULLABLE)],
    ['webhook_health', column.id('write_token', { default: "''" })],
    ['webhook_handshakes', column.id('claim_token', NULLABLE)],
  ];
}
