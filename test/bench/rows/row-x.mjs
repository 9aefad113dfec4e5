import { drain, prepare } from '../drain.mjs';
import { TENANTS } from '../parts/recorded-events.mjs';

/** @type {import('../catalogue.mjs').Row} */
export const rowX = {
  id: 'x',
  name: 'drain-half-fails',
  what: 'drain where every second webhook answers 500',
  unit: '/s',
  how: 'as drain; five of the ten webhooks answer each request with 500 and are tried again in a day; first attempts a second',
  needs: ['mysql'],
  run: (bench) =>
    bench.scope.within(async (scope) => {
      const database = await bench.mysql.createDatabase(scope);
      const webhooks = TENANTS.map((tenant, n) => ({
        tenant,
        path: n % 2 === 0 ? '/hook' : '/fail',
        retrySchedule: [86_400],
      }));
      await prepare(bench, database, webhooks);
      return drain(bench, database, { events: bench.options.events, failing: 0.5 });
    }),
};
