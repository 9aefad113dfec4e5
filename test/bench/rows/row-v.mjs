import { prepare } from '../drain.mjs';
import { watchCosts } from '../parts/costs.mjs';
import { ADMIN_TOKEN, startInstance } from '../parts/instance.mjs';
import { sustain, WARM_UP_MS } from '../sustain.mjs';

const CONNECTIONS = 32;

const howOf = (what, webhooks) =>
  `${what} over ${CONNECTIONS} keep-alive connections in a closed loop, ${webhooks}, one process; what arrives a second ` +
  `while the load lasts, after ${WARM_UP_MS / 1000} s of warming up`;

function publish(kind, webhooks) {
  return (bench) =>
    bench.scope.within(async (scope) => {
      const database = await bench.mysql.createDatabase(scope);
      await prepare(
        bench,
        database,
        Array.from({ length: webhooks }, (_, n) => ({ path: `/hook/${n}` })),
      );
      const app = await startInstance(scope, { build: bench.build, databaseUrl: database.url });
      const sustained = await sustain(scope, bench, {
        kind,
        webhooks,
        baseUrl: app.baseUrl,
        token: ADMIN_TOKEN,
        connections: CONNECTIONS,
        watch: (pids) => watchCosts({ posthorn: [app.pid], ...pids }, database),
      });
      return { ...sustained, complaints: app.complaints().slice(0, 5) };
    });
}

/** @type {import('../catalogue.mjs').Row[]} */
export const rowsV = [
  {
    id: 'v',
    name: 'events',
    what: 'events one by one to their receipt, sustained',
    unit: '/s',
    how: howOf('POST /admin/events', 'one webhook'),
    needs: ['mysql'],
    run: publish('event', 1),
  },
  {
    id: 'w',
    name: 'events-by-100',
    what: 'events in arrays of 100 to their receipt, sustained',
    unit: '/s',
    how: howOf('POST /admin/events with arrays of 100', 'one webhook'),
    needs: ['mysql'],
    isNew: true,
    run: publish('events by 100', 1),
  },
  {
    id: 'y',
    name: 'ten-webhooks',
    what: 'deliveries of events that go to ten webhooks each, sustained',
    unit: '/s',
    how: howOf('POST /admin/events', 'ten webhooks'),
    needs: ['mysql'],
    run: publish('event', 10),
  },
];
