import { isEmail } from 'class-validator';
import { type ValueCheck, allOf, ofType, whole } from '../../http/checks.js';
import type { ScalarAttribute, ScalarType } from '../content-type.js';
import { GREATEST_BIGINT, LEAST_BIGINT } from '../tables/sortable-integer.js';
import { isDate, isDatetime, isTime, isTimestamp } from './calendar.js';
import { RE2JS } from 're2js';

/** What an INT column holds. */
const LEAST_INTEGER = -2_147_483_648;
const GREATEST_INTEGER = 2_147_483_647;

/** The longest address that mail knows; the check is made for addresses, and a megabyte is none. */
const LONGEST_EMAIL = 320;

const UID = /^[A-Za-z0-9\-_.~]*$/;

const text = ofType('string');

const finite: ValueCheck = (value, property) =>
  Number.isFinite(value) ? null : `${property} must be a finite number`;

const fitsInteger: ValueCheck = (value, property) =>
  (value as number) >= LEAST_INTEGER && (value as number) <= GREATEST_INTEGER
    ? null
    : `${property} must be between ${LEAST_INTEGER} and ${GREATEST_INTEGER}`;

const email: ValueCheck = (value, property) =>
  (value as string).length <= LONGEST_EMAIL && isEmail(value) ? null : `${property} must be a valid email`;

const uid: ValueCheck = (value, property) =>
  UID.test(value as string) ? null : `${property} must have letters, digits and - _ . ~ alone`;

const date: ValueCheck = (value, property) =>
  isDate(value as string) ? null : `${property} must be a date such as 2020-01-31`;

const time: ValueCheck = (value, property) =>
  isTime(value as string) ? null : `${property} must be a time such as 12:30:00.000`;

const datetime: ValueCheck = (value, property) =>
  isDatetime(value as string) ? null : `${property} must be a datetime such as 2020-01-31T12:00:00.000Z`;

const timestamp: ValueCheck = (value, property) =>
  isTimestamp(value)
    ? null
    : `${property} must be a datetime such as 2020-01-31T12:00:00.000Z, or epoch milliseconds`;

const biginteger: ValueCheck = (value, property) => {
  const number = parseBigInteger(value);
  if (number === null) return `${property} must be a whole number, as text of digits`;
  return number >= LEAST_BIGINT && number <= GREATEST_BIGINT
    ? null
    : `${property} must be between ${LEAST_BIGINT} and ${GREATEST_BIGINT}`;
};

/** JSON takes every value there is. */
const BY_TYPE: Record<ScalarType, ValueCheck> = {
  string: text,
  text,
  richtext: text,
  blocks: findBlocksProblem,
  email: allOf(text, email),
  enumeration: text,
  password: text,
  integer: allOf(ofType('number'), whole, fitsInteger),
  biginteger,
  float: allOf(ofType('number'), finite),
  decimal: allOf(ofType('number'), finite),
  boolean: ofType('boolean'),
  date: allOf(text, date),
  time: allOf(text, time),
  datetime: allOf(text, datetime),
  timestamp,
  json: () => null,
  uid: allOf(text, uid),
};

/**
 * What is wrong with a value of an attribute, in Strapi's words; null when nothing is. Nothing is cast. Whether null
 * may stand there is not asked here.
 *
 * @param isDraft a draft may be unfinished: shorter than it must be, and unlike its pattern
 */
export function findScalarProblem(
  attribute: ScalarAttribute,
  value: unknown,
  isDraft = false,
): string | null {
  return BY_TYPE[attribute.type](value, attribute.name) ?? findBoundsProblem(attribute, value, isDraft);
}

/** The whole number that a value of type biginteger is; null when it is none. */
export function parseBigInteger(value: unknown): bigint | null {
  if (typeof value === 'string') return /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
  // Past 53 bits a number may have been another one when it was written.
  return Number.isSafeInteger(value) ? BigInt(value as number) : null;
}

function findBoundsProblem(attribute: ScalarAttribute, value: unknown, isDraft: boolean): string | null {
  const { name, type, values, min, max } = attribute;
  if (values && !values.includes(value as string)) {
    return `${name} must be one of the following values: ${values.join(', ')}`;
  }
  if (type === 'json' || type === 'blocks') return null;
  const number = type === 'biginteger' ? parseBigInteger(value) : value;
  if (typeof number === 'number' || typeof number === 'bigint') {
    if (min !== undefined && number < min) return `${name} must be greater than or equal to ${min}`;
    if (max !== undefined && number > max) return `${name} must be less than or equal to ${max}`;
    return null;
  }
  return typeof value === 'string' ? findTextProblem(attribute, value, isDraft) : null;
}

function findTextProblem(attribute: ScalarAttribute, value: string, isDraft: boolean): string | null {
  const { name, type, minLength, maxLength, regex } = attribute;
  if (maxLength !== undefined && value.length > maxLength) {
    return `${name} must be at most ${maxLength} characters`;
  }
  // A password is asked at once: what is kept of it can be asked nothing.
  if (isDraft && type !== 'password') return null;
  if (minLength !== undefined && value.length < minLength) {
    return `${name} must be at least ${minLength} characters`;
  }
  if (regex !== undefined && value !== '' && !hasMatch(regex, value)) {
    return `${name} must match the following: "${regex}"`;
  }
  return null;
}

/** What a rich text of blocks is made of, and where it has its parts. */
const BLOCKS = ['paragraph', 'heading', 'list', 'list-item', 'quote', 'code', 'image', 'link', 'text'];

/**
 * What is wrong with a rich text of blocks, null when nothing is: a list of objects, each with a `type` and, unless it
 * is a `text` with its `text`, with `children` that are the same. The request's depth is bounded by then.
 */
export function findBlocksProblem(value: unknown, property: string): string | null {
  if (!Array.isArray(value)) return `${property} must be an array of blocks`;
  for (const [index, block] of value.entries()) {
    const problem = findBlockProblem(block, `${property}[${index}]`);
    if (problem !== null) return problem;
  }
  return null;
}

function findBlockProblem(block: unknown, property: string): string | null {
  if (typeof block !== 'object' || block === null || Array.isArray(block)) {
    return `${property} must be a block such as {"type": "paragraph", "children": [{"type": "text", "text": ""}]}`;
  }
  const { type, text, children } = block as Record<string, unknown>;
  if (typeof type !== 'string' || !BLOCKS.includes(type)) {
    return `${property}.type must be one of the following values: ${BLOCKS.join(', ')}`;
  }
  if (type === 'text') return typeof text === 'string' ? null : `${property}.text must be text`;
  return findBlocksProblem(children, `${property}.children`);
}

const compiled = new Map<string, RE2JS>();

/**
 * What is wrong with a pattern, null when nothing is. Patterns are RE2's: what they cannot do (looking ahead or behind,
 * references back) is what makes others take for ever.
 */
export function findPatternProblem(pattern: string): string | null {
  try {
    compilePattern(pattern);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Whether text has a match of a pattern somewhere, in a time that grows with the text's length alone.
 *
 * @throws when {@link findPatternProblem} has something to say
 */
export function hasMatch(pattern: string, text: string): boolean {
  return compilePattern(pattern).matcher(text).find();
}

function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const made = RE2JS.compile(pattern);
  compiled.set(pattern, made);
  return made;
}
