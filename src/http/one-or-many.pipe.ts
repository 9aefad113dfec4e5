import type { PipeTransform } from '@nestjs/common';
import { type CheckedField, listFields, ofType } from './checks.js';
import { RequestValidationError, type ValidationIssue } from './envelope-error.js';

/** The most keys of an object, more than any DTO has. */
const MOST_KEYS = 100;

const isObject = ofType('object');

interface Dto {
  prototype: object;
}

/** What {@link OneOrManyPipe} takes. */
export interface OneOrMany {
  /** The DTO of a body that is one thing. */
  one: Dto;
  /** The DTO of each thing of an array. */
  each: Dto;
  /** The most things in an array. */
  most: number;
  /** What they are, for messages: `events`. */
  plural: string;
}

/**
 * Validates a body that is one thing or an array of them, with the answers of the validation pipe: unknown keys are
 * refused, and every issue has its path, which begins with the index in an array (`[3].type` in its message).
 *
 * The checks run on the body itself, which is passed on uncopied: a DTO here has no nested DTOs, and copying and
 * validating through class-transformer and class-validator costs more than recording the event.
 */
export class OneOrManyPipe implements PipeTransform<unknown, unknown> {
  private readonly one: readonly CheckedField[];
  private readonly each: readonly CheckedField[];

  constructor(private readonly options: OneOrMany) {
    this.one = listFields(options.one);
    this.each = listFields(options.each);
  }

  /** @throws {RequestValidationError} with every issue */
  transform(body: unknown): unknown {
    if (!Array.isArray(body)) {
      const given = body ?? {};
      refuse(findIssues(given, this.one, null));
      return given;
    }
    const { most, plural } = this.options;
    if (body.length === 0 || body.length > most) {
      throw RequestValidationError.at([], `An array must have 1 to ${most} ${plural}`);
    }
    refuse(body.flatMap((item: unknown, index) => findIssues(item, this.each, index)));
    return body;
  }
}

function refuse(issues: ValidationIssue[]): void {
  if (issues.length > 0) throw new RequestValidationError(issues);
}

/** @param index the item's place in the array; null: the body is one thing */
function findIssues(item: unknown, fields: readonly CheckedField[], index: number | null): ValidationIssue[] {
  const path = index === null ? [] : [String(index)];
  const place = index === null ? '' : `[${index}]`;
  const wrong = isObject(item, index === null ? 'The request body' : place);
  if (wrong !== null) return [createIssue(path, wrong)];
  const body = item as Record<string, unknown>;
  const issues: ValidationIssue[] = [];
  for (const { name, check, isOptional } of fields) {
    const value = body[name];
    if (isOptional && value === undefined) continue;
    const message = check(value, index === null ? name : `${place}.${name}`);
    if (message !== null) issues.push({ ...createIssue([...path, name], message), value });
  }
  const unknown = Object.keys(body).filter((key) => !fields.some(({ name }) => name === key));
  if (unknown.length > MOST_KEYS) {
    return [createIssue(path, `The request body has an object with more than ${MOST_KEYS} keys`)];
  }
  if (unknown.length > 0) {
    const message = `this field has unspecified keys: ${unknown.join(', ')}`;
    issues.push(createIssue(path, index === null ? message : `${place}: ${message}`));
  }
  return issues;
}

function createIssue(path: string[], message: string): ValidationIssue {
  return { path, message, name: 'ValidationError' };
}
