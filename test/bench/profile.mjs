import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { drain, prepare } from './drain.mjs';

const FUNCTIONS_SHOWN = 25;

/** Drains once more under the CPU profiler, which slows it, and tells where the time went. */
export async function profileDrain(bench, folder) {
  if (!bench.mysql) return 'No profile: there is no mariadbd.';
  const target = resolve(folder);
  mkdirSync(target, { recursive: true });
  const before = new Set(readdirSync(target));
  const { value, window, statements, cpuMicros } = await bench.scope.within(async (scope) => {
    const database = await bench.mysql.createDatabase(scope);
    await prepare(bench, database);
    return drain(bench, database, {
      events: bench.options.events,
      execArgv: ['--cpu-prof', `--cpu-prof-dir=${target}`],
    });
  });
  const file = readdirSync(target).find((name) => name.endsWith('.cpuprofile') && !before.has(name));
  if (!file) throw new Error(`No profile was written to ${target}.`);
  const profile = JSON.parse(readFileSync(join(target, file), 'utf8'));
  return [
    `\nProfile of a drain at ${Math.round(value)}/s (${join(folder, file)}), from its first arrival to its last:`,
    ...summaryOf(profile, window),
    `CPU of each delivery, microseconds: ${JSON.stringify(cpuMicros)}`,
    `Counters of the database for each delivery: ${JSON.stringify(statements)}`,
  ].join('\n');
}

/**
 * Where the time went within a window of the machine's monotonic clock: self time by package and by function, and all
 * time by the function of ours that was nearest on the stack. What a socket's event continues has none on its stack.
 */
function summaryOf({ nodes, samples, timeDeltas, startTime }, { from, to }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const oursOf = nearestOfOurs(byId, nodes[0]);
  const byPackage = new Map();
  const byFunction = new Map();
  const byOurs = new Map();
  let at = startTime;
  let total = 0;
  for (const [i, id] of samples.entries()) {
    at += timeDeltas[i];
    if (at / 1000 < from || at / 1000 > to) continue;
    // A sample stands for the time until the next.
    const micros = timeDeltas[i + 1] ?? 0;
    const node = byId.get(id);
    add(byPackage, packageOf(node), micros);
    add(byFunction, nameOf(node), micros);
    add(byOurs, oursOf.get(id) ?? packageOf(node), micros);
    total += micros;
  }
  const ranked = (map) =>
    [...map]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, FUNCTIONS_SHOWN)
      .map(([name, micros]) => `  ${((100 * micros) / total).toFixed(1).padStart(5)} %  ${name}`);
  return [
    'by package:',
    ...ranked(byPackage),
    'by function:',
    ...ranked(byFunction),
    'by the nearest function of ours:',
    ...ranked(byOurs),
  ];
}

function add(map, name, micros) {
  map.set(name, (map.get(name) ?? 0) + micros);
}

/** Node id to the name of the nearest function of ours among it and those that called it. */
function nearestOfOurs(byId, root) {
  const ours = new Map();
  const waiting = [[root, null]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [node, above] = next;
    const own = packageOf(node).startsWith('posthorn/') ? nameOf(node) : above;
    if (own) ours.set(node.id, own);
    for (const child of node.children ?? []) waiting.push([byId.get(child), own]);
  }
  return ours;
}

function nameOf(node) {
  const { functionName, url, lineNumber } = node.callFrame;
  const where = url ? ` ${url.split('/').at(-1)}:${lineNumber + 1}` : '';
  return `${functionName || '(anonymous)'} ${packageOf(node)}${where}`;
}

function packageOf({ callFrame: { functionName, url } }) {
  if (url.startsWith('node:')) return 'node';
  if (url.startsWith('wasm:')) return 'WebAssembly';
  if (url === '') return functionName.startsWith('(') ? functionName : 'native';
  const [, theirs] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (theirs) return theirs;
  const [, ours] = /\/dist\/([\w-]+\/[\w-]+|[\w-]+)/.exec(url) ?? [];
  return ours ? `posthorn/${ours}` : 'other';
}
