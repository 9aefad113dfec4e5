import { prepare } from '../drain.mjs';
import { startChild } from '../parts/child.mjs';
import { ADMIN_TOKEN, startInstance } from '../parts/instance.mjs';
import { watchCosts } from '../parts/costs.mjs';

const CONNECTIONS = 32;
const WARM_UP_MS = 10_000;
const SLACK_MS = 60_000;

/** @type {import('../catalogue.mjs').Row} */
export const rowD = {
  id: 'd',
  what: 'a change through REST to its receipt, sustained',
  unit: '/s',
  how: `POST /api/addresses over ${CONNECTIONS} keep-alive connections in a closed loop, one webhook, one process; what arrives a second while the load lasts, after ${WARM_UP_MS / 1000} s of warming up`,
  needs: ['mysql'],
  run: (bench) =>
    bench.scope.within(async (scope) => {
      const database = await bench.mysql.createDatabase(scope);
      await prepare(bench, database, [{}]);
      const app = await startInstance(scope, { build: bench.build, databaseUrl: database.url });
      const load = startChild(scope, new URL('../parts/load-process.mjs', import.meta.url));
      const ms = bench.options.loadSeconds * 1000;

      await bench.receiver.expect();
      const warm = load.next('warm', WARM_UP_MS + SLACK_MS);
      const done = load.next('done', WARM_UP_MS + ms + SLACK_MS);
      load.send({
        type: 'closed',
        baseUrl: app.baseUrl,
        token: ADMIN_TOKEN,
        connections: CONNECTIONS,
        warmUpMs: WARM_UP_MS,
        ms,
      });
      const warmed = await warm;
      const pids = { posthorn: [app.pid], receiver: [bench.receiver.pid], load: [load.pid] };
      const stop = await watchCosts(pids, database);
      const begin = await bench.receiver.tell();
      const { answers } = await done;
      const end = await bench.receiver.tell();
      const costs = await stop();

      await bench.receiver.until(answers, SLACK_MS);
      const last = await bench.receiver.tell();
      const seconds = (end.at - begin.at) / 1000;
      const received = end.count - begin.count;
      return {
        value: received / seconds,
        answersPerSecond: (answers - warmed.answers) / seconds,
        behindAtTheEnd: answers - end.count,
        caughtUpAfterMs: last.at - end.at,
        ...costs(received),
        complaints: app.complaints().slice(0, 5),
      };
    }),
};
