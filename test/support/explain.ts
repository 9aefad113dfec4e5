import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, Logger } from 'typeorm';
import { dialectOf } from '../../src/database/dialect.js';
import { type PlanStep, readPlan } from './plans.js';
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

/** What the database says of how it would carry out a statement, table by table, by the tables' own names. */
export async function planOf(app: RunningApp, statement: Statement): Promise<PlanStep[]> {
  const names = aliasesIn(statement.sql);
  const { steps } = await readPlan(app.get<DataSource>(getDataSourceToken()), statement);
  return steps.map((step) => ({ ...step, table: names.get(step.table) ?? step.table }));
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

/** `d` is `webhook_deliveries` in "FROM `webhook_deliveries` d". */
function aliasesIn(sql: string): Map<string, string> {
  return new Map(
    [...sql.matchAll(/`(webhook\w*)` (?:AS )?`?(\w+)`?/gi)].map(([, table = '', alias = '']) => [
      alias,
      table,
    ]),
  );
}
