import type { FindOptionsOrder, FindOptionsWhere } from 'typeorm';
import { RequestValidationError } from '../../http/envelope-error.js';
import { type PageRequest, readPageRequest } from '../../http/pagination.js';
import type { ContentType, EntryStatus } from '../content-type.js';
import type { ContentTypes } from '../content-types.js';
import type { EntryRow } from '../tables/content-entities.js';
import { SELECTION_KEYS } from './entry-selection.js';
import { type Fields, listFields, requireField } from './list-fields.js';
import { parseFilters } from './list-filters.js';
import { listRelationFilters } from './relation-filters.js';

/** A parsed query of a list of entries. */
export interface ListQuery {
  page: PageRequest;
  /** The version of the entries. */
  status: EntryStatus;
  where: FindOptionsWhere<EntryRow>;
  order: FindOptionsOrder<EntryRow>;
}

const KEYS = ['pagination', 'sort', 'filters', 'status', ...SELECTION_KEYS];

/**
 * Parses the query of a list: `status` ({@link parseStatus}), `pagination[page]`, `pagination[pageSize]`,
 * `sort=city:desc` (several separated by commas) and `filters[city][$eq]=Paris` ({@link parseFilters}). The default order is
 * by id.
 *
 * @param query the result of Express's extended query parser
 * @param types finds the targets of relations. Default: no relation can be filtered by
 * @throws {RequestValidationError} naming the unknown key, field or operator
 */
export function parseListQuery(type: ContentType, query: unknown, types?: ContentTypes): ListQuery {
  const given = (query ?? {}) as Record<string, unknown>;
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw RequestValidationError.at(
      [unknown],
      `"${unknown}" is no parameter of a list; it takes ${KEYS.join(', ')}`,
    );
  }
  const status = parseStatus(given['status']);
  const fields = listFields(type, status);
  return {
    page: readPageRequest(given['pagination']),
    status,
    where: parseFilters(fields, given['filters'], types && listRelationFilters(types, type, status)),
    order: parseSort(fields, given['sort']),
  };
}

/**
 * Parses `status`: `published` (default) or `draft`.
 *
 * @throws {RequestValidationError} when it is neither
 */
export function parseStatus(value: unknown): EntryStatus {
  if (value === undefined) return 'published';
  if (value === 'draft' || value === 'published') return value;
  throw RequestValidationError.at(['status'], 'status must be draft or published', value);
}

/**
 * Parses the query of a single type's entry: `status`, `fields` and `populate` alone.
 *
 * @throws {RequestValidationError} for another parameter, and as {@link parseStatus} does
 */
export function parseSingleQuery({ status, ...others }: Readonly<Record<string, unknown>>): EntryStatus {
  const unknown = Object.keys(others).find((key) => !(SELECTION_KEYS as readonly string[]).includes(key));
  if (unknown === undefined) return parseStatus(status);
  throw RequestValidationError.at(
    [unknown],
    `"${unknown}" is no parameter of a single type; it takes status, ${SELECTION_KEYS.join(', ')}`,
  );
}

function parseSort(fields: Fields, sort: unknown): FindOptionsOrder<EntryRow> {
  const order: Record<string, 'ASC' | 'DESC'> = {};
  for (const part of sort === undefined ? [] : [sort].flat()) {
    if (typeof part !== 'string')
      throw RequestValidationError.at(['sort'], 'sort is written sort=city:desc', sort);
    for (const one of part.split(',')) {
      const [field = '', direction = 'asc'] = one.trim().split(':');
      const { column } = requireField(fields, 'sort', [field]);
      if (!/^(asc|desc)$/i.test(direction)) {
        throw RequestValidationError.at(['sort'], `sort goes asc or desc, not "${direction}"`, sort);
      }
      order[column] = /^desc$/i.test(direction) ? 'DESC' : 'ASC';
    }
  }
  // The id is the tiebreaker: without it pages could repeat or skip entries.
  return 'id' in order ? order : { ...order, id: 'ASC' };
}
