import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { JsonObject, JsonValue } from '../json.js';
import { replaceQuadraticChecks } from './linear-checks.js';
import { compileSchemaPattern } from './schema-pattern.js';

/** A place where data does not fit its schema. */
export interface SchemaProblem {
  /** The path from the data's root: `['items', '0', 'price']`. */
  path: string[];
  /** `must be integer` */
  message: string;
}

/** Validates data; returns an empty list when it fits. */
export type SchemaCheck = (data: JsonValue) => SchemaProblem[];

/** Ajv asks for the code of the engine too, for checks that are written to files. These are not. */
const REG_EXP = Object.assign(compileSchemaPattern, { code: 'compileSchemaPattern' });

/** The greatest number of problems that a check returns. */
const MOST_PROBLEMS = 20;

/**
 * Compiles a JSON Schema (2020-12) to a check. Formats are asserted; unknown keywords are ignored; patterns run on RE2.
 *
 * @throws {Error} when the schema is invalid, refers to another document or has a pattern that RE2 does not take; the
 *   message says what is wrong
 */
export function compileSchema(schema: JsonObject): SchemaCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, code: { regExp: REG_EXP } });
  formats.default(ajv);
  replaceQuadraticChecks(ajv);
  const validate = ajv.compile(schema);
  return (data) => (validate(data) ? [] : (validate.errors ?? []).slice(0, MOST_PROBLEMS).map(toProblem));
}

function toProblem({ instancePath, keyword, params, message }: ErrorObject): SchemaProblem {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Record<string, unknown>;
  if (keyword === 'required')
    return { path: [...path, String(missingProperty)], message: 'is a required field' };
  const unknown = additionalProperty ?? unevaluatedProperty;
  if (unknown !== undefined)
    return { path: [...path, String(unknown)], message: 'is not known to the schema' };
  return { path, message: message ?? `does not fit (${keyword})` };
}
