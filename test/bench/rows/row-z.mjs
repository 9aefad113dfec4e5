import { prepare } from '../drain.mjs';
import { startChild } from '../parts/child.mjs';
import { ADMIN_TOKEN, startInstance } from '../parts/instance.mjs';

const PER_SECOND = 400;
const SLACK_MS = 120_000;

/** @type {import('../catalogue.mjs').Row} */
export const rowZ = {
  id: 'z',
  name: 'disk',
  what: 'disk of an event with one delivery that was received',
  unit: ' bytes',
  how:
    `POST /admin/events with 300 bytes of data, ${PER_SECOND} a second, one webhook; what the tables and their indexes have ` +
    'grown by after the purge, without what is free in their files, for each event of --disk',
  needs: ['mysql'],
  run: (bench) =>
    bench.scope.within(async (scope) => {
      const count = bench.options.disk;
      const database = await bench.mysql.createDatabase(scope);
      await prepare(bench, database, [{}]);
      const app = await startInstance(scope, { build: bench.build, databaseUrl: database.url });
      const load = startChild(scope, new URL('../parts/load-process.mjs', import.meta.url));
      const before = await database.sizes();
      await bench.receiver.expect();
      const done = load.next('done', (count / PER_SECOND) * 1000 + SLACK_MS);
      const { baseUrl } = app;
      const open = { baseUrl, tokens: [ADMIN_TOKEN], perSecond: PER_SECOND, count, firstNumber: 0 };
      load.send({ type: 'open', kind: 'event', ...open });
      await done;
      await bench.receiver.until(count, SLACK_MS);
      await app.stop();
      await database.purged();
      const after = await database.sizes();
      const tables = Object.fromEntries(
        Object.entries(after)
          .map(([table, bytes]) => [table, Math.round((bytes - (before[table] ?? 0)) / count)])
          .filter(([, bytes]) => bytes !== 0),
      );
      return { value: Object.values(tables).reduce((sum, bytes) => sum + bytes, 0), tables };
    }),
};
