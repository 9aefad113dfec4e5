import { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import type { RecordedEvent } from '../formats/recorded-event.js';
import { collectReplacements } from './filter-calls.js';
import { FILTER_ENVIRONMENT, toFilterVariables, LARGEST_FILTER_BYTES } from './filter-environment.js';
import { FilterError } from './filter-error.js';
import { Meter, meterNodes, MOST_STEPS, TOO_COSTLY } from './metering.js';

/**
 * The result of a filter for an event.
 * - `matches`: the event is delivered.
 * - `no-match`: the event is not delivered, and counted. `missing` says which field was missing or null.
 * - `failed`: the filter could not be evaluated. The event is delivered, so that a faulty filter loses nothing, and the
 *   failure is counted.
 */
export type FilterResult =
  { kind: 'matches' } | { kind: 'no-match'; missing?: string } | { kind: 'failed'; message: string };

/** A result, and what it took. */
export interface Evaluation {
  result: FilterResult;
  /** See `metering.ts`. */
  steps: number;
  /** Whether the evaluation passed its budget and was stopped; the result is then `failed`. */
  isStopped: boolean;
}

/** A compiled filter. */
export interface FilterProgram {
  /** Evaluates the filter over an event. It never throws, and takes at most some milliseconds. */
  evaluate(event: RecordedEvent): FilterResult;
  /** The same, with the cost. @param most the budget in steps; default: {@link MOST_STEPS} */
  measure(event: RecordedEvent, most?: number): Evaluation;
}

const meter = new Meter();

/**
 * Compiles a filter and puts a cost meter into it.
 *
 * @throws {FilterError} with the position, when the text is too large or no CEL, names an unknown variable, cannot yield
 *   a boolean, or calls a function that filters may not call
 */
export function compileFilter(text: string): FilterProgram {
  if (text.trim() === '') throw FilterError.at('it is empty; null stands for no filter', text, 0);
  if (Buffer.byteLength(text) > LARGEST_FILTER_BYTES) {
    throw FilterError.at(`it may have at most ${LARGEST_FILTER_BYTES} bytes`, text, 0);
  }
  const program = parse(text);
  const { valid, type, error } = program.check();
  if (!valid) throw toFilterError(error, text);
  if (type !== 'bool' && type !== 'dyn') {
    throw FilterError.at(`it must yield a bool, but yields ${type ?? 'something else'}`, text, 0);
  }
  const replacements = collectReplacements(program.ast, text, meter);
  meterNodes(program.ast, meter, (node) => replacements.get(node) ?? null);
  assertMeteringWorks();
  const measure = (event: RecordedEvent, most?: number): Evaluation => {
    const result = evaluate(program, event, most);
    return { result, steps: meter.used, isStopped: meter.isExceeded };
  };
  return { measure, evaluate: (event) => measure(event).result };
}

function evaluate(
  program: (variables: Record<string, unknown>) => unknown,
  event: RecordedEvent,
  most = MOST_STEPS,
): FilterResult {
  meter.begin(most);
  const { stackTraceLimit } = Error;
  // A loop may catch an error for each of its items, and nobody reads their stacks.
  Error.stackTraceLimit = 0;
  try {
    const value = program(toFilterVariables(event));
    // CEL's `||` may have caught the error of an operand that cost too much.
    if (meter.isExceeded) return { kind: 'failed', message: TOO_COSTLY };
    if (value === true) return { kind: 'matches' };
    if (value === false) return { kind: 'no-match' };
    if (value === null) return { kind: 'no-match', missing: 'it yields null' };
    return { kind: 'failed', message: 'it does not yield a bool over this event' };
  } catch (error) {
    if (meter.isExceeded) return { kind: 'failed', message: TOO_COSTLY };
    return classifyError(error);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A missing or null field is no match: `data.entry.city == "Paris"` is not true for an event without a city. */
function classifyError(error: unknown): FilterResult {
  const full = error instanceof EvaluationError ? error.summary : String(error);
  const code = error instanceof EvaluationError ? error.code : '';
  const isMissing = MISSING.has(code) || (WRONG_TYPE.has(code) && /\bnull\b/.test(full));
  const message = shorten(full);
  return isMissing ? { kind: 'no-match', missing: message } : { kind: 'failed', message };
}

/** The longest message of an error, in characters: some of the library's repeat a text of the event. */
const LONGEST_MESSAGE = 200;

function shorten(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}

const MISSING: ReadonlySet<string> = new Set(['no_such_key', 'index_out_of_bounds']);
const WRONG_TYPE: ReadonlySet<string> = new Set([
  'no_such_overload',
  'no_matching_overload',
  'invalid_logical_operand',
  'invalid_condition_type',
  'invalid_comprehension_range',
]);

/** @throws {FilterError} when the text is no CEL */
function parse(text: string) {
  try {
    return FILTER_ENVIRONMENT.parse(text);
  } catch (error) {
    throw toFilterError(error, text);
  }
}

function toFilterError(error: unknown, text: string): FilterError {
  if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError) {
    return FilterError.at(error.summary, text, error.range?.start ?? 0);
  }
  return FilterError.at(error instanceof Error ? error.message : String(error), text, 0);
}

/** Null: not probed yet. */
let isMeteringEffective: boolean | null = null;

/**
 * Probes the meter once a process, because it wraps internals of the library: another version may bypass it.
 *
 * @throws when the meter counts nothing
 */
function assertMeteringWorks(): void {
  if (isMeteringEffective === null) {
    const probe = FILTER_ENVIRONMENT.parse('[1, 2, 3].all(x, x > 0)');
    probe.check();
    const probeMeter = new Meter();
    meterNodes(probe.ast, probeMeter, () => null);
    probeMeter.begin();
    isMeteringEffective = probe({}) === true && probeMeter.used >= LEAST_STEPS_OF_PROBE;
  }
  if (isMeteringEffective) return;
  throw new Error(
    `Filters cannot be bounded with this version of @marcbachmann/cel-js: ${MOST_STEPS} steps would never be reached. Install the version that the lockfile names.`,
  );
}

/** Three comparisons of two operands each, and the list of three. */
const LEAST_STEPS_OF_PROBE = 13;
