import type { Caller } from '../../auth/caller.js';
import { ForbiddenError, RequestValidationError } from '../../http/envelope-error.js';

/** The fields of a webhook that the setting `portal.maySet` can name. */
export const SETTABLE_FIELDS = [
  'name',
  'url',
  'headers',
  'events',
  'contentTypeEvents',
  'format',
  'timeoutMs',
  'retrySchedule',
  'rateLimit',
  'concurrency',
  'ordering',
  'tls',
  'include',
  'cloudEventsHandshake',
  'filter',
  'hubSignature',
  'isEnabled',
  'secret',
] as const;

/** The fields that a caller may set; null: all of them. */
export type SettableFields = readonly string[] | null;

/** Says which fields a caller may set: of portal sessions those of the setting, of all others every one. */
export function settableBy({ via }: Caller, ofPortal: readonly string[]): SettableFields {
  return via === 'portal' ? ofPortal : null;
}

/** @throws {ForbiddenError} when the caller may not set this field, which a route of its own changes */
export function requireSettable(field: (typeof SETTABLE_FIELDS)[number], settable: SettableFields): void {
  if (settable === null || settable.includes(field)) return;
  throw new ForbiddenError(`An administrator decides about ${field} of webhooks here.`);
}

/**
 * Refuses a new webhook with a value for a field that the caller may not set. Empty values, which clients send for want
 * of one, pass.
 *
 * @throws {RequestValidationError} with every such field
 */
export function refuseForeignValues(input: object, settable: SettableFields): void {
  if (settable === null) return;
  const foreign = Object.entries(input).filter(
    ([field, value]) => field !== 'tenant' && !settable.includes(field) && !isEmpty(value),
  );
  refuse(foreign.map(([field]) => field));
}

/**
 * Refuses a change of a field that the caller may not set. A value that is sent back as it is passes.
 *
 * @param input what the caller named; what else a change brings about is not its doing
 * @throws {RequestValidationError} with every such field
 */
export function refuseForeignChanges(
  input: object,
  before: object,
  after: object,
  settable: SettableFields,
): void {
  if (settable === null) return;
  const foreign = Object.entries(input).filter(
    ([field, value]) =>
      value !== undefined &&
      (SETTABLE_FIELDS as readonly string[]).includes(field) &&
      !settable.includes(field) &&
      toJson(before, field) !== toJson(after, field),
  );
  refuse(foreign.map(([field]) => field));
}

function refuse(fields: string[]): void {
  if (fields.length === 0) return;
  throw new RequestValidationError(
    fields.map((field) => ({
      path: [field],
      message: `${field} is for an administrator to set here`,
      name: 'ValidationError',
    })),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function toJson(thing: object, key: string): string | undefined {
  return JSON.stringify((thing as Record<string, unknown>)[key]);
}
