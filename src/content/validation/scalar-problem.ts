import { isEmail } from 'class-validator';
import { type Check, inOrder, ofType, whole } from '../../http/worded-checks.js';
import type { ScalarAttribute, ScalarType } from '../content-type.js';
import { isDate, isDatetime } from './calendar.js';

/** What an INT column holds. */
const LEAST_INTEGER = -2_147_483_648;
const GREATEST_INTEGER = 2_147_483_647;

const UID = /^[A-Za-z0-9\-_.~]*$/;

const text = ofType('string');

const finite: Check = (value, property) =>
  Number.isFinite(value) ? null : `${property} must be a finite number`;

const fitsInteger: Check = (value, property) =>
  (value as number) >= LEAST_INTEGER && (value as number) <= GREATEST_INTEGER
    ? null
    : `${property} must be between ${LEAST_INTEGER} and ${GREATEST_INTEGER}`;

/** The check is made for addresses, and a megabyte is none. */
const email: Check = (value, property) =>
  (value as string).length <= 320 && isEmail(value) ? null : `${property} must be a valid email`;

const uid: Check = (value, property) =>
  UID.test(value as string) ? null : `${property} must have letters, digits and - _ . ~ alone`;

const date: Check = (value, property) =>
  isDate(value as string) ? null : `${property} must be a date such as 2020-01-31`;

const datetime: Check = (value, property) =>
  isDatetime(value as string) ? null : `${property} must be a datetime such as 2020-01-31T12:00:00.000Z`;

/** JSON takes every value there is. */
const BY_TYPE: Record<ScalarType, Check> = {
  string: text,
  text,
  email: inOrder(text, email),
  enumeration: text,
  integer: inOrder(ofType('number'), whole, fitsInteger),
  decimal: inOrder(ofType('number'), finite),
  boolean: ofType('boolean'),
  date: inOrder(text, date),
  datetime: inOrder(text, datetime),
  json: () => null,
  uid: inOrder(text, uid),
};

/**
 * What is wrong with a value of an attribute, in Strapi's words; null when nothing is. Nothing is cast. Whether null
 * may stand there is not asked here.
 */
export function scalarProblem(attribute: ScalarAttribute, value: unknown): string | null {
  return BY_TYPE[attribute.type](value, attribute.name) ?? boundsProblem(attribute, value);
}

function boundsProblem(attribute: ScalarAttribute, value: unknown): string | null {
  const { name, values, min, max, minLength, maxLength } = attribute;
  if (values && !values.includes(value as string)) {
    return `${name} must be one of the following values: ${values.join(', ')}`;
  }
  if (attribute.type === 'json') return null;
  if (typeof value === 'number') {
    if (min !== undefined && value < min) return `${name} must be greater than or equal to ${min}`;
    if (max !== undefined && value > max) return `${name} must be less than or equal to ${max}`;
  }
  if (typeof value === 'string') {
    if (minLength !== undefined && value.length < minLength) {
      return `${name} must be at least ${minLength} characters`;
    }
    if (maxLength !== undefined && value.length > maxLength) {
      return `${name} must be at most ${maxLength} characters`;
    }
  }
  return null;
}
