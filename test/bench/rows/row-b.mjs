import { drain, prepare } from '../drain.mjs';
import { createSqlite } from '../parts/sqlite.mjs';

const HOW =
  'events are recorded for ten webhooks (each event for exactly one, by tenant), then a running instance is let at them; ' +
  'signed, one row of history an attempt; first arrival to last arrival';

function drained(instances) {
  return (bench) =>
    bench.scope.within(async (scope) => {
      const database = await bench.mysql.createDatabase(scope);
      await prepare(bench, database);
      return drain(bench, database, { events: bench.options.events, instances });
    });
}

/** @type {import('../catalogue.mjs').Row} */
export const rowB = {
  id: 'b',
  name: 'drain',
  what: 'Posthorn drains what is recorded, one process',
  unit: '/s',
  how: HOW,
  needs: ['mysql'],
  run: drained(1),
};

/** @type {import('../catalogue.mjs').Row[]} */
export const rowsH = [2, 4].map((instances) => ({
  id: `h${instances}`,
  name: `drain-${instances}-processes`,
  what: `b with ${instances} worker processes`,
  unit: '/s',
  how: `as b with ${instances} instances on one database and the same machine`,
  needs: ['mysql'],
  run: drained(instances),
}));

/** @type {import('../catalogue.mjs').Row} */
export const rowI = {
  id: 'i',
  name: 'drain-sqlite',
  what: 'b on SQLite',
  unit: '/s',
  how: 'as b on an SQLite file (WAL, synchronous FULL)',
  needs: [],
  run: (bench) =>
    bench.scope.within(async (scope) => {
      const database = createSqlite(scope);
      await prepare(bench, database);
      return drain(bench, database, { events: bench.options.events });
    }),
};

/** @type {import('../catalogue.mjs').Row} */
export const rowJ = {
  id: 'j',
  name: 'drain-memory',
  what: 'peak resident memory of an instance that drains a backlog',
  unit: ' MB',
  how: 'as b with the events of --drain; VmHWM of the instance at the end',
  needs: ['mysql'],
  run: (bench) =>
    bench.scope.within(async (scope) => {
      const database = await bench.mysql.createDatabase(scope);
      await prepare(bench, database);
      const events = bench.options.drain;
      const { value: perSecond, ...rest } = await drain(bench, database, { events });
      return { ...rest, value: rest.peakResidentBytes / 1e6, perSecond, events };
    }),
};
