import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError, type ValidatorOptions } from 'class-validator';
import { RequestValidationError, type ValidationIssue } from './envelope-error.js';
import { describePlace, findUnsoundValue, isDeeperThan, isWiderThan } from './json-limits.js';
import { detachRawJson } from './raw-json.js';
import { isSecret } from './secret-property.js';

/** The most levels of a body. Far more would overflow the stack of whatever walks through it. */
const MOST_LEVELS = 100;

/** The most keys of an object, more than any DTO has. Free-form JSON may have more. */
const MOST_KEYS = 100;

/** Whether class-transformer drops a key: those that every object inherits, and `prototype`. No DTO has them. */
const isDroppedKey = (key: string) => key === 'prototype' || key in Object.prototype;

/** How bodies reach the pipe. */
export interface BodyOptions {
  /**
   * Whether `checkJsonBody` has seen their text. Otherwise (a host's parser read them) the values are checked: whole
   * numbers beyond 2^53 are refused, because they may have been others. Default: false.
   */
  isTextChecked?: boolean;
}

const RULES: ValidatorOptions = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  // The DTO's class says which properties are secret.
  validationError: { target: true },
};

/** Types of arguments that are no DTO. */
const PLAIN: readonly unknown[] = [String, Boolean, Number, Array, Object, Buffer, Date];

/**
 * Makes the pipe that validates bodies and queries against their DTOs. Values are never cast, unknown keys are refused,
 * and the answer lists every issue with its path.
 */
export function createValidationPipe(options: BodyOptions = {}): PipeTransform<unknown, Promise<unknown>> {
  return new BoundedValidationPipe(options);
}

/**
 * Refuses bodies that are nested too deep or have too many keys, before class-transformer walks through them. It is no
 * subclass of Nest's pipe: all pipes of a process share the validator of the one that was created last, which would be
 * ours in a host's pipes.
 */
class BoundedValidationPipe implements PipeTransform<unknown, Promise<unknown>> {
  constructor(private readonly options: BodyOptions) {}

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype, type } = metadata;
    const isDto =
      metatype !== undefined && metatype !== null && type !== 'custom' && !PLAIN.includes(metatype);
    if (type !== 'body') {
      if (!isDto) return asText(value, metadata);
      refuseDroppedKeys(value, []);
      return toValid(metatype, value);
    }
    if (isDeeperThan(MOST_LEVELS, value)) {
      throw RequestValidationError.at([], `The request body is nested deeper than ${MOST_LEVELS} levels`);
    }
    if (this.options.isTextChecked !== true) refuseUnsoundValue(value);
    if (!isDto) return value;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const body = isObject ? detachRawJson(value, metatype) : value;
    if (isWiderThan(MOST_KEYS, body)) {
      throw RequestValidationError.at([], `The request body has an object with more than ${MOST_KEYS} keys`);
    }
    refuseDroppedKeys(body, []);
    return toValid(metatype, body);
  }
}

/** A parameter that is declared as a text is one, also where the query has it twice. */
function asText(value: unknown, { type, data, metatype }: ArgumentMetadata): unknown {
  const isOne = data !== undefined && (type === 'param' || type === 'query');
  return isOne && metatype === String && value !== undefined ? String(value) : value;
}

/** @throws {RequestValidationError} with every issue of the value */
async function toValid(dto: Type, given: unknown): Promise<unknown> {
  const value: unknown = given ?? {};
  const made: unknown = plainToInstance(dto, value);
  const isInstance = (made as object).constructor === dto;
  // An array or a primitive is no DTO: what an empty one lacks is told, or that it is none.
  const errors = await validate(isInstance ? (made as object) : emptyOf(dto), RULES);
  if (errors.length > 0) throw new RequestValidationError(toIssues(errors, []));
  if (!isInstance && (await hasRules(dto))) {
    throw RequestValidationError.at([], 'Validation failed (object is expected)');
  }
  return made;
}

function emptyOf(dto: Type): object {
  return Object.create(dto.prototype as object, { constructor: { value: dto } }) as object;
}

async function hasRules(dto: Type): Promise<boolean> {
  const errors = await validate(emptyOf(dto), RULES);
  return !errors.some(({ constraints }) => constraints?.['unknownValue'] !== undefined);
}

function refuseUnsoundValue(body: unknown): void {
  const unsound = findUnsoundValue(body);
  if (unsound === null) return;
  throw RequestValidationError.at(unsound.path, `${describePlace(unsound.path)} ${unsound.what}`);
}

/** Refuses keys that class-transformer would drop in silence. Free-form JSON keeps them: it is detached before. */
function refuseDroppedKeys(value: unknown, path: string[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && isDroppedKey(key)) {
      throw RequestValidationError.at(path, `this field has unspecified keys: ${key}`);
    }
    if (typeof inner === 'object') refuseDroppedKeys(inner, [...path, key]);
  }
}

/** Unknown keys of one object are one issue, as in Strapi's answers. */
function toIssues(errors: ValidationError[], path: string[]): ValidationIssue[] {
  const isUnknown = ({ constraints }: ValidationError) => constraints?.['whitelistValidation'] !== undefined;
  const unknown = errors.filter(isUnknown);
  const others = errors.filter((error) => !isUnknown(error)).flatMap((error) => issuesOf(error, path));
  if (unknown.length === 0) return others;
  const keys = unknown.map(({ property }) => property).join(', ');
  return [...others, { path, message: `this field has unspecified keys: ${keys}`, name: 'ValidationError' }];
}

function issuesOf(error: ValidationError, parents: string[]): ValidationIssue[] {
  const path = [...parents, error.property];
  const own = Object.values(error.constraints ?? {}).map((message): ValidationIssue => ({
    path,
    message,
    name: 'ValidationError',
    ...(isSecret(error.target, error.property) ? {} : { value: error.value as unknown }),
  }));
  return [...own, ...toIssues(error.children ?? [], path)];
}
