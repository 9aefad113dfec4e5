import type { ValueTransformer } from 'typeorm';

/** What a BIGINT holds. */
export const LEAST_BIGINT = -(2n ** 63n);
export const GREATEST_BIGINT = 2n ** 63n - 1n;

const DIGITS = 20;

/**
 * Whole numbers of 64 bits, in JSON text of digits, as text that sorts as they do: SQLite's driver would hand them out
 * as floating-point numbers, which end at 53 bits. Null stays null.
 */
export const SORTABLE_INTEGER: ValueTransformer = {
  to: (value: unknown) =>
    typeof value === 'string' ? String(BigInt(value) - LEAST_BIGINT).padStart(DIGITS, '0') : value,
  from: (value: string | null) => (value === null ? null : String(BigInt(value) + LEAST_BIGINT)),
};
