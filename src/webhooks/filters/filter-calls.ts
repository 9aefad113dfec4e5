import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js';
import { FILTER_FUNCTIONS, FILTER_METHODS } from './filter-environment.js';
import { FilterError } from './filter-error.js';
import { compilePattern } from './filter-pattern.js';
import type { Meter, Replacement } from './metering.js';

/** At worst a search for a text in a text compares each with each, in blocks. */
const COMPARED_PER_STEP = 16_000;

/**
 * Looks at every call of a filter, and says what is evaluated in our way: `matches` by RE2, and `contains` with its
 * cost, which can be that of both texts multiplied.
 *
 * @throws {FilterError} with its place, for a call that filters may not make
 */
export function collectReplacements(root: ASTNode, text: string, meter: Meter): Map<ASTNode, Replacement> {
  const replacements = new Map<ASTNode, Replacement>();
  for (const node of nodesUnder(root)) {
    if (node.op === 'call') {
      const [name] = node.args;
      if (!FILTER_FUNCTIONS.has(name)) throw refusedCall(name, node, text);
    } else if (node.op === 'rcall') {
      const [name, , [argument]] = node.args;
      if (!FILTER_METHODS.has(name) || hasTimeZone(name, argument)) throw refusedCall(name, node, text);
      if (name === 'matches') replacements.set(node, search(argument, text, meter));
      if (name === 'contains') replacements.set(node, contains(meter));
    }
  }
  return replacements;
}

/** A time zone's rules are looked up anew at each call. */
function hasTimeZone(name: string, argument: ASTNode | undefined): boolean {
  return name.startsWith('get') && argument !== undefined;
}

function refusedCall(name: string, node: ASTNode, text: string): FilterError {
  const known = FILTER_METHODS.has(name) || FILTER_FUNCTIONS.has(name);
  const message = known ? `${name}() takes no arguments in a filter` : `${name}() cannot be used in a filter`;
  return FilterError.at(message, text, node.range.start);
}

function search(argument: ASTNode | undefined, text: string, meter: Meter): Replacement {
  if (argument?.op !== 'value' || typeof argument.args !== 'string') {
    const at = argument?.range.start ?? 0;
    throw FilterError.at('the pattern of matches() must be a text that stands in the filter', text, at);
  }
  try {
    const pattern = compilePattern(argument.args);
    return ([searched]) => {
      if (typeof searched !== 'string') throw noSuchMethod('matches', searched);
      meter.charge(searched.length * pattern.stepsPerCharacter);
      return pattern.occursIn(searched);
    };
  } catch (error) {
    throw FilterError.at((error as Error).message, text, argument.range.start);
  }
}

function contains(meter: Meter): Replacement {
  return ([searched, part]) => {
    if (typeof searched !== 'string') throw noSuchMethod('contains', searched);
    if (typeof part !== 'string') throw noSuchMethod('contains', part);
    meter.charge((searched.length * part.length) / COMPARED_PER_STEP);
    return searched.includes(part);
  };
}

function noSuchMethod(name: string, value: unknown): EvaluationError {
  const type = value === null ? 'null' : typeof value;
  return new EvaluationError({
    code: 'no_matching_overload',
    message: `${name}() is for texts, and this is ${type}`,
  });
}

/** Every node that is written in the expression. */
function nodesUnder(root: ASTNode): ASTNode[] {
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
