import { RequestValidationError } from './envelope-error.js';

const DEFAULT_PAGE_SIZE = 25;
const LARGEST_PAGE_SIZE = 100;
const LAST_PAGE = 1_000_000;

/** Which page of a list is asked for. */
export interface Page {
  /** The first is 1. */
  page: number;
  /** 1 to 100; 25 unless told. */
  pageSize: number;
}

/**
 * Reads `pagination[page]` and `pagination[pageSize]`.
 *
 * @param pagination what the query has under `pagination`; undefined: nothing
 * @throws {RequestValidationError} for another key, or for what is no whole number within the bounds
 */
export function pageOf(pagination: unknown): Page {
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
    page: wholeNumber('page', page, LAST_PAGE) ?? 1,
    pageSize: wholeNumber('pageSize', pageSize, LARGEST_PAGE_SIZE) ?? DEFAULT_PAGE_SIZE,
  };
}

function wholeNumber(key: string, value: unknown, most: number): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= most) return number;
  throw RequestValidationError.at(
    ['pagination', key],
    `pagination[${key}] must be a whole number from 1 to ${most}`,
    value,
  );
}
