import { EVENT_TYPE_NAME } from '../../events/event-catalogue.js';
import type { JsonObject } from '../../events/json.js';
import { findTenantProblem } from '../../auth/tenancy.js';
import { RawJson } from '../../http/raw-json.js';
import {
  atMostCharacters,
  type ValueCheck,
  allOf,
  Optional,
  ofType,
  orNull,
  Check,
  identifier,
  required,
} from '../../http/checks.js';

/** Event types that the backend itself emits. */
const OWN_NAMES = /^(entry|media|webhook|delivery)\.|^trigger-test$/;

/** Characters of an idempotency key. */
export const LONGEST_KEY = 255;

const dottedName: ValueCheck = (value, property) =>
  EVENT_TYPE_NAME.test(value as string) ? null : `${property} must be a dotted name such as order.shipped`;

const nameOfTheCaller: ValueCheck = (value, property) =>
  OWN_NAMES.test(value as string)
    ? `${property} must be a name of your own: "${value as string}" is announced by the backend itself`
    : null;

const name = allOf(ofType('string'), atMostCharacters(255), identifier);

/** A custom event. */
export class PublishEventBody {
  @Check(allOf(required, ofType('string'), dottedName, nameOfTheCaller))
  type!: string;

  @RawJson()
  @Check(allOf(required, ofType('object')))
  data!: JsonObject;

  @Optional()
  @Check(orNull(name))
  model?: string | null;

  @Optional()
  @Check(orNull(name))
  key?: string | null;

  @Optional()
  @Check(orNull(allOf(ofType('string'), (value) => findTenantProblem(value as string))))
  tenant?: string | null;
}

/** A custom event in an array of them. */
export class PublishEventItem extends PublishEventBody {
  /** 1 to 255 characters: as the header `Idempotency-Key` of a request with this event alone. */
  @Optional()
  @Check(allOf(ofType('string'), lengthOfKey))
  idempotencyKey?: string;
}

/** The most events that are published in one transaction. */
export const MOST_EVENTS = 500;

/** What `POST /admin/events` takes, for {@link OneOrManyPipe}. */
export const ONE_OR_MANY_EVENTS = {
  one: PublishEventBody,
  each: PublishEventItem,
  most: MOST_EVENTS,
  plural: 'events',
};

/** Checks the length of an idempotency key. */
export function lengthOfKey(value: unknown, property: string): string | null {
  const { length } = value as string;
  return length >= 1 && length <= LONGEST_KEY ? null : `${property} must have 1 to ${LONGEST_KEY} characters`;
}
