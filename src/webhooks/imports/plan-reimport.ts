import { createHash } from 'node:crypto';
import type { DeliverableWebhook } from '../model/deliverable-webhook.js';
import { pruneContentTypeEvents } from '../subscriptions/content-type-events.js';
import { DISABLED_IN_STRAPI, type ReadWebhook, UNKNOWN_EVENTS } from './strapi-webhook.js';
import type { WebhookImportEntity } from './webhook-import.entity.js';

/** A webhook of Strapi that could be read. */
export type StrapiWebhook = Extract<ReadWebhook, { kind: 'webhook' }>;

/** What a second import does to a webhook. */
export interface Reimport {
  /** Whether Strapi's values replace those here. */
  isReplaced: boolean;
  /** Enables or disables it; null: it stays as it is here. */
  isEnabled: boolean | null;
  notes: string[];
}

/** Computes the fingerprint of Strapi's webhook. It leaves out values of headers: they can be secrets. */
export function fingerprintOf({ input }: StrapiWebhook): string {
  const { name, url, headers, events, contentTypeEvents } = input;
  const parts = [name, url, Object.keys(headers), events, contentTypeEvents];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/**
 * Plans the second import of a webhook: what was changed in Strapi since the first is brought over, and what was changed
 * here alone stays.
 *
 * @param before the last import; null: it was made by a release that kept none
 */
export function planReimport(
  here: DeliverableWebhook,
  there: StrapiWebhook,
  before: WebhookImportEntity | null,
): Reimport {
  const isChangedThere = before === null || before.fingerprint !== fingerprintOf(there);
  const isSame = isSameWebhook(here, there);
  const isReplaced = !isSame && (isChangedThere || !hasSameHeaders(here, there));
  const isEnabled = planSwitch(here, there, before, isReplaced);
  return {
    isReplaced,
    isEnabled,
    notes: [
      ...(isReplaced ? there.notes : []),
      ...(isSame || isReplaced ? [] : ['was changed here, and not in Strapi']),
      ...describeSwitch(here, there, isEnabled),
    ],
  };
}

function planSwitch(
  here: DeliverableWebhook,
  there: StrapiWebhook,
  before: WebhookImportEntity | null,
  isReplaced: boolean,
): boolean | null {
  const target = there.disabledReason === null;
  if (here.isEnabled === target) return null;
  const wantsUnknown = there.disabledReason?.startsWith(UNKNOWN_EVENTS) ?? false;
  // Its list of events is not whole, so that it must not look like one that gets all of them.
  if (wantsUnknown && isReplaced) return target;
  const wasUnknownHere = here.disabledReason?.startsWith(UNKNOWN_EVENTS) ?? false;
  if (wasUnknownHere) return target;
  const wasEnabled = before?.wasEnabled ?? (here.disabledReason === DISABLED_IN_STRAPI ? false : null);
  return wasEnabled !== null && wasEnabled !== there.isEnabled ? target : null;
}

function describeSwitch(here: DeliverableWebhook, there: StrapiWebhook, isEnabled: boolean | null): string[] {
  if (isEnabled === true) return ['enabled, as it is there now'];
  if (isEnabled === false) return there.isEnabled ? [] : ['disabled, as it is there now'];
  if (here.isEnabled === there.isEnabled) return [];
  return [here.isEnabled ? 'stays enabled, and is disabled there' : 'stays disabled, and is enabled there'];
}

function isSameWebhook(here: DeliverableWebhook, there: StrapiWebhook): boolean {
  const { input } = there;
  const contentTypeEvents = pruneContentTypeEvents(input.contentTypeEvents, input.events);
  return (
    here.name === input.name &&
    here.url === input.url &&
    hasSameHeaders(here, there) &&
    JSON.stringify(here.events) === JSON.stringify(input.events) &&
    JSON.stringify(here.contentTypeEvents) === JSON.stringify(contentTypeEvents)
  );
}

function hasSameHeaders(here: DeliverableWebhook, { input }: StrapiWebhook): boolean {
  return JSON.stringify(here.headers) === JSON.stringify(input.headers);
}
