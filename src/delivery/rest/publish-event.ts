import type { Caller } from '../../auth/caller.js';
import { resolveTenant } from '../../auth/tenancy.js';
import type { EventCatalogue } from '../../events/event-catalogue.js';
import type { WebhookEventInit } from '../../events/webhook-event.js';
import { listFields } from '../../http/checks.js';
import { ForbiddenError, type ValidationIssue } from '../../http/envelope-error.js';
import type { PublishedBy } from '../model/published-by.js';
import { type PublishEventBody, PublishEventItem } from './publish-event.dto.js';

const FIELDS = listFields(PublishEventItem).map(({ name }) => name);

/**
 * Reads the event of a body that was checked.
 *
 * @param index its place in an array; left out: the body is one event
 * @throws {ForbiddenError} when a caller with a tenant names another
 */
export function readEvent(body: PublishEventBody, caller: Caller, index?: number): WebhookEventInit {
  const { type, data, model = null, key = null } = body;
  return { type, data, model, key, tenant: readTenant(body, caller, index) };
}

function readTenant({ tenant }: PublishEventBody, caller: Caller, index?: number): string | null {
  try {
    return resolveTenant(tenant, caller.tenant, null);
  } catch (error) {
    if (index === undefined || !(error instanceof ForbiddenError)) throw error;
    throw new ForbiddenError(`[${index}]: ${error.message}`);
  }
}

/**
 * Finds where an event's data does not match the schema of its type.
 *
 * @param index its place in an array; left out: the body is one event
 */
export function findMisfits(
  catalogue: EventCatalogue,
  { type, data }: PublishEventBody,
  index?: number,
): ValidationIssue[] {
  const [before, place] = index === undefined ? [[], ''] : [[String(index)], `[${index}].`];
  return catalogue.problemsOf(type, data).map(({ path, message }) => ({
    path: [...before, 'data', ...path],
    message: `${place}${['data', ...path].join('.')} ${message}`,
    name: 'ValidationError' as const,
    value: path.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], data),
  }));
}

/** Says who publishes the event of a body that was checked, for the audit log. */
export function readPublisher(body: PublishEventBody, { tokenId, name, tenant }: Caller): PublishedBy {
  return { tokenId, tenant, tokenName: name, fields: FIELDS.filter((field) => Object.hasOwn(body, field)) };
}
