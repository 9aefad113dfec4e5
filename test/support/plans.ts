import type { DataSource } from 'typeorm';
import { dialectOf } from '../../src/database/dialect.js';

/** How a database would go through one table for a statement. */
export interface PlanStep {
  /** As the statement names it: its alias where it has one. */
  table: string;
  /** The index that it reads; `PRIMARY` or SQLite's own name for the primary key, `none` where it reads by no index. */
  key: string;
  /** Whether it reads the table, or an index of it, from its beginning to its end. */
  isWhole: boolean;
  /** Rows that it expects to look at; null where it does not say. */
  rows: number | null;
  /** The database's own words. */
  said: string;
}

/** What a database says of how it would carry out a statement, in one form for all. */
export interface Plan {
  steps: PlanStep[];
  /** Whether it sorts rows, or keeps them aside. */
  sorts: boolean;
}

/** A row of MySQL's and MariaDB's traditional form. */
interface TraditionalRow {
  table: string | null;
  type: string | null;
  key: string | null;
  rows: string | number | null;
  Extra: string | null;
}

/** Asks the database of a data source how it would carry out a statement. */
export async function readPlan(
  dataSource: DataSource,
  { sql, parameters }: { sql: string; parameters: unknown[] },
): Promise<Plan> {
  if (dialectOf(dataSource) === 'sqlite') {
    return sqlitePlan(await dataSource.query(`EXPLAIN QUERY PLAN ${sql}`, parameters));
  }
  // MySQL's default form is a tree since 9.
  const rows = await dataSource.query<object[]>(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, parameters);
  const lines = rows.map((row) => (row as { 'Query Plan'?: string })['Query Plan'] ?? '');
  return lines.some((line) => line !== '') ? oceanBasePlan(lines) : traditionalPlan(rows as TraditionalRow[]);
}

function sqlitePlan(rows: { detail: string }[]): Plan {
  const steps = rows.flatMap(({ detail }): PlanStep[] => {
    const [, how, table = ''] = /^(SCAN|SEARCH) (\S+)/.exec(detail) ?? [];
    if (how === undefined) return [];
    const key = /INDEX (\S+)/.exec(detail)?.[1] ?? 'none';
    return [{ table, key, isWhole: how === 'SCAN', rows: null, said: detail }];
  });
  return { steps, sorts: rows.some(({ detail }) => detail.includes('TEMP B-TREE')) };
}

function traditionalPlan(rows: TraditionalRow[]): Plan {
  const steps = rows.map((row) => ({
    table: row.table ?? '',
    key: row.type === 'ALL' || row.key === null ? 'none' : row.key,
    isWhole: row.type === 'ALL' || row.type === 'index',
    rows: Number(row.rows),
    said: JSON.stringify(row),
  }));
  // MySQL keeps the rows of a table function aside, which are none of a table.
  const ofTables = rows.filter(({ Extra }) => !/^Table function/.test(Extra ?? ''));
  return { steps, sorts: ofTables.some(({ Extra }) => /filesort|temporary/.test(Extra ?? '')) };
}

/** `|1 |└─TABLE RANGE SCAN|d(webhook_deliveries_due,Reverse)|1 |3 |`; a table's own key is not named. */
const OCEANBASE_STEP = /^\|\d+ *\|[^A-Z]*(TABLE[A-Z ]*?) *\|([\w$]+)(?:\(([^)]*)\))? *\|(\d+) *\|/;

function oceanBasePlan(lines: string[]): Plan {
  const steps = lines.flatMap((line): PlanStep[] => {
    const [, operator, table = '', details = '', rows = ''] = OCEANBASE_STEP.exec(line) ?? [];
    if (operator === undefined) return [];
    const key = details.split(',').find((detail) => detail !== '' && detail !== 'Reverse') ?? 'PRIMARY';
    return [
      { table, key, isWhole: operator === 'TABLE FULL SCAN', rows: Number(rows), said: lines.join('\n') },
    ];
  });
  return { steps, sorts: lines.some((line) => /^\|\d+ *\|[^A-Z]*(?:\w+ )*SORT\b/.test(line)) };
}
