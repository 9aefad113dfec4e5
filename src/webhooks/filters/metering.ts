import type { ASTNode } from '@marcbachmann/cel-js';
import { adaptEvaluator, hasConstructorKey, toLibraryValue } from './library-types.js';

/** The budget of one evaluation; a step takes at most a quarter of a microsecond. */
export const MOST_STEPS = 50_000;

/** Characters, or items of a list, that are processed in the time of a step. */
const CHARACTERS_PER_STEP = 64;

/** `size()` counts the characters of a text one by one. */
const COUNTED_PER_STEP = 16;

/** An error that an operand throws, and that CEL's `||`, `exists` or similar catch. */
const STEPS_PER_ERROR = 16;

/** The message of an evaluation that exceeds the budget. */
export const TOO_COSTLY = `it takes more than ${MOST_STEPS} steps over this event`;

/**
 * One shared object, because creating an error is slow: CEL's `||`, `exists` and similar catch an operand's error and go
 * on, so it is thrown many times until the evaluation ends.
 */
const TOO_COSTLY_ERROR = new Error(TOO_COSTLY);

/**
 * Counts the steps of an evaluation, and ends it when the budget is exceeded. Evaluations are synchronous, so they share
 * one meter.
 */
export class Meter {
  private most = MOST_STEPS;
  private left = 0;
  private lastError: unknown = null;

  /** Starts the count of an evaluation. @param most its budget in steps */
  begin(most: number = MOST_STEPS): void {
    this.most = most;
    this.left = most;
    this.lastError = null;
  }

  /** Whether the evaluation has exceeded the budget. */
  get isExceeded(): boolean {
    return this.left < 0;
  }

  /** Steps since {@link begin}. */
  get used(): number {
    return this.most - this.left;
  }

  /** @throws when the steps exceed the budget */
  charge(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw TOO_COSTLY_ERROR;
  }

  /** Charges an error once, however many nodes it passes. @throws when the steps exceed the budget */
  chargeError(error: unknown): void {
    if (error === this.lastError || error === TOO_COSTLY_ERROR) return;
    this.lastError = error;
    this.charge(STEPS_PER_ERROR);
  }
}

/** The library's nodes have these properties, which its types do not declare. */
interface Evaluable {
  op: string;
  args: unknown;
  evaluate: Evaluate;
  handle?: Handle;
}
type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown;
type Handle = (...args: unknown[]) => unknown;

/**
 * Replaces what a call of a function or a method does.
 *
 * @param values those of the receiver and the arguments
 * @param callLibrary calls the library's function
 */
export type Replacement = (values: unknown[], callLibrary: (values: unknown[]) => unknown) => unknown;

/**
 * Puts a meter into a checked expression: each evaluated node is charged for itself and for a text that it yields, calls
 * for the size of their arguments, comparisons for the number of compared values, loops for their length, errors for their
 * making. The library bounds the text of an expression but not its cost, and has no hook, so this wraps the `evaluate` and
 * `handle` of its nodes. `compile-filter.ts` refuses a version of the library in which the wrapper counts nothing.
 *
 * @param replacementOf the replacement of a call; null: none
 */
export function meterNodes(
  root: ASTNode,
  meter: Meter,
  replacementOf: (node: ASTNode) => Replacement | null,
): void {
  for (const node of listNodes(root)) {
    meterNode(node, meter);
    if (CALLS.has(node.op)) meterCall(node, meter, replacementOf(node as unknown as ASTNode));
    if (COMPARISONS.has(node.op)) meterComparison(node, meter);
    if (node.op === 'comprehension') meterLoop(node, meter);
  }
}

function meterNode(node: Evaluable, meter: Meter): void {
  // The library assigns `evaluate` of a node at its first evaluation; the setter below keeps what it assigns.
  let own: Evaluate | null = null;
  const inherited = node.evaluate;
  Object.defineProperty(node, 'evaluate', {
    get: (): Evaluate => (evaluator, self, context) => {
      adaptEvaluator(evaluator);
      meter.charge(1);
      try {
        const value = (own ?? inherited).call(node, evaluator, self, context);
        meter.charge(computeCharge(node.op, value));
        if (!hasConstructorKey(value)) return value;
        meter.charge(Object.keys(value).length);
        return toLibraryValue(value);
      } catch (error) {
        meter.chargeError(error);
        throw error;
      }
    },
    set: (assigned: Evaluate) => {
      own = assigned;
    },
  });
}

