// The decorators below keep what they say in it.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, Matches, ValidateNested, ValidateBy } from 'class-validator';
import { EVENT_TYPE_NAME } from '../events/event-catalogue.js';
import type { JsonObject } from '../events/json.js';
import { RawJson } from '../http/raw-json.js';
import { compileSchema } from '../events/schemas/compile-schema.js';

/** An event type that `POST /admin/events` publishes and webhooks can name. */
export class CustomEventSettings {
  @Matches(EVENT_TYPE_NAME, { message: 'name must be a dotted name such as order.shipped' })
  name!: string;

  /** One sentence: when it happens. */
  @IsString()
  description!: string;

  /** JSON Schema (2020-12) of the data, which publishing is held to; left out: any object. */
  @RawJson()
  @IsOptional()
  @IsEventSchema()
  schema?: JsonObject;

  /** Data that fits the schema, for tests of webhooks; left out: made up from the schema. */
  @RawJson()
  @IsOptional()
  @IsExampleOf('schema')
  example?: JsonObject;
}

export class EventSettings {
  /** Event types beside the built-in ones. */
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => CustomEventSettings)
  custom!: CustomEventSettings[];
}

/** The property is a JSON Schema (2020-12) that stands by itself. */
export function IsEventSchema(): PropertyDecorator {
  return buildRule('isEventSchema', (value) => findSchemaProblem(value));
}

/** The property is an object that fits the schema in another property; where there is none, any. */
export function IsExampleOf(schemaProperty: string): PropertyDecorator {
  return buildRule('isExampleOf', (value, object) => {
    if (!isObject(value)) return 'example must be an object';
    const schema = object[schemaProperty];
    // A schema that is none has a sentence of its own.
    if (schema === undefined || findSchemaProblem(schema) !== null) return null;
    const [first] = compileSchema(schema as JsonObject)(value);
    return first
      ? `example does not fit the schema: ${['example', ...first.path].join('.')} ${first.message}`
      : null;
  });
}

function buildRule(
  name: string,
  problemOf: (value: unknown, object: Record<string, unknown>) => string | null,
): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value, args) => problemOf(value, (args?.object ?? {}) as Record<string, unknown>) === null,
      defaultMessage: (args) => problemOf(args?.value, (args?.object ?? {}) as Record<string, unknown>) ?? '',
    },
  });
}

function findSchemaProblem(schema: unknown): string | null {
  if (!isObject(schema)) return 'schema must be a JSON Schema, an object';
  try {
    compileSchema(schema);
    return null;
  } catch (error) {
    return `schema is no JSON Schema (2020-12) that stands by itself: ${(error as Error).message}`;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
