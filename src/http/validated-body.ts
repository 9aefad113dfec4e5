import { type ValidationError, ValidationPipe } from '@nestjs/common';
import { RequestValidationError, type ValidationIssue } from './envelope-error.js';

/**
 * Checks bodies and queries against their DTOs: nothing is cast, unknown keys are refused, and every issue is told
 * with its path in the one envelope.
 */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false },
    stopAtFirstError: true,
    exceptionFactory: (errors) => new RequestValidationError(issuesIn(errors, [])),
  });
}

/** Unknown keys beside each other are one issue, as Strapi tells them. */
function issuesIn(errors: ValidationError[], path: string[]): ValidationIssue[] {
  const unknown = errors.filter((error) => error.constraints?.['whitelistValidation'] !== undefined);
  const others = errors.filter((error) => !unknown.includes(error)).flatMap((error) => issuesOf(error, path));
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
    value: error.value as unknown,
  }));
  return [...own, ...issuesIn(error.children ?? [], path)];
}
