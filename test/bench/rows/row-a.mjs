import { startChild } from '../parts/child.mjs';
import { watchCosts } from '../parts/costs.mjs';

const LONGEST_MS = 300_000;

/** @type {import('../catalogue.mjs').Row} */
export const rowA = {
  id: 'a',
  name: 'bare-loop',
  what: 'bare undici loop, no database',
  unit: '/s',
  how: 'one process, 64 keep-alive connections, a body of about 450 bytes; first arrival to last arrival, as in every row that delivers',
  needs: [],
  run: (bench) =>
    bench.scope.within(async (scope) => {
      const { events, warmUp } = bench.options;
      const child = startChild(scope, new URL('bare-loop-process.mjs', import.meta.url));
      const run = async (count) => {
        const done = child.next('done', LONGEST_MS);
        child.send({ type: 'run', url: bench.receiver.url, count });
        return done;
      };
      await run(warmUp);
      const arrivals = await bench.receiver.expect({ count: events });
      const first = arrivals.first(LONGEST_MS);
      const all = arrivals.all(LONGEST_MS);
      const done = run(events);
      await first;
      const stop = await watchCosts({ sender: [child.pid], receiver: [bench.receiver.pid] });
      const { firstAt, lastAt } = await all;
      const costs = await stop();
      const { bodyBytes } = await done;
      return {
        value: events / ((lastAt - firstAt) / 1000),
        bodyBytes,
        ...costs(events),
      };
    }),
};
