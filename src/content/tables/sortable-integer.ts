import type { ValueTransformer } from 'typeorm';

/** The bounds of a 64-bit integer. */
export const LEAST_BIGINT = -(2n ** 63n);
export const GREATEST_BIGINT = 2n ** 63n - 1n;

const DIGITS = 20;

/**
 * Stores 64-bit integers (in JSON text of digits) as text that sorts like the numbers: SQLite's driver would return
 * them as doubles, which are exact to 53 bits only. Null stays null.
 */
export const SORTABLE_INTEGER: ValueTransformer = {
  to: (value: unknown) =>
    typeof value === 'string' ? String(BigInt(value) - LEAST_BIGINT).padStart(DIGITS, '0') : value,
  from: (value: string | null) => (value === null ? null : String(BigInt(value) + LEAST_BIGINT)),
};
