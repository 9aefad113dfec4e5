import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { columnsFor, PRIMARY } from '../database/columns.js';
import { dialectOf } from '../database/dialect.js';

/** The name of the inbox's table unless told. */
export const DEFAULT_INBOX_TABLE = 'posthorn_inbox';

/** Characters of a sender's name, and of the id of a delivery. */
export const LONGEST_SOURCE = 64;
export const LONGEST_ID = 255;

const TABLE_NAME = /^[A-Za-z0-9_]{1,50}$/;

/** Makes the table of an inbox where it does not exist. */
export async function createInboxTable(runner: QueryRunner, name: string): Promise<void> {
  const column = columnsFor(dialectOf(runner));
  const table = new Table({
    name,
    columns: [
      // A hash of the two columns after it: a column of text would take an id with a blank at its end for another.
      column.id('key_hash', PRIMARY),
      column.varchar('source', LONGEST_SOURCE),
      column.varchar('webhook_id', LONGEST_ID),
      column.id('token'),
      column.epochMs('received_at'),
    ],
    indices: [new TableIndex({ name: `${name}_by_time`, columnNames: ['received_at'] })],
  });
  await runner.createTable(table, true);
}

/**
 * Gives the migration that makes the table of an inbox, for the `migrations` of a host's data source.
 *
 * @param name of the table, as `WebhookInbox` has it. Default: `posthorn_inbox`
 */
export function webhookInboxMigrations(name = DEFAULT_INBOX_TABLE): (new () => MigrationInterface)[] {
  checkTableName(name);
  // TypeORM knows a migration by its name: that of another table is another one.
  const suffix = name === DEFAULT_INBOX_TABLE ? '' : `_${name}_`;
  return [
    class WebhookInbox1796034000000 implements MigrationInterface {
      name = `WebhookInbox${suffix}1796034000000`;

      async up(runner: QueryRunner): Promise<void> {
        await createInboxTable(runner, name);
      }

      async down(runner: QueryRunner): Promise<void> {
        await runner.dropTable(name, true);
      }
    },
  ];
}

/** @throws {TypeError} for a name that would need quotes */
export function checkTableName(name: string): void {
  if (TABLE_NAME.test(name)) return;
  throw new TypeError(
    `The table of an inbox must be a name of letters, digits and _, at most 50, and is "${name}".`,
  );
}
