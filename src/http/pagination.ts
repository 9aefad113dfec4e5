import type { Reading } from '../database/read-replica.js';
import { RequestValidationError } from './envelope-error.js';

/** The rows of a page unless `limit` says otherwise. */
export const DEFAULT_LIMIT = 50;
/** The largest `limit`. */
export const MOST_LIMIT = 200;

/** A page of a list with keyset pagination, newest first. */
export interface CursorPage<T> {
  data: T[];
  meta: {
    /** The `cursor` of the next page; null on the last page. */
    nextCursor: string | null;
    /** By how much the read replica was behind that the page was read from; left out: it was read from the primary. */
    secondsBehind?: number;
  };
}

/** Says in a page how far behind it is; null: not at all. */
export function tellBehind<T>({
  value: { data, meta },
  secondsBehind,
}: Reading<CursorPage<T>>): CursorPage<T> {
  return { data, meta: { ...meta, ...toBehind(secondsBehind) } };
}

/** The part of `meta` that says how far behind an answer is; empty where it was read from the primary. */
export function toBehind(secondsBehind: number | null): { secondsBehind?: number } {
  return secondsBehind === null ? {} : { secondsBehind };
}

/**
 * Makes a page of rows.
 *
 * @param rows up to `limit + 1`: the row beyond the limit only says that there is a next page
 */
export function toCursorPage<Row extends { id: string }, T>(
  rows: Row[],
  limit: number,
  toView: (row: Row) => T,
): CursorPage<T> {
  const shown = rows.slice(0, limit);
  return {
    data: shown.map(toView),
    meta: { nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null },
  };
}

/**
 * Reads `limit`: a whole number from 1 to 200; 50 where it is left out.
 *
 * @throws {RequestValidationError} for anything else
 */
export function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!/^\d{1,3}$/.test(text) || limit < 1 || limit > MOST_LIMIT) {
    throw RequestValidationError.at(['limit'], `limit must be a whole number from 1 to ${MOST_LIMIT}`, text);
  }
  return limit;
}

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Reads `cursor`: the `nextCursor` of an earlier page.
 *
 * @throws {RequestValidationError} for a text that is no id
 */
export function readCursor(text: string | undefined): string | undefined {
  if (text !== undefined && !ID.test(text)) {
    throw RequestValidationError.at(['cursor'], 'cursor must be the nextCursor of an earlier page', text);
  }
  return text;
}

/**
 * Reads a time: ISO 8601, or epoch milliseconds.
 *
 * @returns UTC epoch milliseconds; undefined where it is left out
 * @throws {RequestValidationError} for anything else
 */
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

const DEFAULT_PAGE_SIZE = 25;
const LARGEST_PAGE_SIZE = 100;
const LAST_PAGE = 1_000_000;

/** The requested page of a list with page numbers. */
export interface PageRequest {
  /** The first is 1. */
  page: number;
  /** 1 to 100. Default: 25. */
  pageSize: number;
}

/**
 * Reads `pagination[page]` and `pagination[pageSize]`.
 *
 * @param pagination the value of `pagination` in the query; undefined where it is left out
 * @throws {RequestValidationError} for an unknown key, and for a value that is no whole number within the bounds
 */
export function readPageRequest(pagination: unknown): PageRequest {
  if (pagination === undefined) return { page: 1, pageSize: DEFAULT_PAGE_SIZE };
  if (typeof pagination !== 'object' || pagination === null || Array.isArray(pagination)) {
    throw RequestValidationError.at(
      ['pagination'],
      'pagination is written pagination[page]=1&pagination[pageSize]=25',
      pagination,
    );
  }
  const { page, pageSize, ...others } = pagination as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw RequestValidationError.at(
      ['pagination', unknown],
      `pagination has no "${unknown}"; it has page and pageSize`,
    );
  }
  return {
    page: readWholeNumber('page', page, LAST_PAGE) ?? 1,
    pageSize: readWholeNumber('pageSize', pageSize, LARGEST_PAGE_SIZE) ?? DEFAULT_PAGE_SIZE,
  };
}

function readWholeNumber(key: string, value: unknown, most: number): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= most) return number;
  throw RequestValidationError.at(
    ['pagination', key],
    `pagination[${key}] must be a whole number from 1 to ${most}`,
    value,
  );
}
