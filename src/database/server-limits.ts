import type { QueryRunner } from 'typeorm';

/** A day, microseconds. */
const LONG_US = 86_400_000_000;

/** What servers have to end a statement that takes long, and the value with which a migration may take as long as it takes. */
const LIMITS = new Map<string, number>([
  // OceanBase.
  ['ob_query_timeout', LONG_US],
  ['ob_trx_timeout', LONG_US],
  // MySQL, for SELECT alone.
  ['max_execution_time', 0],
  // MariaDB.
  ['max_statement_time', 0],
]);

const READ_LIMITS = `SHOW SESSION VARIABLES WHERE Variable_name IN (${[...LIMITS.keys()].map((name) => `'${name}'`).join(', ')})`;

/**
 * Lifts the server's own limits of how long a statement of this session may take, for migrations: changing a large table
 * takes as long as it takes.
 *
 * @returns brings the limits back that the session had; never throws, because the connection may be lost
 */
export async function liftServerLimits(runner: QueryRunner): Promise<() => Promise<void>> {
  const rows = (await runner.query(READ_LIMITS)) as object[];
  const had = rows.map((row) => Object.values(row).map(String)) as [string, string][];
  if (had.length === 0) return async () => {};
  const set = (values: [string, string | number][]) =>
    runner.query(`SET ${values.map(([name, value]) => `SESSION ${name} = ${value}`).join(', ')}`);
  await set(had.map(([name]) => [name, LIMITS.get(name.toLowerCase()) ?? 0]));
  return async () => {
    await set(had).catch(() => undefined);
  };
}
