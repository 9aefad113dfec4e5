import type { JsonValue } from '../../events/json.js';
import type { ScalarType } from '../content-type.js';
import { parseTimestamp, normalizeTime } from './calendar.js';

/** A checked value as a column keeps it: moments in epoch milliseconds, times of day and numbers in one way of writing. */
export function toStoredValue(type: ScalarType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'datetime':
      return Date.parse(value as string);
    case 'timestamp':
      return parseTimestamp(value as string | number);
    case 'time':
      return normalizeTime(value as string);
    case 'biginteger':
      return String(BigInt(value as string | number));
    default:
      return value;
  }
}

/** What a column keeps, as it is printed. */
export function toPrintedValue(type: ScalarType, value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'datetime':
      return new Date(value as number).toISOString();
    case 'timestamp':
      return String(value as number);
    default:
      return value as JsonValue;
  }
}
