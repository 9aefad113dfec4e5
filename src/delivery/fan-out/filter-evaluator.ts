import { Injectable, Logger } from '@nestjs/common';
import { setImmediate as yieldTurn } from 'node:timers/promises';
import { Clock } from '../../host/clock.js';
import type { FilterResult } from '../../webhooks/filters/compile-filter.js';
import { forgetFilter, measureFilter } from '../../webhooks/filters/evaluate-filter.js';
import { MOST_STEPS } from '../../webhooks/filters/metering.js';
import { runWithin } from '../../webhooks/filters/time-wall.js';
import type { RecordedEvent } from '../../webhooks/formats/recorded-event.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { FilterAllowances, FREE_STEPS } from './filter-allowances.js';
import { FilterStreaks, getSavedAt, STOPS_UNTIL_SUSPENDED } from './filter-streaks.js';
import { isRecipient } from './plan-fan-out.js';

/**
 * The longest that an evaluation may hold the process, milliseconds. By its budget of steps it takes a tenth of it at
 * most: what is stopped here is work that the meter does not see, so that a filter cannot freeze the process for good.
 */
const WALL_MS = 200;

/** A slice that passed the wall without this share of it in CPU time was paused by the machine, and is tried again. */
const LEAST_CPU_SHARE = 0.5;

/** How often a paused slice is tried again before it counts as stopped. */
const MOST_PAUSES = 3;

/** After so long other work of the process has its turn, milliseconds. */
const SLICE_MS = 20;

/** After so long a batch begins no further slice, milliseconds: meanwhile it holds the rows of its events. */
const LONGEST_BATCH_MS = 250;

/** What {@link WALL_MS} comes to in steps of a quarter of a microsecond. */
const WALL_STEPS = WALL_MS * 4_000;

/** What the evaluation of a webhook's filter needs. */
export type FilteredWebhook = Pick<
  DeliverableWebhook,
  'id' | 'filter' | 'tenant' | 'createdAt' | 'updatedAt' | 'filterSuspendedAt'
>;

/** A filter to evaluate over an event. */
export interface FilterTask {
  webhook: FilteredWebhook;
  event: RecordedEvent;
  /** Whether it is tried out, and not a webhook's: it cannot be suspended. */
  isTrial?: boolean;
}

/** A filter that is suspended and not written as such yet. */
export interface NewSuspension {
  webhookId: string;
  /** When the webhook was saved with it, UTC epoch milliseconds. */
  savedAt: number;
}

/** What the filters make of the events of a batch. */
export interface EvaluatedBatch<Event extends RecordedEvent> {
  /** The events that every filter was asked about, at least one: for the others there was no time. */
  events: readonly Event[];
  /** The result of a webhook's filter over one of these events; `matches` where it has none. */
  evaluate: (webhook: DeliverableWebhook, event: RecordedEvent) => FilterResult;
}

const MATCHES: FilterResult = { kind: 'matches' };
const STOPPED: FilterResult = { kind: 'failed', message: `it was stopped after ${WALL_MS} milliseconds` };
const NO_ALLOWANCE: FilterResult = {
  kind: 'failed',
  message: `it takes more than ${FREE_STEPS} steps over this event, and the filters of its tenant have used up their time`,
};

/**
 * Evaluates filters in slices between which other work has its turn, behind a wall that stops what the meter does not
 * see, and within the allowance of each tenant. A filter that is stopped again and again is suspended.
 */
@Injectable()
export class FilterEvaluator {
  private readonly logger = new Logger('FanOut');
  private readonly allowances: FilterAllowances;
  private readonly streaks = new FilterStreaks();
  private suspensions: NewSuspension[] = [];

  constructor(clock: Clock) {
    this.allowances = new FilterAllowances(clock);
  }

  /**
   * Evaluates filters.
   *
   * @param isEnough asked between two slices, with the number of results: whether to end there
   * @returns their results, in the order of the tasks
   */
  async evaluate(
    tasks: readonly FilterTask[],
    isEnough: (count: number) => boolean = () => false,
  ): Promise<FilterResult[]> {
    const results: FilterResult[] = [];
    let pauses = 0;
    while (results.length < tasks.length && !isEnough(results.length)) {
      const end = runSlice(() => {
        const began = performance.now();
        do {
          const task = tasks[results.length];
          if (task) results.push(this.evaluateOne(task));
        } while (results.length < tasks.length && performance.now() - began < SLICE_MS);
      });
      pauses = end === 'paused' ? pauses + 1 : 0;
      const current = tasks[results.length];
      if (end !== 'done' && current) {
        forgetFilter(current.webhook);
        if (end === 'stopped' || pauses > MOST_PAUSES) results.push(this.stop(current));
      }
      if (results.length < tasks.length) await yieldTurn();
    }
    return results;
  }

