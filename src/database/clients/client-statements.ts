import type { Dialect } from '../dialect.js';
import type { ClientStatement, ClientValue } from './client-transaction.js';

/** Where a statement takes a value: `?`, or what turns the digits of a text into the text. */
export interface Slot {
  sql: string;
  value: ClientValue;
}

/**
 * The place of a value in a statement for a client of a host. On MySQL a text goes as hexadecimal digits: they are the
 * same under every `sql_mode` and character set, which are the host's, and however its client puts values into a text.
 */
export function slotOf(value: ClientValue, dialect: Dialect): Slot {
  if (typeof value !== 'string' || dialect === 'sqlite') return { sql: '?', value };
  return { sql: 'CONVERT(UNHEX(?) USING utf8mb4)', value: Buffer.from(value).toString('hex') };
}

/** Writes the values of a statement into its text, for a client that takes no values: as digits and numbers alone. */
export function writeValues({ sql, values }: ClientStatement, dialect: Dialect): string {
  const left = [...values];
  return sql.replaceAll('?', () => {
    const value = left.shift() ?? null;
    if (typeof value !== 'string') return String(value ?? 'NULL');
    if (dialect === 'sqlite') return `CAST(X'${Buffer.from(value).toString('hex')}' AS TEXT)`;
    if (!/^[0-9a-f]*$/.test(value)) throw new Error('A text for MySQL must be hexadecimal digits.');
    return `'${value}'`;
  });
}

/** Numbers the values of a statement: `$1`, `$2`. */
export function numberValues(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => `$${(count += 1)}`);
}
