import { setTimeout as wait } from 'node:timers/promises';
import { prepare } from '../drain.mjs';
import { startChild } from '../parts/child.mjs';
import { startInstance } from '../parts/instance.mjs';
import { watchCosts } from '../parts/costs.mjs';
import { TENANTS } from '../parts/recorded-events.mjs';
import { percentiles } from '../statistics.mjs';

// On a slow machine the code is not compiled sooner. What piled up meanwhile is worked off before anything is measured:
// the row tells of the rate, not of a start under load.
const WARM_UP_S = 10;
const SLACK_MS = 30_000;

const ROUTES = { entry: 'POST /api/addresses', event: 'POST /admin/events' };

const howOf = (kind) =>
  `${ROUTES[kind]} by the tokens of ten tenants in turn, each with its webhook, in an open loop (by the clock, ` +
  `whatever is unanswered); from the answer's arrival at the client to the request's at the receiver, both on the ` +
  `machine's monotonic clock; after ${WARM_UP_S} s at the same rate, of which everything was received`;

async function latencies(bench, { kind = 'entry', hanging = false }) {
  return bench.scope.within(async (scope) => {
    const { rate, seconds } = bench.options;
    const database = await bench.mysql.createDatabase(scope);
    await prepare(
      bench,
      database,
      TENANTS.map((tenant, n) => ({ tenant, path: n === 0 && hanging ? '/hang' : '/hook' })),
    );
    const app = await startInstance(scope, { build: bench.build, databaseUrl: database.url });
    const tokens = [];
    for (const tenant of TENANTS) {
      const input = { name: `bench ${tenant}`, scopes: ['content:write', 'events:write'], tenant };
      tokens.push((await app.call('POST', '/admin/tokens', input)).token);
    }
    await wait(bench.options.settleMs);

    const warmUp = WARM_UP_S * rate;
    const count = warmUp + seconds * rate;
    const isHealthy = (n) => !hanging || n % TENANTS.length !== 0;
    const healthyOf = (first) => Array.from({ length: first }, (_, n) => n).filter(isHealthy).length;
    const load = startChild(scope, new URL('../parts/load-process.mjs', import.meta.url));
    await bench.receiver.expect({ timed: true });
    const make = async (from, to) => {
      const done = load.next('done', ((to - from) / rate) * 1000 + SLACK_MS);
      load.send({
        type: 'open',
        kind,
        baseUrl: app.baseUrl,
        tokens,
        perSecond: rate,
        count: to - from,
        firstNumber: from,
      });
      const { times } = await done;
      await bench.receiver.until(healthyOf(to), SLACK_MS);
      return times;
    };
    await make(0, warmUp);
    const stop = await watchCosts({ posthorn: [app.pid], receiver: [bench.receiver.pid] }, database);
    const sent = await make(warmUp, count);
    const costs = await stop();
    const { times, hung } = await bench.receiver.tell();

    const receivedAt = new Map();
    for (const [n, at] of times) if (!receivedAt.has(n)) receivedAt.set(n, at);
    const measured = sent.filter(([n]) => isHealthy(n));
    const fromAnswer = percentiles(measured.map(([n, , answeredAt]) => receivedAt.get(n) - answeredAt));
    return {
      value: fromAnswer.p95,
      fromAnswerMs: fromAnswer,
      fromRequestMs: percentiles(measured.map(([n, sentAt]) => receivedAt.get(n) - sentAt)),
      answerMs: percentiles(measured.map(([, sentAt, answeredAt]) => answeredAt - sentAt)),
      measured: measured.length,
      repeated: times.length - receivedAt.size,
      hung,
      ...costs(count - warmUp),
      complaints: app.complaints().slice(0, 5),
    };
  });
}

/** @type {import('../catalogue.mjs').Row} */
export const rowE = {
  id: 'e',
  name: 'latency',
  what: 'commit to receipt, p95',
  unit: ' ms',
  how: howOf('entry'),
  needs: ['mysql'],
  run: (bench) => latencies(bench, {}),
};

/** @type {import('../catalogue.mjs').Row} */
export const rowG = {
  id: 'g',
  name: 'latency-one-hangs',
  what: 'e with one webhook of ten hanging until its timeout, p95 of the other nine',
  unit: ' ms',
  how: 'as e; the tenth webhook takes connections and answers none, with the default timeout of 10 s',
  needs: ['mysql'],
  run: (bench) => latencies(bench, { hanging: true }),
};

/** @type {import('../catalogue.mjs').Row} */
export const rowU = {
  id: 'u',
  name: 'event-latency',
  what: 'latency of an event that is published, p95',
  unit: ' ms',
  how: howOf('event'),
  needs: ['mysql'],
  run: (bench) => latencies(bench, { kind: 'event' }),
};
