import { parseArgs } from 'node:util';

const LONG = { requests: 50_000 };

/** In CI: under forty seconds on two cores. */
const SHORT = { requests: 3_000 };

const USAGE = 'Usage: npm run fuzz -- [--short] [--seed N] [--requests N] [--database URL]';

/**
 * Reads the command line.
 *
 * @returns {{seed: number, requests: number, database: string | null}} a database of one's own is written to; without
 *   one it is SQLite in a folder that is removed
 * @throws {Error} with the usage, for what cannot be used
 */
export function readOptions(args) {
  const { values } = parse({
    args,
    options: {
      short: { type: 'boolean', default: false },
      seed: { type: 'string' },
      requests: { type: 'string' },
      database: { type: 'string' },
    },
  });
  const preset = values.short ? SHORT : LONG;
  return {
    seed: wholeNumber('seed', values.seed) ?? Date.now() % 1_000_000,
    requests: wholeNumber('requests', values.requests) ?? preset.requests,
    database: values.database ?? null,
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
