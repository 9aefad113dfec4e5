import { prepare } from '../drain.mjs';
import { watchCosts } from '../parts/costs.mjs';
import { ADMIN_TOKEN, startInstance } from '../parts/instance.mjs';
import { sustain, WARM_UP_MS } from '../sustain.mjs';

const CONNECTIONS = 32;

/** @type {import('../catalogue.mjs').Row} */
export const rowD = {
  id: 'd',
  name: 'rest-to-receipt',
  what: 'a change through REST to its receipt, sustained',
  unit: '/s',
  how: `POST /api/addresses over ${CONNECTIONS} keep-alive connections in a closed loop, one webhook, one process; what arrives a second while the load lasts, after ${WARM_UP_MS / 1000} s of warming up`,
  needs: ['mysql'],
  run: (bench) =>
    bench.scope.within(async (scope) => {
      const database = await bench.mysql.createDatabase(scope);
      await prepare(bench, database, [{}]);
      const app = await startInstance(scope, { build: bench.build, databaseUrl: database.url });
      const sustained = await sustain(scope, bench, {
        baseUrl: app.baseUrl,
        token: ADMIN_TOKEN,
        connections: CONNECTIONS,
        watch: (pids) => watchCosts({ posthorn: [app.pid], ...pids }, database),
      });
      return { ...sustained, complaints: app.complaints().slice(0, 5) };
    }),
};
