import { type ArgumentMetadata, type ValidationError, ValidationPipe } from '@nestjs/common';
import { RequestValidationError, type ValidationIssue } from './envelope-error.js';
import { isDeeperThan, isWiderThan } from './json-limits.js';
import { isSecret } from './secret-property.js';
import { detachRawJson } from './raw-json.js';

/** More levels than anything sensible has; some way behind it the stack ends. */
const MOST_LEVELS = 100;

/** More keys than any DTO has. Free-form JSON may have more. */
const MOST_KEYS = 100;

/**
 * Checks bodies and queries against their DTOs: nothing is cast, unknown keys are refused, and every issue is told
 * with its path in the one envelope.
 */
export function validationPipe(): ValidationPipe {
  return new BoundedValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false },
    stopAtFirstError: true,
    // Its class says what of it is secret.
    validationError: { target: true },
    exceptionFactory: (errors) => new RequestValidationError(issuesIn(errors, [])),
  });
}

/** Refuses what is nested too deep or has too many keys, before anything walks through it. */
class BoundedValidationPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') return super.transform(value, metadata);
    if (isDeeperThan(MOST_LEVELS, value)) {
      throw RequestValidationError.at([], `The request body is nested deeper than ${MOST_LEVELS} levels`);
    }
    const { metatype } = metadata;
    if (!metatype || !this.toValidate(metadata)) return super.transform(value, metadata);
    this.stripProtoKeys(value);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const body = isObject ? detachRawJson(value, metatype) : value;
    if (isWiderThan(MOST_KEYS, body)) {
      throw RequestValidationError.at([], `The request body has an object with more than ${MOST_KEYS} keys`);
    }
    return super.transform(body, metadata);
  }
}

/** Unknown keys beside each other are one issue, as Strapi tells them. */
function issuesIn(errors: ValidationError[], path: string[]): ValidationIssue[] {
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
  return [...own, ...issuesIn(error.children ?? [], path)];
}
