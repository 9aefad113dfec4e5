import type { RecordedEvent } from '../formats/recorded-event.js';
import type { DeliverableWebhook } from '../model/deliverable-webhook.js';
import { compileFilter, type Evaluation, type FilterProgram, type FilterResult } from './compile-filter.js';

/** Compiled filters, by webhook object. A changed filter comes with a new object, so no entry gets stale. */
const programs = new WeakMap<object, FilterProgram>();

const MATCHES: Evaluation = { result: { kind: 'matches' }, steps: 0, isStopped: false };

/**
 * Evaluates a webhook's filter over an event that the webhook is subscribed to, with its cost. Without a filter every
 * event matches.
 *
 * @param most the budget in steps; default: that of `metering.ts`
 */
export function measureFilter(
  webhook: Pick<DeliverableWebhook, 'filter'>,
  event: RecordedEvent,
  most?: number,
): Evaluation {
  if (webhook.filter === null) return MATCHES;
  let program = programs.get(webhook);
  if (!program) {
    program = compileOrFail(webhook.filter);
    programs.set(webhook, program);
  }
  return program.measure(event, most);
}

/** Drops the compiled filter of a webhook: an evaluation that was stopped from outside may have left it half changed. */
export function forgetFilter(webhook: Pick<DeliverableWebhook, 'filter'>): void {
  programs.delete(webhook);
}

/** A stored filter that does not compile (an earlier version accepted it) fails for each event: all are delivered. */
function compileOrFail(filter: string): FilterProgram {
  try {
    return compileFilter(filter);
  } catch (error) {
    const result: FilterResult = { kind: 'failed', message: (error as Error).message };
    return { evaluate: () => result, measure: () => ({ result, steps: 0, isStopped: false }) };
  }
}
