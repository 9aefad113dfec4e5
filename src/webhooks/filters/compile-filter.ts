import { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import type { RecordedEvent } from '../formats/recorded-event.js';
import { collectReplacements } from './filter-calls.js';
import { FILTER_ENVIRONMENT, toFilterVariables, LARGEST_FILTER_BYTES } from './filter-environment.js';
import { FilterError } from './filter-error.js';
import { Meter, meterNodes, MOST_STEPS, TOO_COSTLY } from './metering.js';

/**
 * What a filter says of an event.
 * - `matches`: it is delivered.
 * - `no-match`: it is left out, and counted.
 * - `failed`: the filter could not be evaluated over it. The event is delivered, because nothing is to be lost by a
 *   filter's fault, and the failure is counted.
 */
export type FilterResult =
  { kind: 'matches' } | { kind: 'no-match'; missing?: string } | { kind: 'failed'; message: string };

/** A filter, ready to be asked. */
export interface FilterProgram {
  /** It never throws, and takes at most some milliseconds. */
  evaluate(event: RecordedEvent): FilterResult;
}

const meter = new Meter();

/**
 * Compiles a filter.
 *
 * @throws {FilterError} with its place, when it is too large, no CEL, names what is not there, cannot yield a boolean,
 *   or calls what filters may not
 */
export function compileFilter(text: string): FilterProgram {
  if (text.trim() === '') throw FilterError.at('it is empty; null stands for no filter', text, 0);
  if (Buffer.byteLength(text) > LARGEST_FILTER_BYTES) {
    throw FilterError.at(`it may have at most ${LARGEST_FILTER_BYTES} bytes`, text, 0);
  }
  const program = parsed(text);
  const { valid, type, error } = program.check();
  if (!valid) throw refused(error, text);
  if (type !== 'bool' && type !== 'dyn') {
    throw FilterError.at(`it must yield a bool, but yields ${type ?? 'something else'}`, text, 0);
  }
  const replacements = collectReplacements(program.ast, text, meter);
  meterNodes(program.ast, meter, (node) => replacements.get(node) ?? null);
  mustBeMetered();
  return { evaluate: (event) => judged(program, event) };
}

function judged(
  program: (variables: Record<string, unknown>) => unknown,
  event: RecordedEvent,
): FilterResult {
  meter.begin();
  try {
    const value = program(toFilterVariables(event));
    // An operand that cost too much may have been caught by an `||` around it.
    if (meter.isExceeded) return { kind: 'failed', message: TOO_COSTLY };
    if (value === true) return { kind: 'matches' };
    if (value === false) return { kind: 'no-match' };
    if (value === null) return { kind: 'no-match', missing: 'it yields null' };
    return { kind: 'failed', message: 'it does not yield a bool over this event' };
  } catch (error) {
    if (meter.isExceeded) return { kind: 'failed', message: TOO_COSTLY };
    return verdictOn(error);
  }
}

/** A field that is missing or null does not match: of an event without a city nobody says that its city is Paris. */
function verdictOn(error: unknown): FilterResult {
  const message = error instanceof EvaluationError ? error.summary : String(error);
  const code = error instanceof EvaluationError ? error.code : '';
  const isMissing = MISSING.has(code) || (OF_ANOTHER_TYPE.has(code) && /\bnull\b/.test(message));
  return isMissing ? { kind: 'no-match', missing: message } : { kind: 'failed', message };
}

const MISSING: ReadonlySet<string> = new Set(['no_such_key', 'index_out_of_bounds']);
const OF_ANOTHER_TYPE: ReadonlySet<string> = new Set([
  'no_such_overload',
  'no_matching_overload',
  'invalid_logical_operand',
  'invalid_condition_type',
  'invalid_comprehension_range',
]);

function parsed(text: string) {
  try {
    return FILTER_ENVIRONMENT.parse(text);
  } catch (error) {
    throw refused(error, text);
  }
}

function refused(error: unknown, text: string): FilterError {
  if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError) {
    return FilterError.at(error.summary, text, error.range?.start ?? 0);
  }
  return FilterError.at(error instanceof Error ? error.message : String(error), text, 0);
}

let hasDeploymentLimits: boolean | null = null;

/** Once in a process: a version of the library in which metering counts nothing must not go unnoticed. */
function mustBeMetered(): void {
  if (hasDeploymentLimits === null) {
    const probe = FILTER_ENVIRONMENT.parse('[1, 2, 3].all(x, x > 0)');
    probe.check();
    const probed = new Meter();
    meterNodes(probe.ast, probed, () => null);
    probed.begin();
    probe({});
    hasDeploymentLimits = probed.used >= LEAST_STEPS_OF_PROBE;
  }
  if (hasDeploymentLimits) return;
  throw new Error(
    `Filters cannot be bounded with this version of @marcbachmann/cel-js: ${MOST_STEPS} steps would never be reached. Install the version that the lockfile names.`,
  );
}

/** Three comparisons of two operands each, and the list of three. */
const LEAST_STEPS_OF_PROBE = 13;
