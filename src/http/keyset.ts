import { RequestValidationError } from './envelope-error.js';

/** How many rows a page has unless it is asked for. */
export const DEFAULT_LIMIT = 50;
export const MOST_LIMIT = 200;

/** A page of a list that is read by keyset, newest first. */
export interface Page<T> {
  data: T[];
  /** `nextCursor` asks for what comes after; null at the end. */
  meta: { nextCursor: string | null };
}

/**
 * Cuts the one row more that was read to see whether there is a next page.
 *
 * @param rows up to `limit + 1` rows
 */
export function pageOf<Row extends { id: string }, T>(
  rows: Row[],
  limit: number,
  toView: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  return {
    data: shown.map(toView),
    meta: { nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null },
  };
}

/** Reads `limit`: a whole number from 1 to 200. */
export function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!/^\d{1,3}$/.test(text) || limit < 1 || limit > MOST_LIMIT) {
    throw RequestValidationError.at(['limit'], `limit must be a whole number from 1 to ${MOST_LIMIT}`, text);
  }
  return limit;
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Reads `cursor`: what `nextCursor` said. */
export function readCursor(text: string | undefined): string | undefined {
  if (text !== undefined && !ID.test(text)) {
    throw RequestValidationError.at(['cursor'], 'cursor must be the nextCursor of an earlier page', text);
  }
  return text;
}

/** Reads a time: ISO 8601, or epoch milliseconds. */
export function readTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{10,15}$/.test(text) ? Number(text) : ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw RequestValidationError.at(
      [name],
      `${name} must be a time such as 2020-01-10T08:47:36Z or epoch milliseconds`,
      text,
    );
  }
  return at;
}

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;
