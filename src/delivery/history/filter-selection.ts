import { RequestValidationError } from '../../http/envelope-error.js';
import type { Viewer } from '../../auth/tenancy.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { readTime } from '../../http/pagination.js';
import type { DeliverySelection } from '../model/delivery-selection.js';
import type { DeliveriesFilter } from './recovery.dto.js';

/**
 * Translates the filter of a bulk action into a selection of the deliveries that exist now.
 *
 * @param now epoch milliseconds; deliveries that are created later do not match
 * @param idsBefore bounds the ids of what was recorded before a time, see `ClockSteps`
 * @throws {RequestValidationError} for an empty filter, and for a time that cannot be parsed
 */
export function buildSelection(
  filter: DeliveriesFilter,
  viewer: Viewer,
  now: number,
  idsBefore: (time: number) => string,
): DeliverySelection {
  const { from, to, ...rest } = filter;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (from === undefined && to === undefined && Object.keys(given).length === 0) {
    throw RequestValidationError.at(
      ['filter'],
      'filter is empty and would mean every delivery there is: say which you mean',
      filter,
    );
  }
  const start = from === undefined ? null : parseTimeField(['filter', 'from'], from);
  const end = to === undefined ? now + 1 : Math.min(parseTimeField(['filter', 'to'], to), now + 1);
  return {
    ...given,
    ...(viewer === null ? {} : { viewer }),
    after: start === null ? '' : firstIdAt(start),
    before: idsBefore(end),
    ...(start === null ? {} : { createdFrom: start }),
    createdBefore: end,
  };
}

/**
 * Parses a time in a request body: ISO 8601, or epoch milliseconds.
 *
 * @returns epoch milliseconds
 * @throws {RequestValidationError} when it cannot be parsed
 */
export function parseTimeField(path: string[], value: string | number): number {
  const name = path.at(-1) ?? '';
  const at = readTime(name, String(value));
  if (at === undefined) throw RequestValidationError.at(path, `${name} is a required field`);
  return at;
}
