import { SCOPES, type Scope } from '../../auth/scopes.js';
import { findTenantProblem } from '../../auth/tenancy.js';
import {
  atMostCharacters,
  atMostItems,
  type ValueCheck,
  each,
  allOf,
  Optional,
  ofType,
  orNull,
  Check,
  required,
} from '../../http/checks.js';

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Checks that a value is a scope. */
export const aScope: ValueCheck = (value) =>
  SCOPES.includes(value as Scope)
    ? null
    : `There is no scope "${String(value)}". There are: ${SCOPES.join(', ')}`;

/** Checks that a list of scopes is not empty. */
export const atLeastOneScope: ValueCheck = (value, property) =>
  (value as unknown[]).length === 0 ? `${property} must name at least one scope` : null;

const aDateTime: ValueCheck = (value, property) =>
  DATE_TIME.test(value as string) && !Number.isNaN(Date.parse(value as string))
    ? null
    : `${property} must be a date and time such as 2030-01-31T12:00:00Z`;

const aTenant: ValueCheck = (value) => findTenantProblem(value as string);

/** The body of `POST /admin/tokens`. */
export class CreateTokenBody {
  @Check(allOf(required, ofType('string'), atMostCharacters(255)))
  name!: string;

  @Check(
    allOf(
      required,
      ofType('array'),
      atLeastOneScope,
      atMostItems(SCOPES.length),
      each(allOf(ofType('string'), aScope)),
    ),
  )
  scopes!: Scope[];

  @Optional()
  @Check(orNull(allOf(ofType('string'), aTenant)))
  tenant?: string | null;

  /** ISO 8601 with a time zone; left out or null: it does not expire. */
  @Optional()
  @Check(orNull(allOf(ofType('string'), aDateTime)))
  expiresAt?: string | null;
}