  /**
   * Evaluates the filters of those who would get some events, event by event while there is time.
   *
   * @param now epoch milliseconds
   * @param longestMs how long, milliseconds; the slice that runs then is ended, and so is the first event
   */
  async evaluateAll<Event extends RecordedEvent>(
    events: readonly Event[],
    webhooks: Iterable<DeliverableWebhook>,
    now: number,
    longestMs = LONGEST_BATCH_MS,
  ): Promise<EvaluatedBatch<Event>> {
    const filtered = [...webhooks].filter(({ filter }) => filter !== null);
    const tasks = events.flatMap((event) =>
      filtered.filter((webhook) => isRecipient(webhook, event, now)).map((webhook) => ({ webhook, event })),
    );
    if (tasks.length === 0) return { events, evaluate: () => MATCHES };
    const began = performance.now();
    const ofFirst = tasks.filter(({ event }) => event === tasks[0]?.event).length;
    const results = await this.evaluate(
      tasks,
      (count) => count >= ofFirst && performance.now() - began >= longestMs,
    );
    const byEvent = new Map(events.map((event) => [event, new Map<FilteredWebhook, FilterResult>()]));
    for (const [index, { webhook, event }] of tasks.entries()) {
      const result = results[index];
      if (result && result.kind !== 'matches') byEvent.get(event)?.set(webhook, result);
    }
    // The first event without all its results, and those after it, wait for the next batch.
    const next = tasks[results.length]?.event;
    return {
      events: next === undefined ? events : events.slice(0, events.indexOf(next)),
      evaluate: (webhook, event) => byEvent.get(event as Event)?.get(webhook) ?? MATCHES,
    };
  }

  /** Evaluates a filter that is not saved, within the allowance of its author's tenant. */
  async tryOut(filter: string, event: RecordedEvent, tenant: string | null): Promise<FilterResult> {
    const webhook: FilteredWebhook = { id: '', filter, tenant, createdAt: 0 };
    const [result = MATCHES] = await this.evaluate([{ webhook, event, isTrial: true }]);
    return result;
  }

  /** Removes and returns the suspensions since the last call. */
  takeSuspensions(): NewSuspension[] {
    return this.suspensions.splice(0);
  }

  /** Puts suspensions back that could not be written. */
  restoreSuspensions(suspensions: readonly NewSuspension[]): void {
    this.suspensions.push(...suspensions);
  }

  private evaluateOne(task: FilterTask): FilterResult {
    const { webhook, event } = task;
    if (webhook.filter === null || this.streaks.isSuspended(webhook)) return MATCHES;
    const isAllowed = this.allowances.has(webhook.tenant);
    const { result, steps, isStopped } = measureFilter(webhook, event, isAllowed ? MOST_STEPS : FREE_STEPS);
    this.allowances.charge(webhook.tenant, steps);
    // What the tenant's other filters have used up is not this filter's doing.
    if (!isAllowed && isStopped) return NO_ALLOWANCE;
    this.count(task, isStopped ? result : null);
    return result;
  }

  private stop(task: FilterTask): FilterResult {
    this.allowances.charge(task.webhook.tenant, WALL_STEPS);
    this.count(task, STOPPED);
    return STOPPED;
  }

  /** @param stopped the result of an evaluation that was stopped; null: it ended by itself */
  private count({ webhook, isTrial }: FilterTask, stopped: FilterResult | null): void {
    if (isTrial === true || !this.streaks.count(webhook, stopped !== null)) return;
    this.suspensions.push({ webhookId: webhook.id, savedAt: getSavedAt(webhook) });
    const reason = stopped?.kind === 'failed' ? stopped.message : 'it was stopped';
    this.logger.warn(
      `The filter of webhook ${webhook.id} is suspended, because it had to be stopped over ${STOPS_UNTIL_SUSPENDED} events in a row: ${reason}. Events are delivered as if it were not there, until the webhook is saved again.`,
    );
  }
}

/** Runs a slice of evaluations. `stopped`: it passed the wall. `paused`: it did because the machine did not run it. */
function runSlice(work: () => void): 'done' | 'stopped' | 'paused' {
  const before = process.cpuUsage();
  if (runWithin(SLICE_MS + WALL_MS, work)) return 'done';
  const { user, system } = process.cpuUsage(before);
  return user + system < WALL_MS * 1_000 * LEAST_CPU_SHARE ? 'paused' : 'stopped';
}
