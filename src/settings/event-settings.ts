// The decorators below store their metadata with it.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, Matches, ValidateBy, ValidateNested } from 'class-validator';
import { EVENT_TYPE_NAME } from '../events/event-catalogue.js';
import type { JsonObject } from '../events/json.js';
import { compileSchema } from '../events/schemas/compile-schema.js';
import { RawJson } from '../http/raw-json.js';

/** A custom event type: `POST /admin/events` publishes it, and webhooks can subscribe to it. */
export class CustomEventSettings {
  @Matches(EVENT_TYPE_NAME, { message: 'name must be a dotted name such as order.shipped' })
  name!: string;

  /** One sentence: when it happens. */
  @IsString()
  description!: string;

  /** JSON Schema (2020-12) that published data must fit. Default: any object. */
  @RawJson()
  @IsOptional()
  @IsEventSchema()
  schema?: JsonObject;

  /** Data that fits the schema, for test sends. Default: generated from the schema. */
  @RawJson()
  @IsOptional()
  @IsExampleOf('schema')
  example?: JsonObject;
}

/** `events`: event types beside the built-in ones. */
export class EventSettings {
  /** The custom event types. */
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => CustomEventSettings)
  custom!: CustomEventSettings[];
}

/** Checks that the property is a JSON Schema (2020-12) without references to other documents. */
export function IsEventSchema(): PropertyDecorator {
  return buildRule('isEventSchema', (value) => findSchemaProblem(value));
}

/** Checks that the property is an object that fits the schema in another property; without a schema any object fits. */
export function IsExampleOf(schemaProperty: string): PropertyDecorator {
  return buildRule('isExampleOf', (value, object) => {
    if (!isObject(value)) return 'example must be an object';
    const schema = object[schemaProperty];
    // An invalid schema is reported at its own property.
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
    return `schema must be a JSON Schema (2020-12) without references to other documents: ${(error as Error).message}`;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
