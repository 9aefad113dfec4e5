import { prepare } from '../drain.mjs';
import { layHistory } from '../history.mjs';
import { ADMIN_TOKEN, startInstance } from '../parts/instance.mjs';
import { percentiles } from '../statistics.mjs';
import { laidHistory } from './row-f.mjs';

const FEW = 5_000;
const WARM_UP = 50;
const REQUESTS = 300;

const few = new WeakMap();

/** A history of {@link FEW} deliveries, laid at the first call. */
async function fewLaid(bench) {
  if (!few.has(bench.mysql)) {
    const database = await bench.mysql.createDatabase(bench.scope);
    const webhookIds = await prepare(bench, database);
    await layHistory(database, { deliveries: FEW, webhookIds });
    few.set(bench.mysql, { database });
  }
  return few.get(bench.mysql);
}

/**
 * Asks one thing of two instances in turn, one with few deliveries in its tables and one with many, so that both meet
 * the same machine.
 *
 * @returns what each of them came to
 */
async function askInTurn(bench, path) {
  return bench.scope.within(async (scope) => {
    const sides = [];
    for (const historyOf of [fewLaid, laidHistory]) {
      const { database } = await historyOf(bench);
      const options = { build: bench.build, databaseUrl: database.url, worker: false };
      sides.push({ app: await startInstance(scope, options), times: [] });
    }
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    for (let n = 0; n < WARM_UP + REQUESTS; n += 1) {
      for (const { app, times } of sides) {
        const from = performance.now();
        const answer = await fetch(app.baseUrl + path, { headers });
        await answer.arrayBuffer();
        if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}.`);
        if (n >= WARM_UP) times.push(performance.now() - from);
      }
    }
    const results = sides.map(({ app, times }) => {
      const latencyMs = percentiles(times);
      return { value: latencyMs.p50, latencyMs, complaints: app.complaints().slice(0, 5) };
    });
    await Promise.all(sides.map(({ app }) => app.stop()));
    return results;
  });
}

/** Two rows that are taken together: the first one's run takes both. */
function pair(letter, name, what, path) {
  const how = `${REQUESTS} requests of GET ${path}, in turn to two instances that do nothing else; the median`;
  const row = (n, deliveries, run) => ({
    id: `${letter}${n}`,
    name: `${name}-${n === 1 ? 'short' : 'long'}-history`,
    what: `${what}, ${deliveries} in the tables`,
    unit: ' ms',
    how,
    needs: ['mysql'],
    run,
  });
  let taken;
  return [
    row(1, `${FEW.toLocaleString('en')} deliveries`, async (bench) => {
      taken = await askInTurn(bench, path);
      return taken[0];
    }),
    row(2, 'the deliveries of --history', () => taken[1]),
  ];
}

/** @type {import('../catalogue.mjs').Row[]} */
export const rowsL = pair('l', 'list', "the list's first page", '/admin/deliveries');

/** @type {import('../catalogue.mjs').Row[]} */
export const rowsO = pair('o', 'overview', 'the overview of a day', '/admin/overview');
