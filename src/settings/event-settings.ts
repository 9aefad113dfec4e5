// The decorators below keep what they say in it.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, Matches, ValidateNested } from 'class-validator';
import { EVENT_TYPE_NAME } from '../events/event-catalogue.js';
import type { JsonObject } from '../events/webhook-event.js';
import { Verbatim } from '../http/verbatim.js';
import { IsEventSchema, IsExampleOf } from './event-schema-rules.js';

/** An event type that `POST /admin/events` publishes and webhooks can name. */
export class CustomEventSettings {
  @Matches(EVENT_TYPE_NAME, { message: 'name must be a dotted name such as order.shipped' })
  name!: string;

  /** One sentence: when it happens. */
  @IsString()
  description!: string;

  /** JSON Schema (2020-12) of the data, which publishing is held to; left out: any object. */
  @Verbatim()
  @IsOptional()
  @IsEventSchema()
  schema?: JsonObject;

  /** Data that fits the schema, for tests of webhooks; left out: made up from the schema. */
  @Verbatim()
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
