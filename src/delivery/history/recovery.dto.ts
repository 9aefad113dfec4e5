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
  required,
  whole,
} from '../../http/checks.js';
import { STATUS_CLASSES, type StatusClass } from '../model/delivery-selection.js';
import type { DeliveryState } from '../model/delivery-entities.js';

const STATES: readonly string[] = ['pending', 'succeeded', 'failed'] satisfies DeliveryState[];

const aState: ValueCheck = (value) =>
  STATES.includes(value as string) ? null : `state must be one of: ${STATES.join(', ')}`;

const aStatusClass: ValueCheck = (value) =>
  STATUS_CLASSES.includes(value as StatusClass)
    ? null
    : `statusClass must be one of: ${STATUS_CLASSES.join(', ')}`;

/** What it must be exactly is said when it is read. */
const aTime: ValueCheck = (value, property) =>
  typeof value === 'string' || Number.isInteger(value)
    ? null
    : `${property} must be a time such as 2020-01-10T08:47:36Z or epoch milliseconds`;

/** For the API description, which cannot tell a type of two kinds by itself. */
const TIME = { type: undefined, oneOf: [{ type: 'string', format: 'date-time' }, { type: 'integer' }] };

/** Which deliveries are meant: the keys of the list's filter. Everything may be left out, but not all of it. */
export class DeliveriesFilter {
  @Optional()
  @Check(ofType('string'))
  webhookId?: string;

  @Optional()
  @Check(aState)
  state?: DeliveryState;

  /** The event type. */
  @Optional()
  @Check(ofType('string'))
  event?: string;

  /** Of the last attempt. */
  @Optional()
  @Check(allOf(ofType('number'), whole, between(100, 599, 'as a status')))
  statusCode?: number;

  /** Of the last attempt's status; `none`: no attempt was made, or no answer came. */
  @Optional()
  @Check(aStatusClass)
  statusClass?: StatusClass;

  /** A delivery's id, or an event's. */
  @Optional()
  @Check(ofType('string'))
  id?: string;

  @Optional()
  @Check(ofType('string'))
  tenant?: string;

  /** Made at or after this time: ISO 8601, or epoch milliseconds. */
  @ApiProperty(TIME)
  @Optional()
  @Check(aTime)
  from?: string | number;

  /** Made before this time: ISO 8601, or epoch milliseconds. */
  @ApiProperty(TIME)
  @Optional()
  @Check(aTime)
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
  @Check(allOf(required, aTime))
  since!: string | number;

  /** Events before this time; left out: until now. */
  @ApiProperty(TIME)
  @Optional()
  @Check(aTime)
  until?: string | number;

  /** Whether also events are brought that have no delivery, because the webhook was disabled. */
  @Optional()
  @Check(ofType('boolean'))
  missed?: boolean;
}
