// Evaluates filters over events of growing sizes, and compares what they cost.
import { FUNCTION_CASES, METHOD_CASES, OPERATOR_CASES } from './filter-cases.mjs';

/** The sizes of the data: characters, items, keys; depths are a twentieth. */
const SIZES = [2_000, 4_000, 8_000, 16_000];
/** A budget that no case reaches, so that its cost is seen. */
const NO_LIMIT = 1e9;
/** How much more a case of twice the size may cost. */
const MOST_GROWTH = 2.1;
/** The compiled code is there, and a collection of garbage weighs little. */
const ROUNDS = 3;

/**
 * Lists the functions and methods that have no case.
 *
 * @param {Iterable<string>} functions
 * @param {Iterable<string>} methods
 */
export function listMissingCases(functions, methods) {
  const known = new Set([...Object.keys(FUNCTION_CASES), ...Object.keys(METHOD_CASES)]);
  return [...functions, ...methods].filter((name) => !known.has(name));
}

/**
 * Evaluates every case in every size.
 *
 * @param compileFilter that of the program
 * @param {number[]} sizes each twice the one before
 * @param {number} rounds how often each is timed; the cost is counted once
 * @returns problems: cases whose counted cost grows faster than their size; slowdown: how many times more the largest
 *   size took for a unit of its size than the smallest one, over all cases together (1: time grows linearly)
 */
export function measureFilters(compileFilter, sizes = SIZES, rounds = ROUNDS) {
  const problems = [];
  const times = sizes.map(() => 0);
  for (const [name, cases] of Object.entries({ ...FUNCTION_CASES, ...METHOD_CASES, ...OPERATOR_CASES })) {
    for (const [index, build] of cases.entries()) {
      const costs = sizes.map((size, place) => {
        const { filter, data } = build(size);
        const program = compileFilter(filter);
        const event = toEvent(data);
        const { steps } = program.measure(event, NO_LIMIT);
        const began = performance.now();
        for (let round = 0; round < rounds; round += 1) program.measure(event, NO_LIMIT);
        times[place] += performance.now() - began;
        return steps;
      });
      const faster = costs.findIndex((cost, place) => cost > (costs[place - 1] ?? Infinity) * MOST_GROWTH);
      if (faster > 0) {
        problems.push(
          `${name} (${index + 1}): ${costs.map(Math.round).join(', ')} steps at ${sizes.join(', ')}`,
        );
      }
    }
  }
  const last = sizes.length - 1;
  return { problems, slowdown: times[last] / times[0] / (sizes[last] / sizes[0]) };
}

function toEvent(data) {
  return {
    id: '0190163d-8694-739b-aea5-966c26f8ad90',
    type: 'order.shipped',
    model: null,
    uid: null,
    key: null,
    tenant: null,
    data,
    context: { previous: null, actor: null, document: null },
    createdAt: 0,
  };
}
