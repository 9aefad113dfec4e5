import type { ASTNode } from '@marcbachmann/cel-js';

/** The budget of one evaluation; a step takes at most a quarter of a microsecond. */
export const MOST_STEPS = 50_000;

/** Characters, or items of a list, that are processed in the time of a step. */
const CHARACTERS_PER_STEP = 64;

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
  private left = 0;

  /** Starts the count of an evaluation. */
  begin(): void {
    this.left = MOST_STEPS;
  }

  /** Whether the evaluation has exceeded the budget. */
  get isExceeded(): boolean {
    return this.left < 0;
  }

  /** Steps since {@link begin}. */
  get used(): number {
    return MOST_STEPS - this.left;
  }

  /** @throws when the steps exceed the budget */
  charge(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw TOO_COSTLY_ERROR;
  }
}

/** The library's nodes have these properties, which its types do not declare. */
interface Evaluable {
  op: string;
  args: unknown;
  evaluate: Evaluate;
  handle?: (...args: unknown[]) => unknown;
}
type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown;

/** Replaces the evaluation of a node; gets the values of the receiver and the arguments. */
export type Replacement = (values: unknown[]) => unknown;

/**
 * Puts a meter into a checked expression: each evaluated node is charged for itself and for the size of its value,
 * comparisons for the number of compared values, loops for their length. The library bounds the text of an expression
 * but not its cost, and has no hook, so this wraps the `evaluate` of its nodes. `compile-filter.ts` refuses a version of
 * the library in which the wrapper counts nothing.
 *
 * @param replacementOf the replacement of a node's evaluation; null: none
 */
export function meterNodes(
  root: ASTNode,
  meter: Meter,
  replacementOf: (node: ASTNode) => Replacement | null,
): void {
  for (const node of listNodes(root)) {
    const replacement = node.op === 'rcall' ? replacementOf(node as unknown as ASTNode) : null;
    meterNode(node, meter, replacement);
    if (COMPARISONS.has(node.op)) meterComparison(node, meter);
    if (node.op === 'comprehension') meterLoop(node, meter);
  }
}

function meterNode(node: Evaluable, meter: Meter, replacement: Replacement | null): void {
  // The library assigns `evaluate` of a node at its first evaluation; the setter below keeps what it assigns.
  let own: Evaluate | null = null;
  const inherited = node.evaluate;
  const evaluate: Evaluate = replacement
    ? (evaluator, _, context) => {
        const [, receiver, args] = node.args as [string, Evaluable, Evaluable[]];
        return replacement([receiver, ...args].map((each) => each.evaluate(evaluator, each, context)));
      }
    : (evaluator, self, context) => (own ?? inherited).call(node, evaluator, self, context);
  Object.defineProperty(node, 'evaluate', {
    get: (): Evaluate => (evaluator, self, context) => {
      meter.charge(1);
      const value = evaluate(evaluator, self, context);
      meter.charge(computeCharge(value));
      return value;
    },
    set: (assigned: Evaluate) => {
      own = assigned;
    },
  });
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', 'in']);

function meterComparison(node: Evaluable, meter: Meter): void {
  const { handle } = node;
  if (!handle) return;
  node.handle = (left, right, ...rest) => {
    if (isObject(left) || isObject(right)) {
      // `in` compares every item of the list with the other side, down to the last leaf.
      const times = Array.isArray(right) && isObject(left) ? right.length : 1;
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
    const length = Array.isArray(items) ? items.length : isObject(items) ? Object.keys(items).length : 0;
    meter.charge(length * STEPS_PER_ITEM);
    return handle(items, ...rest);
  };
}

function computeCharge(value: unknown): number {
  if (typeof value === 'string') return value.length / CHARACTERS_PER_STEP;
  return Array.isArray(value) ? value.length / CHARACTERS_PER_STEP : 0;
}

/** Counts the values inside a value, and charges the meter while it counts. */
function chargeValues(value: unknown, meter: Meter): number {
  meter.charge(1 + computeCharge(value));
  if (!isObject(value)) return 1;
  let count = 1;
  for (const each of Object.values(value)) count += chargeValues(each, meter);
  return count;
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
