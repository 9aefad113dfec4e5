import { ValidateBy, ValidateIf } from 'class-validator';
import 'reflect-metadata';

/** Checks a value: returns a sentence that says what is wrong, null when the value is valid. */
export type ValueCheck = (value: unknown, property: string) => string | null;

type JsonType = 'string' | 'boolean' | 'number' | 'object' | 'array';

const CHECKS = Symbol('posthorn.checks');
const OPTIONALS = Symbol('posthorn.optionals');

/** Validates a property with a check, whose sentence becomes the error's message. Values are never cast. */
export function Check(check: ValueCheck): PropertyDecorator {
  const validate = ValidateBy({
    name: 'passes',
    validator: {
      validate: (value: unknown, args) => check(value, args?.property ?? '') === null,
      defaultMessage: (args) => check(args?.value, args?.property ?? '') ?? '',
    },
  });
  return (target, property) => {
    Reflect.defineMetadata(CHECKS, new Map([...checksOn(target), [property as string, check]]), target);
    validate(target, property);
  };
}

/** The property may be left out. `null` counts as a value and is checked. */
export function Optional(): PropertyDecorator {
  const skip = ValidateIf((_, value) => value !== undefined);
  return (target, property) => {
    Reflect.defineMetadata(OPTIONALS, new Set([...optionalsOn(target), property as string]), target);
    skip(target, property);
  };
}

/** A property of a DTO, with its {@link Check}. */
export interface CheckedField {
  name: string;
  check: ValueCheck;
  isOptional: boolean;
}

/** Lists the properties of a DTO that have a {@link Check}, in the order of their declaration. */
export function listFields({ prototype }: { prototype: object }): CheckedField[] {
  const optionals = optionalsOn(prototype);
  return [...checksOn(prototype)].map(([name, check]) => ({ name, check, isOptional: optionals.has(name) }));
}

/** Those that a class inherits included. */
function checksOn(prototype: object): ReadonlyMap<string, ValueCheck> {
  return (Reflect.getMetadata(CHECKS, prototype) as Map<string, ValueCheck> | undefined) ?? new Map();
}

function optionalsOn(prototype: object): ReadonlySet<string> {
  return (Reflect.getMetadata(OPTIONALS, prototype) as Set<string> | undefined) ?? new Set();
}

/** Combines checks: they run in their order, and the first sentence is the result. */
export function allOf(...checks: ValueCheck[]): ValueCheck {
  return (value, property) => {
    for (const check of checks) {
      const problem = check(value, property);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** Checks that a value is present and not empty. The sentence is Strapi's. */
export const required: ValueCheck = (value, property) =>
  value === undefined || value === null || value === '' ? `${property} is a required field` : null;

/** Checks a value's JSON type. The sentence is Strapi's. */
export function ofType(type: JsonType): ValueCheck {
  return (value, property) =>
    jsonTypeOf(value) === type
      ? null
      : `${property} must be a \`${type}\` type, but the final value was: \`${abbreviate(value)}\`.`;
}

/** Checks that a value is an object, as {@link ofType} does, without the value in the sentence: it may be secret. */
export const objectWithoutEcho: ValueCheck = (value, property) => {
  const type = jsonTypeOf(value);
  if (type === 'object') return null;
  const final = type === 'array' && (value as unknown[]).length === 0 ? '[]' : `a value of the type ${type}`;
  return `${property} must be a \`object\` type, but the final value was: \`${final}\`.`;
};

/** Checks every item of an array. The sentence names the item: `events[0]`. */
export function each(check: ValueCheck): ValueCheck {
  return (value, property) =>
    (value as unknown[])
      .map((item, index) => check(item, `${property}[${index}]`))
      .find((problem) => problem !== null) ?? null;
}

/** Checks that a text has at most so many characters. */
export function atMostCharacters(most: number): ValueCheck {
  return (value, property) =>
    (value as string).length > most ? `${property} must be at most ${most} characters` : null;
}

/**
 * Checks that a text that identifies something has no blanks at its ends: MySQL ignores those at the end when it
 * compares. Other values pass; {@link ofType} checks them.
 */
export const identifier: ValueCheck = (value, property) =>
  typeof value === 'string' && value !== value.trim()
    ? `${property} must not begin or end with a blank`
    : null;

/** Checks that an array has at most so many items. */
export function atMostItems(most: number): ValueCheck {
  return (value, property) =>
    (value as unknown[]).length > most
      ? `${property} field must have less than or equal to ${most} items`
      : null;
}

/** Checks that a number is within bounds, both included. */
export function between(least: number, most: number, unit: string): ValueCheck {
  return (value, property) =>
    (value as number) < least || (value as number) > most
      ? `${property} must be between ${least} and ${most} ${unit}`
      : null;
}

/** Checks that a number is whole. */
export const whole: ValueCheck = (value, property) =>
  Number.isInteger(value) ? null : `${property} must be an integer`;

/** Lets `null` pass; any other value must pass the check. */
export function orNull(check: ValueCheck): ValueCheck {
  return (value, property) => (value === null ? null : check(value, property));
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** A value as JSON, cut after 200 characters. */
function abbreviate(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
