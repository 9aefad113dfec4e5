import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, Logger } from 'typeorm';
import { dialectOf } from '../../src/database/dialect.js';
import type { RunningApp } from './start-app.js';

/** A statement as it was sent, with the values of its placeholders. */
export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** Notes every statement that is sent while some work is done, each text once, with the most values that it had. */
export async function statementsOf(app: RunningApp, work: () => Promise<unknown>): Promise<Statement[]> {
  const dataSource = app.get<DataSource>(getDataSourceToken());
  const noted = new Map<string, Statement>();
  const before = dataSource.logger;
  const ignore = (): void => undefined;
  const noting: Logger = {
    logQuery: (sql, given) => {
      const parameters = (given as unknown[] | undefined) ?? [];
      // The same statement over more or fewer ids is the same statement.
      const key = sql.replace(/\?(,\?)+/g, '?');
      if ((noted.get(key)?.parameters.length ?? -1) < parameters.length) noted.set(key, { sql, parameters });
    },
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
  Object.assign(dataSource, { logger: noting });
  try {
    await work();
  } finally {
    Object.assign(dataSource, { logger: before });
  }
  return [...noted.values()].filter(({ sql }) => /^\s*(SELECT|UPDATE|DELETE|WITH)\b/i.test(sql));
}

/**
 * Lets MySQL count now what its tables hold, as it does by itself sooner or later. SQLite counts only when it is told
 * to, which nobody does.
 */
export async function analyse(app: RunningApp, tables: string[]): Promise<void> {
  const dataSource = app.get<DataSource>(getDataSourceToken());
  if (dialectOf(dataSource) === 'mysql') await dataSource.query(`ANALYZE TABLE ${tables.join(', ')}`);
}

/** How the database would go through one table for a statement. */
export interface Step {
  table: string;
  /** Whether it reads the table, or an index of it, from its beginning to its end. */
  isWhole: boolean;
  /** The database's own words. */
  said: string;
}

/** What the database says of how it would carry out a statement, table by table. */
export async function planOf(app: RunningApp, { sql, parameters }: Statement): Promise<Step[]> {
  const dataSource = app.get<DataSource>(getDataSourceToken());
  return dialectOf(dataSource) === 'sqlite'
    ? sqlitePlan(dataSource, sql, parameters)
    : mysqlPlan(dataSource, sql, parameters);
}

/** Of some statements, those that read one of some tables from its beginning to its end, with their plan. */
export async function wholeScans(
  app: RunningApp,
  statements: Statement[],
  tables: string[],
): Promise<string[]> {
  const scans: string[] = [];
  for (const statement of statements) {
    const plan = await planOf(app, statement);
    const whole = plan.filter(({ table, isWhole }) => isWhole && tables.includes(table));
    if (whole.length > 0) scans.push(`${statement.sql}\n  ${whole.map(({ said }) => said).join('\n  ')}`);
  }
  return scans;
}

async function sqlitePlan(dataSource: DataSource, sql: string, parameters: unknown[]): Promise<Step[]> {
  const names = aliasesIn(sql);
  const rows = await dataSource.query<{ detail: string }[]>(`EXPLAIN QUERY PLAN ${sql}`, parameters);
  return rows.flatMap(({ detail }) => {
    const found = /^(SCAN|SEARCH) (\S+)/.exec(detail);
    if (!found) return [];
    const [, how, name = ''] = found;
    return [{ table: names.get(name) ?? name, isWhole: how === 'SCAN', said: detail }];
  });
}

async function mysqlPlan(dataSource: DataSource, sql: string, parameters: unknown[]): Promise<Step[]> {
  const names = aliasesIn(sql);
  const rows = await dataSource.query<{ table: string | null; type: string | null; key: string | null }[]>(
    `EXPLAIN ${sql}`,
    parameters,
  );
  return rows.map((row) => ({
    table: names.get(row.table ?? '') ?? row.table ?? '',
    isWhole: row.type === 'ALL' || row.type === 'index',
    said: JSON.stringify(row),
  }));
}

/** `d` is `webhook_deliveries` in "FROM `webhook_deliveries` d". */
function aliasesIn(sql: string): Map<string, string> {
  return new Map(
    [...sql.matchAll(/`(webhook\w*)` (?:AS )?`?(\w+)`?/gi)].map(([, table = '', alias = '']) => [
      alias,
      table,
    ]),
  );
}
