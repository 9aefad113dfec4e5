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
    exceptionFactory: (errors) => new RequestValidationError(errors.flatMap((error) => issuesOf(error, []))),
  });
}

function issuesOf(error: ValidationError, parents: string[]): ValidationIssue[] {
  const path = [...parents, error.property];
  const own = Object.entries(error.constraints ?? {}).map(([constraint, message]): ValidationIssue => {
    if (constraint === 'whitelistValidation') {
      return {
        path: parents,
        message: `this field has unspecified keys: ${error.property}`,
        name: 'ValidationError',
        value: undefined,
      };
    }
    return { path, message, name: 'ValidationError', value: error.value as unknown };
  });
  return [...own, ...(error.children ?? []).flatMap((child) => issuesOf(child, path))];
}
