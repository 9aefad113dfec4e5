import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ENGINES } from './databases.mjs';

/** By hand: as much as the figures in the README speak of. */
const LONG = {
  changes: 100_000,
  kills: 30,
  'database-kills': 5,
  'database-stops': 0,
  stops: 10,
  terms: 5,
  network: 0,
  clock: 0,
  instances: 3,
  producers: 24,
  limit: 90 * 60,
};

/** In CI: under two minutes in all on two busy cores. */
const SHORT = {
  changes: 3_000,
  kills: 6,
  'database-kills': 1,
  'database-stops': 0,
  stops: 2,
  terms: 1,
  network: 0,
  clock: 0,
  instances: 2,
  producers: 8,
  limit: 115,
};

/** What an engine takes longer, seconds: OceanBase's starts in half a minute, and a group is formed and chooses. */
const LONGER = { oceanbase: 240, group: 600 };

const USAGE = `Usage: npm run chaos -- [--short] [--engine NAME] [--seed N] [--changes N] [--kills N] [--stops N]
                       [--terms N] [--database-kills N] [--database-stops N] [--network N] [--clock N]
                       [--instances N] [--producers N] [--limit SECONDS] [--json FILE] [--program FILE]
                       [--beside FOLDER]

  --engine                    ${ENGINES.join(', ')}; group: three MySQL in Group Replication, of which the primary
                              is hit. Default: the server that this machine has
  --kills, --stops, --terms   how often an instance gets SIGKILL, SIGSTOP for longer than a lease, SIGTERM
  --database-kills, -stops    how often the database gets SIGKILL, SIGSTOP
  --network                   how often the network between an instance and its database is slow, cut, held or half-open
  --clock                     how often the clock of an instance's machine is set, up to an hour forwards or back
  --program                   what is run, another release's dist/standalone.js for a comparison. Default: this one's
  --beside                    a built checkout of another release: every second instance runs it, and it starts first`;

/**
 * Reads the command line.
 *
 * @throws {Error} with the usage, for what cannot be used
 */
export function readOptions(args) {
  const number = { type: 'string' };
  const { values } = parse({
    args,
    options: {
      short: { type: 'boolean', default: false },
      seed: number,
      json: { type: 'string' },
      program: { type: 'string' },
      engine: { type: 'string' },
      beside: { type: 'string' },
      ...Object.fromEntries(Object.keys(LONG).map((name) => [name, number])),
    },
  });
  const preset = values.short ? SHORT : LONG;
  const numbers = Object.fromEntries(
    Object.entries(preset).map(([name, usual]) => [name, wholeNumber(name, values[name]) ?? usual]),
  );
  if (numbers.instances < 2) throw new Error(`--instances must be 2 or more.\n${USAGE}`);
  const engine = values.engine ?? null;
  if (engine !== null && !ENGINES.includes(engine))
    throw new Error(`--engine must be one of ${ENGINES.join(', ')}, not "${engine}".\n${USAGE}`);
  return {
    ...numbers,
    limit: numbers.limit + (values.limit === undefined ? (LONGER[engine] ?? 0) : 0),
    databaseKills: numbers['database-kills'],
    databaseStops: numbers['database-stops'],
    engine,
    seed: wholeNumber('seed', values.seed) ?? Date.now() % 1_000_000,
    json: values.json ?? null,
    program: values.program ?? fileURLToPath(new URL('../../dist/standalone.js', import.meta.url)),
    beside: values.beside === undefined ? null : besides(values.beside),
  };
}

function besides(folder) {
  const program = resolve(folder, 'dist', 'standalone.js');
  if (existsSync(program)) return program;
  throw new Error(`--beside: there is no ${program}. Build that checkout first.\n${USAGE}`);
}

function parse(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Error(`${error.message}\n${USAGE}`, { cause: error });
  }
}

function wholeNumber(name, text) {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number, not "${text}".\n${USAGE}`);
  return Number(text);
}
