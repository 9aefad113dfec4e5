// Plants each fault of test/planted in a copy of the tree and requires that the specs which it names catch it.
//   npm run test:planted -- [--skip-clean] [NAME …]
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import globalSetup from '../support/global-setup.mjs';
import globalTeardown from '../support/global-teardown.mjs';
import { plant, readPatches } from './patches.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const USAGE = `Usage: npm run test:planted -- [--skip-clean] [NAME …]
  NAME           the beginning of a patch's name, such as 10 or 10-retry; default: all
  --skip-clean   does not run the specs on the tree without a fault first`;

/** What is not part of the tree. */
const LEFT_OUT = new Set(['.git', 'node_modules', 'dist', 'data', 'coverage', '.tmp']);

/** A fault that hangs its specs is ended then, and counts as missed. */
const LONGEST_RUN_MS = 300_000;

const { skipClean, patches } = optionsOrUsage();
const began = Date.now();
const tree = realpathSync(mkdtempSync(join(tmpdir(), 'posthorn-planted-')));
let jest = null;

process.once('exit', () => {
  jest?.kill('SIGKILL');
  rmSync(tree, { recursive: true, force: true });
});
process.once('SIGINT', () => void leave(130));
process.once('SIGTERM', () => void leave(143));

let caught = 0;
try {
  copyTree();
  // One database server for all runs.
  await globalSetup();
  if (!skipClean) await requireSoundSpecs();
  for (const patch of patches) {
    const seconds = stopwatch();
    const takeOut = plant(patch, tree);
    const result = await run(patch.specs, patch.tests);
    takeOut();
    const blind = patch.specs.filter((spec) => failuresOf(result, spec).length === 0);
    if (blind.length === 0) caught += 1;
    const [first] = patch.specs.flatMap((spec) => failuresOf(result, spec));
    say(blind.length === 0 ? 'caught' : 'MISSED', patch.name, seconds(), first ?? '');
    for (const spec of blind) console.log(`        ${spec}: ${whyBlind(result, spec)}`);
  }
} catch (error) {
  console.error(error.message);
} finally {
  await globalTeardown();
}
console.log(`${Math.round((Date.now() - began) / 1_000)} s`);
console.log(`Planted faults: ${caught} passed, ${patches.length - caught} failed`);
process.exit(caught === patches.length ? 0 : 1);

async function leave(code) {
  jest?.kill('SIGKILL');
  await globalTeardown();
  process.exit(code);
}

function optionsOrUsage() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { 'skip-clean': { type: 'boolean', default: false } },
    });
    const all = readPatches(fileURLToPath(new URL('.', import.meta.url)));
    const unknown = positionals.filter((name) => !all.some((patch) => patch.name.startsWith(name)));
    if (unknown.length > 0) throw new Error(`There is no patch ${unknown.join(', ')} in test/planted.`);
    const chosen = all.filter(
      ({ name }) => positionals.length === 0 || positionals.some((beginning) => name.startsWith(beginning)),
    );
    return { skipClean: values['skip-clean'], patches: chosen };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return process.exit(1);
  }
}

function copyTree() {
  cpSync(ROOT, tree, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
}

/** A test that fails anyway catches nothing. Whoever has just run `npm test` can skip this. */
async function requireSoundSpecs() {
  const seconds = stopwatch();
  const specsOf = new Map();
  for (const { tests, specs } of patches) specsOf.set(tests, [...(specsOf.get(tests) ?? []), ...specs]);
  let areSound = true;
  for (const [tests, some] of specsOf) {
    const specs = [...new Set(some)];
    const result = await run(specs, tests);
    for (const spec of specs.filter((one) => !isSound(result, one))) {
      areSound = false;
      console.error(`${spec} fails without a fault: ${whyUnsound(result, spec)}`);
    }
  }
  if (!areSound) throw new Error('Mend these specs first: a test that fails anyway catches nothing.');
  say('sound', 'the specs without a fault', seconds(), '');
}

/** Runs specs in the copy. @returns what jest writes as JSON, null when it wrote nothing */
async function run(specs, tests) {
  const output = join(tree, 'jest-result.json');
  rmSync(output, { force: true });
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--runInBand',
      '--forceExit',
      '--json',
      `--outputFile=${output}`,
      '--runTestsByPath',
      ...specs.map((spec) => join(tree, spec)),
      ...(tests === null ? [] : ['--testNamePattern', tests]),
    ],
    { cwd: tree, env: environment(), stdio: 'ignore' },
  );
  jest = child;
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN_MS);
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  jest = null;
  return existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')) : null;
}

function environment() {
  const server = process.env.POSTHORN_TEST_MYSQL;
  return {
    ...process.env,
    ...(server ? { TEST_DATABASE_URL: server } : {}),
  };
}

function suiteOf(result, spec) {
  return result?.testResults.find(({ name }) => name === join(tree, spec));
}

/**
 * The names of a spec's failed tests. A suite that does not load has none, and what a slow machine does not set up in time
 * is no fault.
 */
function failuresOf(result, spec) {
  return testsOf(suiteOf(result, spec), 'failed')
    .filter(({ failureMessages }) => !failureMessages.every(isLateHook))
    .map(({ fullName }) => fullName);
}

function testsOf(suite, wanted) {
  return (suite?.assertionResults ?? []).filter(({ status }) => status === wanted);
}

function isLateHook(message) {
  return /Exceeded timeout of \d+ ms for a hook/.test(message);
}

function whyBlind(result, spec) {
  const suite = suiteOf(result, spec);
  if (!suite) return 'it did not run to its end';
  if (suite.status === 'failed') return `it did not load, or not in time: ${beginningOf(suite.message)}`;
  const ran = testsOf(suite, 'passed').length;
  return ran === 0 ? 'no test of it ran' : `its ${ran} tests passed`;
}

function isSound(result, spec) {
  const suite = suiteOf(result, spec);
  // Of a suite of which only some tests ran jest says neither passed nor failed.
  return suite !== undefined && suite.status !== 'failed' && testsOf(suite, 'passed').length > 0;
}

function whyUnsound(result, spec) {
  const suite = suiteOf(result, spec);
  return suite
    ? `${failuresOf(result, spec)[0] ?? ''} ${beginningOf(suite.message)}`
    : 'it did not run to its end';
}

function beginningOf(message) {
  return stripVTControlCharacters(message).trim().split(/\s+/).join(' ').slice(0, 400);
}

function stopwatch() {
  const start = Date.now();
  return () => Math.round((Date.now() - start) / 1_000);
}

function say(verdict, name, seconds, test) {
  console.log(`${verdict.padEnd(6)}  ${name.padEnd(42)} ${String(seconds).padStart(4)} s  ${test}`);
}
