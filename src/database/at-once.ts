import type { DataSource, QueryRunner } from 'typeorm';

const atOnce = new WeakSet<QueryRunner>();

let isConnecting = false;

/** Whether the connection that is asked for now is for {@link connectAtOnce}. To be read before anything is awaited. */
export function isForAtOnce(): boolean {
  return isConnecting;
}

/** Whether a query runner got its connection from {@link connectAtOnce}. */
export function isAtOnce(runner: QueryRunner): boolean {
  return atOnce.has(runner);
}

/**
 * Gets the connection of a query runner without waiting for a database that is away: for who asks whether it is there, and
 * for who waits by other means.
 */
export function connectAtOnce(runner: QueryRunner): Promise<unknown> {
  atOnce.add(runner);
  // TypeORM asks for the connection before connect() returns, so nobody else's request comes between.
  isConnecting = true;
  try {
    return runner.connect();
  } finally {
    isConnecting = false;
  }
}

/** Runs statements outside of a transaction that fail at once where the database is away. */
export async function runAtOnce<T>(
  dataSource: DataSource,
  work: (runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    await connectAtOnce(runner);
    return await work(runner);
  } finally {
    await runner.release();
  }
}
