import { parseArgs } from 'node:util';
import { GROUPS } from './catalogue.mjs';

const lettersOf = (groups) => [...new Set(groups.flatMap(({ rows }) => rows.map(({ id }) => id[0])))].sort();
const DEFAULT_LETTERS = lettersOf(GROUPS.filter(({ isExtra }) => !isExtra));
const NAMES = [...new Set(GROUPS.flatMap(({ rows }) => rows.map(({ id, name }) => `${id} ${name}`)))].sort();

const USAGE = `npm run bench -- [options]

  --rows LIST        which rows, by letter or name, with commas between (default: ${DEFAULT_LETTERS.join(',')};
                     h is h2 and h4, k is k1 and k2, l and o likewise)
  --events N         deliveries of one drain (50000)
  --warm-up N        deliveries that each process makes before, which are not counted (20000)
  --repeat N         rounds; the median counts (3)
  --history N        finished deliveries in the tables for f, l and o (5000000)
  --drain N          deliveries drained by j (500000)
  --backlog N        deliveries of the backlog of k (100000)
  --rate N           changes a second in e and g (200)
  --seconds N        how long e and g are measured (20)
  --load-seconds N   how long d is measured (10)
  --json FILE        where the figures are written too
  --build FOLDER     a folder with dist, config and package.json to measure in place of this one's build
  --against FOLDER   another build: each row that it can be measured with is taken with both in turn
  --disk N           events published for z (60000)
  --strapi FOLDER    a copy of test/bench/peers/strapi in which npm install ran: then s is taken too
  --profile FOLDER   at the end, drain once more under the CPU profiler, put the profile there and sum it up
  --minutes N        the longest that all of it may take (60)

rows:
${NAMES.map((line) => `  ${line}`).join('\n')}
`;

const NUMBERS = {
  events: 50_000,
  'warm-up': 20_000,
  repeat: 3,
  history: 5_000_000,
  drain: 500_000,
  disk: 60_000,
  backlog: 100_000,
  rate: 200,
  seconds: 20,
  'load-seconds': 10,
  minutes: 60,
};

/** The options of the command line; prints how it is used and ends where they are wrong. */
export function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        rows: { type: 'string', default: DEFAULT_LETTERS.join(',') },
        json: { type: 'string' },
        build: { type: 'string' },
        against: { type: 'string' },
        profile: { type: 'string' },
        strapi: { type: 'string' },
        help: { type: 'boolean', default: false },
        ...Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, { type: 'string' }])),
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const {
      'load-seconds': loadSeconds,
      'warm-up': warmUp,
      ...numbers
    } = Object.fromEntries(
      Object.entries(NUMBERS).map(([name, fallback]) => [name, wholeNumber(name, values[name] ?? fallback)]),
    );
    const rows = values.rows.split(',').flatMap((asked) => findRows(asked.trim()));
    const { json, build, against, profile, strapi } = values;
    return { ...numbers, loadSeconds, warmUp, rows, json, build, against, profile, strapi, settleMs: 1_000 };
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** @returns the ids of the rows that a letter, an id or a name stands for */
function findRows(asked) {
  const all = GROUPS.flatMap(({ rows }) => rows);
  const found = all.filter(({ id, name }) => asked === id || asked === name || asked === id[0]);
  if (found.length === 0) throw new Error(`There is no row "${asked}".`);
  return found.map(({ id }) => id);
}

function wholeNumber(name, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number from 1.`);
  return number;
}
