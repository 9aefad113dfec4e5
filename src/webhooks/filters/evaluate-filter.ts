import type { RecordedEvent } from '../formats/recorded-event.js';
import type { DeliverableWebhook } from '../model/deliverable-webhook.js';
import { compileFilter, type FilterProgram, type FilterResult } from './compile-filter.js';

/** Compiled once for each reading of a webhook; a changed filter is read anew with its webhook. */
const programs = new WeakMap<object, FilterProgram>();

const MATCHES: FilterResult = { kind: 'matches' };

/** What a webhook's filter says of an event that it is subscribed to; without a filter every event matches. */
export function evaluateFilter(
  webhook: Pick<DeliverableWebhook, 'filter'>,
  event: RecordedEvent,
): FilterResult {
  if (webhook.filter === null) return MATCHES;
  let program = programs.get(webhook);
  if (!program) {
    program = compiledOrFailing(webhook.filter);
    programs.set(webhook, program);
  }
  return program.evaluate(event);
}

/** A filter that was saved under other rules and is refused now: its events are delivered, and each is counted. */
function compiledOrFailing(filter: string): FilterProgram {
  try {
    return compileFilter(filter);
  } catch (error) {
    const result: FilterResult = { kind: 'failed', message: (error as Error).message };
    return { evaluate: () => result };
  }
}
