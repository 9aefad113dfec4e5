import type { RecordedEvent } from '../formats/recorded-event.js';
import type { DeliverableWebhook } from '../model/deliverable-webhook.js';
import { compileFilter, type FilterProgram, type FilterResult } from './compile-filter.js';

/** Compiled filters, by webhook object. A changed filter comes with a new object, so no entry gets stale. */
const programs = new WeakMap<object, FilterProgram>();

const MATCHES: FilterResult = { kind: 'matches' };

/** Evaluates a webhook's filter over an event that the webhook is subscribed to. Without a filter every event matches. */
export function evaluateFilter(
  webhook: Pick<DeliverableWebhook, 'filter'>,
  event: RecordedEvent,
): FilterResult {
  if (webhook.filter === null) return MATCHES;
  let program = programs.get(webhook);
  if (!program) {
    program = compileOrFail(webhook.filter);
    programs.set(webhook, program);
  }
  return program.evaluate(event);
}

/** A stored filter that does not compile (an earlier version accepted it) fails for each event: all are delivered. */
function compileOrFail(filter: string): FilterProgram {
  try {
    return compileFilter(filter);
  } catch (error) {
    const result: FilterResult = { kind: 'failed', message: (error as Error).message };
    return { evaluate: () => result };
  }
}
