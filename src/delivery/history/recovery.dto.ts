import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, ValidateNested } from 'class-validator';
import {
  between,
  type ValueCheck,
  allOf,
  Optional,
  ofType,
  Check,
  identifier,
  required,
  whole,
} from '../../http/checks.js';
import { STATUS_CLASSES, type StatusClass } from '../model/delivery-selection.js';
import type { DeliveryState } from '../model/delivery-entities.js';

const STATES: readonly string[] = ['pending', 'succeeded', 'failed'] satisfies DeliveryState[];

const checkState: ValueCheck = (value) =>
  STATES.includes(value as string) ? null : `state must be one of: ${STATES.join(', ')}`;

const checkStatusClass: ValueCheck = (value) =>
  STATUS_CLASSES.includes(value as StatusClass)
    ? null
    : `statusClass must be one of: ${STATUS_CLASSES.join(', ')}`;

/** Checks the type alone: `parseTimeField` checks the content. */
const checkTime: ValueCheck = (value, property) =>
  typeof value === 'string' || Number.isInteger(value)
    ? null
    : `${property} must be a time such as 2020-01-10T08:47:36Z or epoch milliseconds`;

/** For OpenAPI: the Swagger module cannot derive a union type by itself. */
const TIME = { type: undefined, oneOf: [{ type: 'string', format: 'date-time' }, { type: 'integer' }] };

/**
 * The filter of a bulk action, with the keys of the list's query. Every key is optional, but at least one must be
 * given; the given ones are joined by AND.
 */
export class DeliveriesFilter {
  @Optional()
  @Check(allOf(ofType('string'), identifier))
  webhookId?: string;

  @Optional()
  @Check(checkState)
  state?: DeliveryState;

  /** The event type. */
  @Optional()
  @Check(allOf(ofType('string'), identifier))
  event?: string;

  /** The status of the last attempt's answer. */
  @Optional()
  @Check(allOf(ofType('number'), whole, between(100, 599, 'as a status')))
  statusCode?: number;

  /** The class of the last attempt's status; `none`: no attempt was made, or no answer came. */
  @Optional()
  @Check(checkStatusClass)
  statusClass?: StatusClass;

  /** A delivery's id, or an event's. */
  @Optional()
  @Check(allOf(ofType('string'), identifier))
  id?: string;

  @Optional()
  @Check(allOf(ofType('string'), identifier))
  tenant?: string;

  /** Deliveries created at or after this time: ISO 8601, or epoch milliseconds. */
  @ApiProperty(TIME)
  @Optional()
  @Check(checkTime)
  from?: string | number;

  /** Deliveries created before this time: ISO 8601, or epoch milliseconds. */
  @ApiProperty(TIME)
  @Optional()
  @Check(checkTime)
  to?: string | number;
}

/** The body of `POST /admin/deliveries/redeliver`, `…/cancel` and `…/count`. */
export class FilterBody {
  @IsDefined({ message: 'filter is a required field' })
  @Check(ofType('object'))
  @ValidateNested()
  @Type(() => DeliveriesFilter)
  filter!: DeliveriesFilter;
}

/** The body of `POST /admin/webhooks/:id/recover`. */
export class RecoverBody {
  /** Events at or after this time: ISO 8601, or epoch milliseconds. */
  @ApiProperty(TIME)
  @Check(allOf(required, checkTime))
  since!: string | number;

  /** Events before this time. Default: now. */
  @ApiProperty(TIME)
  @Optional()
  @Check(checkTime)
  until?: string | number;

  /** Whether to also deliver events that have no delivery because the webhook was disabled. Default: false. */
  @Optional()
  @Check(ofType('boolean'))
  missed?: boolean;
}
