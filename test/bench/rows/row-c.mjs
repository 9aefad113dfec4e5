import { startChild } from '../parts/child.mjs';
import { watchCosts } from '../parts/costs.mjs';
import { startRedis } from '../parts/redis.mjs';

const LONGEST_MS = 300_000;

/** @type {import('../catalogue.mjs').Row} */
export const rowC = {
  id: 'c',
  name: 'bullmq',
  what: 'BullMQ and axios on Redis, delivering what is enqueued',
  unit: '/s',
  how:
    'one process: jobs are added 500 at a time (addBulk), then a Worker with concurrency 64 signs and posts with axios over a ' +
    'keep-alive agent; Redis keeps nothing on the disk and no history; first arrival to last arrival',
  needs: ['redis'],
  run: (bench) =>
    bench.scope.within(async (scope) => {
      const { events, warmUp } = bench.options;
      const redis = await startRedis(scope);
      const child = startChild(scope, new URL('bullmq-process.mjs', import.meta.url));
      const enqueue = async (count) => {
        const enqueued = child.next('enqueued', LONGEST_MS);
        child.send({ type: 'enqueue', port: redis.port, url: `${bench.receiver.url}/hook`, count });
        return enqueued;
      };
      await enqueue(warmUp);
      const warmed = (await bench.receiver.expect({ count: warmUp })).all(LONGEST_MS);
      child.send({ type: 'deliver', port: redis.port });
      await Promise.race([warmed, child.next('failed', LONGEST_MS)]);

      const { ms: enqueueMs } = await enqueue(events);
      const arrivals = await bench.receiver.expect({ count: events });
      const first = arrivals.first(LONGEST_MS);
      const all = arrivals.all(LONGEST_MS);
      child.send({ type: 'deliver', port: redis.port });
      await first;
      const stop = await watchCosts({
        sender: [child.pid],
        redis: [redis.pid],
        receiver: [bench.receiver.pid],
      });
      const { firstAt, lastAt } = await Promise.race([all, child.next('failed', LONGEST_MS)]);
      const costs = await stop();
      return {
        value: events / ((lastAt - firstAt) / 1000),
        withEnqueueing: events / ((enqueueMs + lastAt - firstAt) / 1000),
        redis: redis.version,
        ...costs(events),
      };
    }),
};
