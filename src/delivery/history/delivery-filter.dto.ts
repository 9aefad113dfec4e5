import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { Check, identifier } from '../../http/checks.js';
import { PageQuery } from '../../http/page-query.dto.js';
import { STATUS_CLASSES, type StatusClass } from '../model/delivery-selection.js';

const STATES = ['pending', 'succeeded', 'failed'] as const;

/** The query of a list of deliveries. Every key is optional; the given ones are joined by AND. */
export class DeliveryFilterQuery extends PageQuery {
  @IsOptional()
  @IsString({ message: 'webhookId must be one id' })
  @Check(identifier)
  webhookId?: string;

  @IsOptional()
  @IsIn(STATES, { message: `state must be one of: ${STATES.join(', ')}` })
  state?: (typeof STATES)[number];

  /** The event type. */
  @IsOptional()
  @IsString({ message: 'event must be one event type' })
  @Check(identifier)
  event?: string;

  /** The status of the last attempt's answer. */
  @IsOptional()
  @Matches(/^[1-5]\d\d$/, { message: 'statusCode must be a status such as 503' })
  statusCode?: string;

  /** The class of the last attempt's status; `none`: no attempt was made, or no answer came. */
  @IsOptional()
  @IsIn(STATUS_CLASSES, { message: `statusClass must be one of: ${STATUS_CLASSES.join(', ')}` })
  statusClass?: StatusClass;

  /** A delivery's id, or an event's. */
  @IsOptional()
  @IsString({ message: 'id must be one id' })
  @Check(identifier)
  id?: string;

  @IsOptional()
  @IsString({ message: 'tenant must be one tenant' })
  @Check(identifier)
  tenant?: string;

  /** Deliveries created at or after this time. */
  @IsOptional()
  @IsString({ message: 'from must be one time' })
  from?: string;

  /** Deliveries created before this time. */
  @IsOptional()
  @IsString({ message: 'to must be one time' })
  to?: string;
}

/** The query of a list of events. Every key is optional; the given ones are joined by AND. */
export class EventFilterQuery extends PageQuery {
  @IsOptional()
  @IsString({ message: 'type must be one event type' })
  @Check(identifier)
  type?: string;

  @IsOptional()
  @IsString({ message: 'tenant must be one tenant' })
  @Check(identifier)
  tenant?: string;

  @IsOptional()
  @IsString({ message: 'from must be one time' })
  from?: string;

  @IsOptional()
  @IsString({ message: 'to must be one time' })
  to?: string;
}
