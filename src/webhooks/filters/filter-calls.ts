import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js';
import { FILTER_FUNCTIONS, FILTER_METHODS } from './filter-environment.js';
import { FilterError } from './filter-error.js';
import { PatternCompiler } from './filter-pattern.js';
import { includesText } from './linear-search.js';
import type { Meter, Replacement } from './metering.js';
import { LONGEST_DURATION, normalizeDuration } from './parse-duration.js';

/** Characters that a search goes through in the time of a step, in both texts together. */
const SEARCHED_PER_STEP = 32;

const STEPS_PER_DURATION_CHARACTER = 2;

/** The largest number of an int: it has 64 bits. Arithmetic with larger literals would cost more than a step. */
const LARGEST_INT = 2n ** 63n;

/**
 * Checks every call and every number of a filter, and collects the calls that are evaluated by other code, whose time is
 * linear: `matches` by RE2, `contains` and `duration` by functions of this folder.
 *
 * @throws {FilterError} with the position, for a function that filters may not call, or a number that is no int
 */
export function collectReplacements(root: ASTNode, text: string, meter: Meter): Map<ASTNode, Replacement> {
  const replacements = new Map<ASTNode, Replacement>();
  const patterns = new PatternCompiler();
  for (const node of listNodes(root)) {
    if (node.op === 'call') {
      const [name] = node.args;
      if (!FILTER_FUNCTIONS.has(name)) throw toCallError(name, node, text);
      if (name === 'duration') replacements.set(node, createDuration(meter));
    } else if (node.op === 'rcall') {
      const [name, , [argument]] = node.args;
      if (!FILTER_METHODS.has(name) || hasTimeZone(name, argument)) throw toCallError(name, node, text);
      if (name === 'matches') replacements.set(node, createSearch(argument, text, patterns, meter));
      if (name === 'contains') replacements.set(node, createContains(meter));
    } else if (node.op === 'value' && typeof node.args === 'bigint' && node.args > LARGEST_INT) {
      throw FilterError.at('the number is too large: an int has 64 bits', text, node.range.start);
    }
  }
  return replacements;
}

/** A time zone is refused: its rules are looked up again at each call, which is slow. */
function hasTimeZone(name: string, argument: ASTNode | undefined): boolean {
  return name.startsWith('get') && argument !== undefined;
}

function toCallError(name: string, node: ASTNode, text: string): FilterError {
  const known = FILTER_METHODS.has(name) || FILTER_FUNCTIONS.has(name);
  const message = known ? `${name}() takes no arguments in a filter` : `${name}() cannot be used in a filter`;
  return FilterError.at(message, text, node.range.start);
}

function createSearch(
  argument: ASTNode | undefined,
  text: string,
  patterns: PatternCompiler,
  meter: Meter,
): Replacement {
  if (argument?.op !== 'value' || typeof argument.args !== 'string') {
    const at = argument?.range.start ?? 0;
    throw FilterError.at('the pattern of matches() must be a text that stands in the filter', text, at);
  }
  try {
    const pattern = patterns.compile(argument.args);
    return ([searched]) => {
      if (typeof searched !== 'string') throw createTypeError('matches', searched);
      meter.charge(searched.length * pattern.stepsPerCharacter);
      return pattern.occursIn(searched);
    };
  } catch (error) {
    throw FilterError.at((error as Error).message, text, argument.range.start);
  }
}

function createContains(meter: Meter): Replacement {
  return ([searched, part]) => {
    if (typeof searched !== 'string') throw createTypeError('contains', searched);
    if (typeof part !== 'string') throw createTypeError('contains', part);
    meter.charge((searched.length + part.length) / SEARCHED_PER_STEP);
    return includesText(searched, part);
  };
}

/** The library's own parser takes time with the cube of the length: it gets a short text that means the same. */
function createDuration(meter: Meter): Replacement {
  return (values, callLibrary) => {
    const [text] = values;
    if (typeof text !== 'string') return callLibrary(values);
    meter.charge(Math.min(text.length, LONGEST_DURATION) * STEPS_PER_DURATION_CHARACTER);
    const duration = normalizeDuration(text);
    if (duration !== null) return callLibrary([duration]);
    throw new EvaluationError({
      code: 'invalid_duration',
      message: `duration() takes a text such as "1h30m", of at most ${LONGEST_DURATION} characters and 10,000 years`,
    });
  };
}

function createTypeError(name: string, value: unknown): EvaluationError {
  const type = value === null ? 'null' : typeof value;
  return new EvaluationError({
    code: 'no_matching_overload',
    message: `${name}() is for texts, and this is ${type}`,
  });
}

/** Lists every node of the expression as written, without the expansions of macros. */
function listNodes(root: ASTNode): ASTNode[] {
  const nodes: ASTNode[] = [];
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) waiting.push(...(value as unknown[]));
    else if (isNode(value, root)) {
      nodes.push(value);
      waiting.push(value.args);
    }
  }
  return nodes;
}

function isNode(value: unknown, root: ASTNode): value is ASTNode {
  return typeof value === 'object' && value !== null && value.constructor === root.constructor;
}
