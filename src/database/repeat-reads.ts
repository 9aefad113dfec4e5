import type { QueryRunner } from 'typeorm';
import { isAtOnce } from './at-once.js';
import type { Patience } from './patience.js';

type Query = (sql: string, ...rest: unknown[]) => Promise<unknown>;

/** The part of TypeORM's MySQL query runner that keeps its connection. */
interface KeptConnection {
  databaseConnection?: { destroy(): void } | undefined;
  databaseConnectionPromise?: unknown;
}

/** A SELECT that leaves nothing behind in its session, as a named lock is. */
const PLAIN_READ = /^\s*SELECT\b(?!\s+(?:GET|RELEASE)_LOCK)/i;

/**
 * Lets a query runner read again what was lost with its connection, on another one, for as long as the database is waited
 * for. Only outside of a transaction, and where all that it ran were plain reads: nothing depends on its connection then.
 */
export function repeatReads(runner: QueryRunner, beginPatience: () => Patience): QueryRunner {
  const query = runner.query.bind(runner) as Query;
  let hasOnlyRead = true;
  const readAgain = async (first: unknown, sql: string, rest: unknown[]): Promise<unknown> => {
    const patience = beginPatience();
    for (let error = first; ;) {
      if (!(await patience.mayTryAgain(error))) throw error;
      leaveConnection(runner);
      try {
        return await query(sql, ...rest);
      } catch (again) {
        error = again;
      }
    }
  };
  const queryOrRepeat: Query = (sql, ...rest) => {
    hasOnlyRead &&= !runner.isTransactionActive && PLAIN_READ.test(sql);
    const answer = query(sql, ...rest);
    if (!hasOnlyRead || isAtOnce(runner)) return answer;
    return answer.catch((error: unknown) => readAgain(error, sql, rest));
  };
  return Object.assign(runner, { query: queryOrRepeat });
}

/** Its next statement gets another connection. */
function leaveConnection(runner: QueryRunner): void {
  const kept = runner as unknown as KeptConnection;
  kept.databaseConnection?.destroy();
  kept.databaseConnection = undefined;
  kept.databaseConnectionPromise = undefined;
}
