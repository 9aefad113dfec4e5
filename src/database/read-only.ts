import type { DataSource } from 'typeorm';
import { runAtOnce } from './at-once.js';
import { isReadOnly } from './database-errors.js';
import { dialectOf } from './dialect.js';
import { READ_VARIABLES, toVariables, type Variables } from './session-variables.js';

/** The server can be read only, as a replica or after a failover. It counts as unavailable. */
export class DatabaseReadOnlyError extends Error {
  override readonly name = 'DatabaseReadOnlyError';
  readonly code = 'ER_OPTION_PREVENTS_STATEMENT';

  constructor() {
    super('The database server is read-only. Its connections are dropped until one can be written to.');
  }
}

/**
 * Tells whether writes of this connection would be refused. `read_only` alone does not tell, because some users may write
 * all the same: so a DELETE that matches no row is sent, which a read-only server refuses before it looks for rows.
 *
 * @param table the table of migrations, which is there after the first start
 */
export async function findReadOnly(
  variables: Variables,
  send: (sql: string) => Promise<unknown>,
  table: string,
): Promise<boolean> {
  const isSet = (name: string) => (variables.get(name) ?? 'OFF') !== 'OFF';
  if (!isSet('read_only') && !isSet('innodb_read_only')) return false;
  try {
    await send(`DELETE FROM \`${table}\` WHERE 1 = 0`);
    return false;
  } catch (error) {
    return isReadOnly(error);
  }
}

/**
 * Checks that the database answers and can be written to, now: it waits for none that is away. (SQLite: that it answers.)
 *
 * @throws {DatabaseReadOnlyError} when the server is read-only; otherwise the driver's error
 */
export async function checkWritable(dataSource: DataSource): Promise<void> {
  if (dialectOf(dataSource) === 'sqlite') {
    await dataSource.query('SELECT 1');
    return;
  }
  await runAtOnce(dataSource, async (runner) => {
    const variables = toVariables((await runner.query(READ_VARIABLES)) as object[]);
    const { migrationsTableName = 'migrations' } = dataSource.options;
    const send = (sql: string) => runner.query(sql);
    if (await findReadOnly(variables, send, migrationsTableName)) throw new DatabaseReadOnlyError();
  });
}
