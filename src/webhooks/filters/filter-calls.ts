import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js';
import { FILTER_FUNCTIONS, FILTER_METHODS } from './filter-environment.js';
import { FilterError } from './filter-error.js';
import { compilePattern } from './filter-pattern.js';
import type { Meter, Replacement } from './metering.js';

/** The worst case of a text search compares every pair of characters, in blocks. */
const COMPARISONS_PER_STEP = 16_000;

/**
 * Checks every call of a filter, and collects the calls that are evaluated by other code: `matches` by RE2 (linear
 * time), and `contains` with a charge for its cost, which can be the product of both lengths.
 *
 * @throws {FilterError} with the position, for a function that filters may not call
 */
export function collectReplacements(root: ASTNode, text: string, meter: Meter): Map<ASTNode, Replacement> {
  const replacements = new Map<ASTNode, Replacement>();
  for (const node of listNodes(root)) {
    if (node.op === 'call') {
      const [name] = node.args;
      if (!FILTER_FUNCTIONS.has(name)) throw toCallError(name, node, text);
    } else if (node.op === 'rcall') {
      const [name, , [argument]] = node.args;
      if (!FILTER_METHODS.has(name) || hasTimeZone(name, argument)) throw toCallError(name, node, text);
      if (name === 'matches') replacements.set(node, createSearch(argument, text, meter));
      if (name === 'contains') replacements.set(node, createContains(meter));
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

function createSearch(argument: ASTNode | undefined, text: string, meter: Meter): Replacement {
  if (argument?.op !== 'value' || typeof argument.args !== 'string') {
    const at = argument?.range.start ?? 0;
    throw FilterError.at('the pattern of matches() must be a text that stands in the filter', text, at);
  }
  try {
    const pattern = compilePattern(argument.args);
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
    meter.charge((searched.length * part.length) / COMPARISONS_PER_STEP);
    return searched.includes(part);
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
