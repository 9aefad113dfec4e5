import { fork } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { watchCosts } from '../parts/costs.mjs';
import { sustain } from '../sustain.mjs';

const LONGEST_START_MS = 120_000;

/** With as many as d has Strapi is slower. */
const CONNECTIONS = 8;

/** @type {import('../catalogue.mjs').Row} */
export const rowS = {
  id: 's',
  name: 'strapi',
  what: 'the same change through Strapi 5.54 to its receipt',
  unit: '/s',
  how: `as d, but for ${CONNECTIONS} connections, with which Strapi is quicker than with 32; its route is open, so that no token costs it anything, and its address has neither relations nor files`,
  needs: ['mysql', 'strapi'],
  run: (bench) =>
    bench.scope.within(async (scope) => {
      const database = await bench.mysql.createDatabase(scope);
      const strapi = await startStrapi(scope, bench, database.url);
      await wait(bench.options.settleMs);
      return sustain(scope, bench, {
        ...strapi,
        token: 'none',
        connections: CONNECTIONS,
        watch: (pids) => watchCosts({ strapi: [strapi.pid], ...pids }, database),
      });
    }),
};

async function startStrapi(scope, bench, databaseUrl) {
  const cwd = resolve(bench.options.strapi);
  const child = fork(join(cwd, 'start.js'), {
    cwd,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      WEBHOOK_URL: `${bench.receiver.url}/hook`,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // It has much to say that nobody asked; what it said last is told where it does not come up.
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-4_000)));
  }
  const exit = new Promise((done) => child.once('exit', done));
  scope.defer(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const port = await new Promise((done, fail) => {
    const timer = setTimeout(
      () => fail(new Error(`Strapi did not listen in time. It wrote:\n${said}`)),
      LONGEST_START_MS,
    );
    child.once('message', (message) => {
      clearTimeout(timer);
      done(message.port);
    });
    void exit.then((code) => {
      clearTimeout(timer);
      fail(new Error(`Strapi ended with ${code}. It wrote:\n${said}`));
    });
  });
  return { pid: child.pid, baseUrl: `http://127.0.0.1:${port}` };
}
