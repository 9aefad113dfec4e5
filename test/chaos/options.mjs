import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** By hand: as much as the figures in the README speak of. */
const LONG = {
  changes: 100_000,
  kills: 30,
  'database-kills': 5,
  stops: 10,
  terms: 5,
  instances: 3,
  producers: 24,
  limit: 90 * 60,
};

/** In CI: under two minutes in all on two busy cores. */
const SHORT = {
  changes: 3_000,
  kills: 6,
  'database-kills': 1,
  stops: 2,
  terms: 1,
  instances: 2,
  producers: 8,
  limit: 115,
};

const USAGE = `Usage: npm run chaos -- [--short] [--seed N] [--changes N] [--kills N] [--database-kills N]
                       [--stops N] [--terms N] [--instances N] [--producers N] [--limit SECONDS]
                       [--json FILE] [--program FILE]

  --kills, --stops, --terms   how often an instance gets SIGKILL, SIGSTOP for longer than a lease, SIGTERM
  --program                   what is run, another release's dist/standalone.js for a comparison. Default: this one's`;

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
      ...Object.fromEntries(Object.keys(LONG).map((name) => [name, number])),
    },
  });
  const preset = values.short ? SHORT : LONG;
  const numbers = Object.fromEntries(
    Object.entries(preset).map(([name, usual]) => [name, wholeNumber(name, values[name]) ?? usual]),
  );
  if (numbers.instances < 2) throw new Error(`--instances must be 2 or more.\n${USAGE}`);
  return {
    ...numbers,
    databaseKills: numbers['database-kills'],
    seed: wholeNumber('seed', values.seed) ?? Date.now() % 1_000_000,
    json: values.json ?? null,
    program: values.program ?? fileURLToPath(new URL('../../dist/standalone.js', import.meta.url)),
  };
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
