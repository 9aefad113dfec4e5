import { setTimeout as wait } from 'node:timers/promises';
import { watchCosts } from './parts/costs.mjs';
import { startInstance } from './parts/instance.mjs';
import { usageOf } from './parts/process-usage.mjs';
import { TENANTS } from './parts/recorded-events.mjs';

const LONGEST_BOOKKEEPING_MS = 60_000;
/** A drain that is slower than so many a second is given up. */
const SLOWEST_RATE = 100;

/**
 * Makes the tables by starting an instance that sends nothing, and registers webhooks.
 *
 * @param {{tenant?: string, path?: string, timeoutMs?: number, retrySchedule?: number[]}[]} webhooks
 * @returns their ids
 */
export async function prepare(bench, database, webhooks = TENANTS.map((tenant) => ({ tenant }))) {
  return bench.scope.within(async (scope) => {
    const instance = await startInstance(scope, {
      build: bench.build,
      databaseUrl: database.url,
      worker: false,
    });
    const ids = [];
    for (const { tenant = null, path = '/hook', ...more } of webhooks) {
      const url = bench.receiver.url + path;
      const input = { name: `bench ${tenant}`, url, headers: {}, events: ['*'], tenant, ...more };
      ids.push((await instance.call('POST', '/admin/webhooks', input)).id);
    }
    await instance.stop();
    return ids;
  });
}

/**
 * Records events for the ten tenants' webhooks, one delivery each, then lets running instances deliver them. They have
 * delivered --warm-up others before: their code is compiled while it runs. Measured from the first request's arrival to
 * the last one's, by the receiver's clock; the history of every delivery is looked at afterwards.
 *
 * @param {{events: number, instances?: number, execArgv?: string[], failing?: number}} options `failing`: the share of
 *   them whose first attempt fails, and which wait for a later one
 */
export async function drain(bench, database, { events, instances = 1, execArgv = [], failing = 0 }) {
  return bench.scope.within(async (scope) => {
    const { warmUp } = bench.options;
    const begin = await database.insertEvents(warmUp, TENANTS);
    const first = await database.insertEvents(events, TENANTS);
    const running = [];
    for (let i = 0; i < instances; i += 1) {
      running.push(startInstance(scope, { build: bench.build, databaseUrl: database.url, execArgv }));
    }
    const apps = await Promise.all(running);
    await wait(bench.options.settleMs);
    const residentAtStartBytes = Math.max(...apps.map(({ pid }) => usageOf(pid)?.residentBytes ?? NaN));

    await warm(bench, database, apps, { begin, end: first, events: warmUp, failing });

    const arrivals = await bench.receiver.expect({ count: events });
    const firstArrived = arrivals.first(LONGEST_BOOKKEEPING_MS);
    const allArrived = arrivals.all(Math.max(60_000, (events / SLOWEST_RATE) * 1000));
    await release(database, { begin: first });
    await firstArrived;
    const pids = { posthorn: apps.map(({ pid }) => pid), receiver: [bench.receiver.pid] };
    const stop = await watchCosts(pids, database);
    const { firstAt, lastAt } = await Promise.race([allArrived, ...apps.map(diesOf)]);
    const costs = await stop();
    const bookkeepingMs = await bookkeeping(database, { begin: first, failing }, events);
    const { count, connections } = await bench.receiver.tell();
    const complaints = apps.flatMap((app) => app.complaints());
    const peakResidentBytes = Math.max(...apps.map(({ pid }) => usageOf(pid)?.peakResidentBytes ?? NaN));
    await Promise.all(apps.map((app) => app.stop()));
    return {
      value: events / ((lastAt - firstAt) / 1000),
      window: { from: firstAt, to: lastAt },
      ...costs(events),
      bookkeepingMs,
      duplicates: count - events,
      connections,
      residentAtStartBytes,
      peakResidentBytes,
      ...(complaints.length > 0 ? { complaints: complaints.slice(0, 5) } : {}),
    };
  });
}

/** Has instances deliver what is not measured, to the last mark in the history. */
async function warm(bench, database, apps, { begin, end, events, failing }) {
  const arrivals = await bench.receiver.expect({ count: events });
  const allArrived = arrivals.all(Math.max(60_000, (events / SLOWEST_RATE) * 1000));
  await release(database, { begin, end });
  await Promise.race([allArrived, ...apps.map(diesOf)]);
  await bookkeeping(database, { begin, end, failing }, events);
}

/** Behind every id. */
const LAST = '~';

/** What the recorder does with each event is done to all at once here, so that booting is no part of the figure. */
async function release(database, { begin, end = LAST }) {
  await database.query(
    'UPDATE webhook_events SET fan_out_due_at = created_at WHERE id >= ? AND id < ? AND fan_out_due_at IS NULL',
    [begin, end],
  );
}

/** How long after the last arrival the last delivery stood as succeeded with its attempt, milliseconds. */
async function bookkeeping(database, { begin, end = LAST, failing }, events) {
  const from = performance.now();
  for (;;) {
    const [{ succeeded, attempts }] = await database.query(
      `SELECT COUNT(CASE WHEN state = 'succeeded' THEN 1 END) AS succeeded, SUM(attempt_count) AS attempts
       FROM webhook_deliveries WHERE event_id >= ? AND event_id < ?`,
      [begin, end],
    );
    const ms = performance.now() - from;
    if (Number(succeeded) === events * (1 - failing) && Number(attempts) >= events) return ms;
    if (ms > LONGEST_BOOKKEEPING_MS) {
      throw new Error(`Of ${events} deliveries that arrived ${succeeded} stand as succeeded after a minute.`);
    }
    await wait(50);
  }
}

async function diesOf({ exit, complaints }) {
  const code = await exit;
  throw new Error(`An instance ended with ${code} in the middle of it:\n${complaints().join('\n')}`);
}
