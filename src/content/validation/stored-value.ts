import type { JsonValue } from '../../events/json.js';
import type { ScalarType } from '../content-type.js';
import { parseTimestamp, normalizeTime } from './calendar.js';

/**
 * Converts a validated value to its column's form: points in time as epoch milliseconds, times and big integers
 * normalized.
 */
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

/** Converts a column's value to its JSON form. */
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
