import { ValidateBy, ValidateIf } from 'class-validator';

/** Says what is wrong with a value, null when nothing is. */
export type ValueCheck = (value: unknown, property: string) => string | null;

type JsonType = 'string' | 'boolean' | 'number' | 'object' | 'array';

/** The property must pass a check; its words go to the caller. Nothing is cast. */
export function Check(check: ValueCheck): PropertyDecorator {
  return ValidateBy({
    name: 'passes',
    validator: {
      validate: (value: unknown, args) => check(value, args?.property ?? '') === null,
      defaultMessage: (args) => check(args?.value, args?.property ?? '') ?? '',
    },
  });
}

/** The property may be left out; `null` is a value. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** Checks one after the other; the first that finds something speaks. */
export function allOf(...checks: ValueCheck[]): ValueCheck {
  return (value, property) => {
    for (const check of checks) {
      const problem = check(value, property);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** Present and not empty, in Strapi's words. */
export const required: ValueCheck = (value, property) =>
  value === undefined || value === null || value === '' ? `${property} is a required field` : null;

/** Of a type of JSON, in Strapi's words. */
export function ofType(type: JsonType): ValueCheck {
  return (value, property) =>
    jsonTypeOf(value) === type
      ? null
      : `${property} must be a \`${type}\` type, but the final value was: \`${shown(value)}\`.`;
}

/** An object whose content is not shown: what came instead of it may be secret. */
export const objectWithoutEcho: ValueCheck = (value, property) => {
  const type = jsonTypeOf(value);
  if (type === 'object') return null;
  const final = type === 'array' && (value as unknown[]).length === 0 ? '[]' : `a value of the type ${type}`;
  return `${property} must be a \`object\` type, but the final value was: \`${final}\`.`;
};

/** Every item of an array passes; the items are named `events[0]`. */
export function each(check: ValueCheck): ValueCheck {
  return (value, property) =>
    (value as unknown[])
      .map((item, index) => check(item, `${property}[${index}]`))
      .find((problem) => problem !== null) ?? null;
}

/** At most so many characters. */
export function atMostCharacters(most: number): ValueCheck {
  return (value, property) =>
    (value as string).length > most ? `${property} must be at most ${most} characters` : null;
}

/** At most so many items. */
export function atMostItems(most: number): ValueCheck {
  return (value, property) =>
    (value as unknown[]).length > most
      ? `${property} field must have less than or equal to ${most} items`
      : null;
}

/** A number within bounds, both allowed. */
export function between(least: number, most: number, unit: string): ValueCheck {
  return (value, property) =>
    (value as number) < least || (value as number) > most
      ? `${property} must be between ${least} and ${most} ${unit}`
      : null;
}

/** A whole number. */
export const whole: ValueCheck = (value, property) =>
  Number.isInteger(value) ? null : `${property} must be an integer`;

/** `null` passes; everything else must pass the check. */
export function orNull(check: ValueCheck): ValueCheck {
  return (value, property) => (value === null ? null : check(value, property));
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
