import type { QueryRunner } from 'typeorm';
import type { RowKey, StoredRow } from './stored-row.js';

/** Keeps the rows that are about to change, each until its change is made, apart for each transaction. */
export class RowsBefore {
  private readonly rows = new WeakMap<QueryRunner, Map<string, StoredRow>>();

  /** @param what the kind of change, and the table */
  keep(runner: QueryRunner, what: string, key: RowKey, row: StoredRow): void {
    let kept = this.rows.get(runner);
    if (!kept) this.rows.set(runner, (kept = new Map()));
    kept.set(nameRow(what, key), row);
  }

  /** Takes a row out: a row that is saved twice at once has one change. Undefined: it is not there. */
  take(runner: QueryRunner, what: string, key: RowKey): StoredRow | undefined {
    const name = nameRow(what, key);
    const row = this.rows.get(runner)?.get(name);
    this.rows.get(runner)?.delete(name);
    return row;
  }

  /** Forgets what is left of a transaction that has ended. */
  forget(runner: QueryRunner): void {
    this.rows.delete(runner);
  }
}

function nameRow(what: string, key: RowKey): string {
  return `${what} ${JSON.stringify([...key.values()].map((value) => (typeof value === 'bigint' ? String(value) : value)))}`;
}
