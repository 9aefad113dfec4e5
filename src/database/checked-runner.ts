import type { QueryRunner } from 'typeorm';

/** Looks at a statement before it is sent; throws where it must not be. */
export type StatementCheck = (sql: string) => Promise<void> | void;

/** Wraps a query runner so that each of its statements is checked first, also those of its own methods and its manager. */
export function checkStatements(runner: QueryRunner, check: StatementCheck): QueryRunner {
  const query = async (sql: string, ...rest: unknown[]): Promise<unknown> => {
    await check(sql);
    return (runner.query as (...args: unknown[]) => Promise<unknown>).call(runner, sql, ...rest);
  };
  const checked: QueryRunner = new Proxy(runner, {
    get(target, property): unknown {
      if (property === 'query') return query;
      if (property === 'manager') return target.dataSource.createEntityManager(checked);
      return Reflect.get(target, property, checked);
    },
  });
  return checked;
}
