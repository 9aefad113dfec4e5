import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf } from '../dialect.js';

const TABLE = 'portal_sessions';

/** Sessions of the portal: a link that works once, and what it opens. Secrets are kept as hashes. */
export class PortalSessions1796400000000 implements MigrationInterface {
  name = 'PortalSessions1796400000000';

  async up(runner: QueryRunner): Promise<void> {
    const column = columnsFor(dialectOf(runner));
    const table = new Table({
      name: TABLE,
      columns: [
        column.id('id', PRIMARY),
        column.varchar('tenant', 255),
        column.longText('scopes'),
        column.longText('origins'),
        column.varchar('link_hash', 64),
        column.varchar('session_hash', 64, NULLABLE),
        column.varchar('maker_id', 64, NULLABLE),
        column.varchar('maker_name', 255),
        column.varchar('maker_mark', 64, NULLABLE),
        column.epochMs('created_at'),
        column.epochMs('expires_at'),
        column.epochMs('redeemed_at', NULLABLE),
        column.epochMs('revoked_at', NULLABLE),
      ],
      indices: [
        new TableIndex({
          name: 'portal_sessions_by_hash',
          columnNames: ['session_hash'],
          isUnique: true,
        }),
        new TableIndex({ name: 'portal_sessions_by_tenant', columnNames: ['tenant', 'id'] }),
        new TableIndex({ name: 'portal_sessions_by_end', columnNames: ['expires_at'] }),
      ],
    });
    await runner.createTable(table, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(TABLE, true);
  }
}
