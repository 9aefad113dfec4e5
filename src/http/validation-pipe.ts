import {
  type ArgumentMetadata,
  type ValidationError,
  ValidationPipe,
  type ValidationPipeOptions,
} from '@nestjs/common';
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

/**
 * Makes the pipe that validates bodies and queries against their DTOs. Values are never cast, unknown keys are refused,
 * and the answer lists every issue with its path.
 */
export function createValidationPipe({ isTextChecked = false }: BodyOptions = {}): ValidationPipe {
  return new BoundedValidationPipe(isTextChecked, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false },
    stopAtFirstError: true,
    // The DTO's class says which properties are secret.
    validationError: { target: true },
    exceptionFactory: (errors) => new RequestValidationError(toIssues(errors, [])),
  });
}

/** Refuses bodies that are nested too deep or have too many keys, before class-transformer walks through them. */
class BoundedValidationPipe extends ValidationPipe {
  constructor(
    private readonly isTextChecked: boolean,
    options: ValidationPipeOptions,
  ) {
    super(options);
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') {
      if (this.toValidate(metadata)) refuseDroppedKeys(value, []);
      return super.transform(value, metadata);
    }
    if (isDeeperThan(MOST_LEVELS, value)) {
      throw RequestValidationError.at([], `The request body is nested deeper than ${MOST_LEVELS} levels`);
    }
    if (!this.isTextChecked) refuseUnsoundValue(value);
    const { metatype } = metadata;
    if (!metatype || !this.toValidate(metadata)) return super.transform(value, metadata);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const body = isObject ? detachRawJson(value, metatype) : value;
    if (isWiderThan(MOST_KEYS, body)) {
      throw RequestValidationError.at([], `The request body has an object with more than ${MOST_KEYS} keys`);
    }
    refuseDroppedKeys(body, []);
    return super.transform(body, metadata);
  }
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
