import { isEmail } from 'class-validator';
import { RE2JS } from 're2js';
import { allOf, ofType, type ValueCheck, whole } from '../../http/checks.js';
import type { ScalarAttribute, ScalarType } from '../content-type.js';
import { GREATEST_BIGINT, LEAST_BIGINT } from '../tables/sortable-integer.js';
import { isDate, isDatetime, isTime, isTimestamp } from './calendar.js';

/** The bounds of an INT column. */
const LEAST_INTEGER = -2_147_483_648;
const GREATEST_INTEGER = 2_147_483_647;

/** The greatest length of a mail address, characters; longer text is refused before the slow check. */
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

/** The type check of each scalar type. `json` accepts every value. */
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
 * Validates a value of a scalar attribute. Values are not cast. Whether null is allowed is not checked here.
 *
 * @param isDraft whether the entry is a draft: `minLength` and `regex` are not enforced
 * @returns the problem in Strapi's words; null: the value is valid
 */
export function findScalarProblem(
  attribute: ScalarAttribute,
  value: unknown,
  isDraft = false,
): string | null {
  return BY_TYPE[attribute.type](value, attribute.name) ?? findBoundsProblem(attribute, value, isDraft);
}

/** Parses a value of type biginteger; null: it is no whole number. */
export function parseBigInteger(value: unknown): bigint | null {
  if (typeof value === 'string') return /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
  // Beyond 53 bits JSON.parse has rounded the number already.
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
  // A draft's password is validated now: only its hash is stored, which cannot be validated at publishing.
  if (isDraft && type !== 'password') return null;
  if (minLength !== undefined && value.length < minLength) {
    return `${name} must be at least ${minLength} characters`;
  }
  if (regex !== undefined && value !== '' && !hasMatch(regex, value)) {
    return `${name} must match the following: "${regex}"`;
  }
  return null;
}

/** The types of blocks of a rich text. */
const BLOCKS = ['paragraph', 'heading', 'list', 'list-item', 'quote', 'code', 'image', 'link', 'text'];

/**
 * Validates a rich text of blocks: a list of objects with a `type` and `children`, which are blocks too; a block of
 * type `text` has a `text` instead of children. The recursion is safe: the depth of request bodies is bounded.
 *
 * @returns the problem; null: the value is valid
 */
function findBlocksProblem(value: unknown, property: string): string | null {
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
 * Validates a pattern. Patterns are RE2's, which match in linear time (no ReDoS); lookahead, lookbehind and
 * backreferences are not supported.
 *
 * @returns the problem; null: the pattern is valid
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
 * Whether a pattern matches somewhere in a text, in time linear in the text's length.
 *
 * @throws when {@link findPatternProblem} returns a problem
 */
function hasMatch(pattern: string, text: string): boolean {
  return compilePattern(pattern).matcher(text).find();
}

function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const fresh = RE2JS.compile(pattern);
  compiled.set(pattern, fresh);
  return fresh;
}