const CALLS: ReadonlySet<string> = new Set(['call', 'rcall']);

/** Charges a call for its arguments before it runs. A macro has no handle: what it expands to is metered. */
function meterCall(node: Evaluable, meter: Meter, replacement: Replacement | null): void {
  const { handle } = node;
  if (!handle) return;
  const isCount = (node.args as unknown[])[0] === 'size';
  node.handle = (given, ...rest) => {
    const values = given as unknown[];
    for (const value of values) {
      meter.charge(isCount && typeof value === 'string' ? value.length / COUNTED_PER_STEP : measure(value));
    }
    const callLibrary = (others: unknown[]): unknown => handle.call(node, others, ...rest);
    return replacement ? replacement(values, callLibrary) : callLibrary(values);
  };
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', 'in']);

function meterComparison(node: Evaluable, meter: Meter): void {
  const { handle } = node;
  if (!handle) return;
  node.handle = (left, right, ...rest) => {
    if (isObject(left) || isObject(right)) {
      // `in` compares every item of the list with the other side, and counts the keys of both each time.
      const times = node.op === 'in' && Array.isArray(right) && isObject(left) ? right.length : 1;
      meter.charge(chargeValues(left, meter) * times);
      chargeValues(right, meter);
    }
    return handle(left, right, ...rest);
  };
}

/** The least cost of a loop's item, also where the loop catches the item's error and goes on. */
const STEPS_PER_ITEM = 4;

/** Charges the whole loop before it begins: a loop that catches its items' errors could not be ended in between. */
function meterLoop(node: Evaluable, meter: Meter): void {
  const { handle } = node;
  if (!handle) return;
  node.handle = (items, ...rest) => {
    const length = isObject(items) ? countItems(items) : 0;
    meter.charge(length * STEPS_PER_ITEM);
    return handle(items, ...rest);
  };
}

/** The charge for the value of a node: a text, or a list or bytes that `+` has copied together. */
function computeCharge(op: string, value: unknown): number {
  if (typeof value === 'string') return value.length / CHARACTERS_PER_STEP;
  return op === '+' && isSequence(value) ? value.length / CHARACTERS_PER_STEP : 0;
}

/** The charge for an argument: texts and lists by blocks, other objects by their keys. */
function measure(value: unknown): number {
  if (typeof value === 'string' || isSequence(value)) return value.length / CHARACTERS_PER_STEP;
  return isObject(value) ? countItems(value) : 0;
}

function countItems(value: object): number {
  if (isSequence(value)) return value.length;
  return value instanceof Map ? value.size : Object.keys(value).length;
}

/** Counts the values inside a value, and charges the meter while it counts. */
function chargeValues(value: unknown, meter: Meter): number {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    meter.charge(1 + value.length / CHARACTERS_PER_STEP);
    return 1;
  }
  meter.charge(1);
  if (!isObject(value)) return 1;
  let count = 1;
  const inner = value instanceof Map ? value.values() : Object.values(value);
  for (const each of inner) count += chargeValues(each, meter);
  return count;
}

function isSequence(value: unknown): value is unknown[] | Uint8Array {
  return Array.isArray(value) || value instanceof Uint8Array;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Lists every reachable node, those of expanded macros too. */
function listNodes(root: ASTNode): Evaluable[] {
  const nodes: Evaluable[] = [];
  const seen = new Set<unknown>();
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (!isObject(value) || seen.has(value)) continue;
    seen.add(value);
    if (isNode(value, root)) {
      nodes.push(value);
      waiting.push(value.args, (value as { meta?: unknown }).meta);
    } else if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) {
      waiting.push(...Object.values(value));
    }
  }
  return nodes;
}

function isNode(value: object, root: ASTNode): value is Evaluable {
  return value.constructor === root.constructor;
}
