import { setTimeout as wait } from 'node:timers/promises';
import { drain, prepare } from '../drain.mjs';
import { layHistory, sizeOf } from '../history.mjs';

const LONGEST_FLUSH_MS = 180_000;

/** Laid once in a run of the bench: the row is taken on it again and again. */
const laid = new WeakMap();

/** @type {import('../catalogue.mjs').Row} */
export const rowF = {
  id: 'f',
  name: 'large-history',
  what: 'b with a history in the tables',
  unit: '/s',
  how:
    'as b, with the deliveries of --history in the tables: a day of finished ones with an attempt each, full bodies and ' +
    'one event for every five of them; the server has written out its pages before',
  needs: ['mysql'],
  async run(bench) {
    const { database, ...history } = await laidHistory(bench);
    const result = await drain(bench, database, { events: bench.options.events });
    await flush(database);
    return { ...result, ...history };
  },
};

/** The history of --history, laid at the first call. */
export async function laidHistory(bench) {
  if (!laid.has(bench.mysql)) laid.set(bench.mysql, await lay(bench));
  return laid.get(bench.mysql);
}

async function lay(bench) {
  const deliveries = bench.options.history;
  bench.log(`history: laying ${deliveries.toLocaleString('en')} deliveries of history`);
  const from = performance.now();
  const database = await bench.mysql.createDatabase(bench.scope);
  const webhookIds = await prepare(bench, database);
  await layHistory(database, { deliveries, webhookIds });
  const flushed = await flush(database);
  const historyBytes = await sizeOf(database);
  const seconds = Math.round((performance.now() - from) / 1000);
  bench.log(
    `history: laid in ${seconds} s, ${(historyBytes / 1e9).toFixed(1)} GB${flushed ? '' : ', not all written out'}`,
  );
  return { database, history: deliveries, historyBytes };
}

/** Waits until the pages that laying it made dirty are written, which would else cost the drain. */
async function flush(database) {
  const name = 'innodb_max_dirty_pages_pct';
  const [{ Value: usual }] = await database.query(`SHOW GLOBAL VARIABLES LIKE '${name}'`);
  await database.query(`SET GLOBAL ${name} = 0`);
  try {
    for (const latest = Date.now() + LONGEST_FLUSH_MS; Date.now() < latest; await wait(250)) {
      const [{ Value: dirty }] = await database.query(
        `SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'`,
      );
      if (Number(dirty) < 100) return true;
    }
    return false;
  } finally {
    await database.query(`SET GLOBAL ${name} = ${Number(usual)}`);
  }
}
