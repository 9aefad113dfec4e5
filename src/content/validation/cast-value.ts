import type { ScalarType } from '../content-type.js';

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const STARTS_WITH_DATE = /^\d{4}-\d{2}-\d{2}(?=\D)/;
const WITHOUT_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;
const EPOCH_MS = /^-?\d{1,16}$/;
const GREATEST_TIME = 8.64e15;

/**
 * Casts a value of a request to its attribute's type where Strapi does: text of a number, `true` and `false` as text or
 * as 1 and 0, a number for an enumeration's text, a date with a time, a datetime without a time or an offset (UTC), and
 * epoch milliseconds for a datetime. What is not to be cast is returned as it is, and fails the validation.
 */
export function castValue(type: ScalarType, value: unknown): unknown {
  switch (type) {
    case 'integer':
    case 'float':
    case 'decimal':
      return typeof value === 'string' ? castNumber(value) : value;
    case 'boolean':
      return castBoolean(value);
    case 'enumeration':
      return typeof value === 'number' ? String(value) : value;
    case 'date':
      return typeof value === 'string' ? (STARTS_WITH_DATE.exec(value)?.[0] ?? value) : value;
    case 'datetime':
      return castDatetime(value);
    default:
      return value;
  }
}

function castNumber(text: string): unknown {
  const digits = text.replaceAll(/\s/g, '');
  return DECIMAL.test(digits) ? Number(digits) : text;
}

function castBoolean(value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const text = String(value);
  if (/^(true|1)$/i.test(text)) return true;
  return /^(false|0)$/i.test(text) ? false : value;
}

function castDatetime(value: unknown): unknown {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return value;
  if (DATE.test(text)) return `${text}T00:00:00.000Z`;
  if (WITHOUT_OFFSET.test(text)) return `${text}Z`;
  const isTime = EPOCH_MS.test(text) && Math.abs(Number(text)) <= GREATEST_TIME;
  return isTime ? new Date(Number(text)).toISOString() : value;
}
