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

/** Asks one thing of an instance again and again, one request after another. */
function asked(path, historyOf) {
  return (bench) =>
    bench.scope.within(async (scope) => {
      const { database } = await historyOf(bench);
      const app = await startInstance(scope, {
        build: bench.build,
        databaseUrl: database.url,
        worker: false,
      });
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      const times = [];
      for (let n = 0; n < WARM_UP + REQUESTS; n += 1) {
        const from = performance.now();
        const answer = await fetch(app.baseUrl + path, { headers });
        await answer.arrayBuffer();
        if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}.`);
        if (n >= WARM_UP) times.push(performance.now() - from);
      }
      const complaints = app.complaints().slice(0, 5);
      await app.stop();
      return { value: percentiles(times).p50, latencyMs: percentiles(times), complaints };
    });
}

function pair(letter, what, path) {
  const how = `${REQUESTS} requests of GET ${path}, one after another, to an instance that does nothing else; their median`;
  return [
    {
      id: `${letter}1`,
      what: `${what}, ${FEW.toLocaleString('en')} deliveries in the tables`,
      historyOf: fewLaid,
    },
    { id: `${letter}2`, what: `${what}, those of --history`, historyOf: laidHistory },
  ].map(({ historyOf, ...row }) => ({
    ...row,
    unit: ' ms',
    how,
    needs: ['mysql'],
    run: asked(path, historyOf),
  }));
}

/** @type {import('../catalogue.mjs').Row[]} */
export const rowsL = pair('l', "the list's first page", '/admin/deliveries');

/** @type {import('../catalogue.mjs').Row[]} */
export const rowsO = pair('o', 'the overview of a day', '/admin/overview');
