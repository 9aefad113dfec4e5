import type { ASTNode } from '@marcbachmann/cel-js';

/** What an evaluation may cost; a step is at worst a quarter of a microsecond. */
export const MOST_STEPS = 50_000;

/** So many characters are handled in the time of a step. */
const CHARACTERS_PER_STEP = 64;

/** What is said of an evaluation that costs more than it may. */
export const TOO_COSTLY = `it takes more than ${MOST_STEPS} steps over this event`;

/**
 * One error for all: CEL's `||`, `exists` and their kin catch what an operand throws and go on, so it is thrown again
 * and again until the end, at once each time.
 */
const TOO_COSTLY_ERROR = new Error(TOO_COSTLY);

/**
 * Counts what an evaluation costs and ends it where it costs too much. Evaluations are synchronous, so one meter
 * serves them one after another.
 */
export class Meter {
  private left = 0;

  begin(): void {
    this.left = MOST_STEPS;
  }

  get isExceeded(): boolean {
    return this.left < 0;
  }

  /** Steps since {@link begin}. */
  get used(): number {
    return MOST_STEPS - this.left;
  }

  /** @throws when they are too many */
  charge(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw TOO_COSTLY_ERROR;
  }
}

/** What the library's nodes have beside what its types tell. */
interface Evaluable {
  op: string;
  args: unknown;
  evaluate: Evaluate;
  handle?: (...args: unknown[]) => unknown;
}
type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown;

/** What takes the place of a node's own evaluation: handed the values of its receiver and arguments. */
export type Replacement = (values: unknown[]) => unknown;

/**
 * Puts a meter into a checked expression: every node that is evaluated is charged for itself and for the size of its
 * value, comparisons for how deep they go, loops for how long they are. The library bounds what is written and not what it costs, and takes no
 * hook, so the nodes' `evaluate` is wrapped; `compile-filter.ts` refuses to work with a version where that counts
 * nothing.
 *
 * @param replacementOf for a node that is to be evaluated in another way
 */
export function meterNodes(
  root: ASTNode,
  meter: Meter,
  replacementOf: (node: ASTNode) => Replacement | null,
): void {
  for (const node of nodesOf(root)) {
    const replacement = node.op === 'rcall' ? replacementOf(node as unknown as ASTNode) : null;
    meterNode(node, meter, replacement);
    if (COMPARISONS.has(node.op)) meterComparison(node, meter);
    if (node.op === 'comprehension') meterLoop(node, meter);
  }
}

function meterNode(node: Evaluable, meter: Meter, replacement: Replacement | null): void {
  // The library puts a node's evaluation onto the node when it is first evaluated: what it puts there is kept below.
  let own: Evaluate | null = null;
  const inherited = node.evaluate;
  const evaluated: Evaluate = replacement
    ? (evaluator, _, context) => {
        const [, receiver, args] = node.args as [string, Evaluable, Evaluable[]];
        return replacement([receiver, ...args].map((each) => each.evaluate(evaluator, each, context)));
      }
    : (evaluator, self, context) => (own ?? inherited).call(node, evaluator, self, context);
  Object.defineProperty(node, 'evaluate', {
    get: (): Evaluate => (evaluator, self, context) => {
      meter.charge(1);
      const value = evaluated(evaluator, self, context);
      meter.charge(sizeOf(value));
      return value;
    },
    set: (put: Evaluate) => {
      own = put;
    },
  });
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', 'in']);

function meterComparison(node: Evaluable, meter: Meter): void {
  const { handle } = node;
  if (!handle) return;
  node.handle = (left, right, ...rest) => {
    if (isObject(left) || isObject(right)) {
      // Every item of a list may be compared with the other side, down to its last leaf.
      const times = Array.isArray(right) && isObject(left) ? right.length : 1;
      meter.charge(depthOf(left, meter) * times);
      depthOf(right, meter);
    }
    return handle(left, right, ...rest);
  };
}

/** What an item of a loop costs at the least, also where the loop goes on over what it caught. */
const STEPS_PER_ITEM = 4;

/** A loop that would be too long is not begun: one that catches its items' errors would run to its end. */
function meterLoop(node: Evaluable, meter: Meter): void {
  const { handle } = node;
  if (!handle) return;
  node.handle = (items, ...rest) => {
    const length = Array.isArray(items) ? items.length : isObject(items) ? Object.keys(items).length : 0;
    meter.charge(length * STEPS_PER_ITEM);
    return handle(items, ...rest);
  };
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length / CHARACTERS_PER_STEP;
  return Array.isArray(value) ? value.length / CHARACTERS_PER_STEP : 0;
}

/** How many values there are in a value; it is charged while it counts. */
function depthOf(value: unknown, meter: Meter): number {
  meter.charge(1 + sizeOf(value));
  if (!isObject(value)) return 1;
  let count = 1;
  for (const each of Object.values(value)) count += depthOf(each, meter);
  return count;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Every node that can be reached, those too that a macro was expanded to. */
function nodesOf(root: ASTNode): Evaluable[] {
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
