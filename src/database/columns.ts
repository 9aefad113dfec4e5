import { TableColumn, type TableColumnOptions } from 'typeorm';
import type { Dialect } from './dialect.js';

/** Gives the column definitions of a dialect. Text compares in binary in both dialects. */
export function columnsFor(dialect: Dialect) {
  const text = dialect === 'mysql' ? { charset: 'utf8mb4', collation: 'utf8mb4_bin' } : {};
  const make = (name: string, options: Partial<TableColumnOptions>): TableColumn =>
    new TableColumn({ name, type: 'int', ...options });
  return {
    /** Text of at most so many characters. */
    varchar: (name: string, length: number, options: Partial<TableColumnOptions> = {}) =>
      make(name, { type: 'varchar', length: String(length), ...text, ...options }),
    /**
     * An id or a hash, compared in binary. Its characters are ASCII, its character set is not: MySQL refuses to
     * compare an ASCII column with other text ("illegal mix of collations"), and ids come out of URLs.
     */
    id: (name: string, options: Partial<TableColumnOptions> = {}) =>
      make(name, { type: 'varchar', length: '64', ...text, ...options }),
    /** Text of any length: MySQL's TEXT ends at 64 KiB, and a JSON column would change bytes that were signed. */
    longText: (name: string, options: Partial<TableColumnOptions> = {}) =>
      make(name, { type: dialect === 'mysql' ? 'longtext' : 'text', ...text, ...options }),
    int: (name: string, options: Partial<TableColumnOptions> = {}) => make(name, { type: 'int', ...options }),
    double: (name: string, options: Partial<TableColumnOptions> = {}) =>
      make(name, { type: 'double', ...options }),
    boolean: (name: string, options: Partial<TableColumnOptions> = {}) =>
      make(name, { type: dialect === 'mysql' ? 'tinyint' : 'boolean', ...options }),
    /** UTC epoch milliseconds. */
    epochMs: (name: string, options: Partial<TableColumnOptions> = {}) =>
      make(name, { type: 'bigint', ...options }),
    /** An auto-incremented primary key. */
    increment: (name: string) =>
      make(name, {
        type: dialect === 'mysql' ? 'int' : 'integer',
        isPrimary: true,
        isGenerated: true,
        generationStrategy: 'increment',
      }),
  };
}

/** The column may be null. */
export const NULLABLE = { isNullable: true } as const;
/** The column is part of the primary key. */
export const PRIMARY = { isPrimary: true } as const;
