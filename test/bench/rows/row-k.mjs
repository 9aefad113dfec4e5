import { prepare } from '../drain.mjs';
import { startChild } from '../parts/child.mjs';
import { startInstance } from '../parts/instance.mjs';
import { percentiles } from '../statistics.mjs';

const CHANGES = 30;
const CHANGES_PER_SECOND = 10;
/** Beyond the numbers of the backlog. */
const FIRST_NUMBER = 1_000_000_000;
const SLACK_MS = 60_000;

const MARK = 'UPDATE webhook_events SET fan_out_due_at = created_at WHERE fan_out_due_at IS NULL';

const BODIES = `INSERT INTO webhook_bodies (event_id, rendering, content_type, body)
  SELECT id, 'strapi-v3', 'application/json', snapshot FROM webhook_events`;

const DELIVERIES = `INSERT INTO webhook_deliveries (id, event_id, webhook_id, event, tenant, rendering, state, next_trigger,
    next_attempt_at, lane, due_at, created_at)
  SELECT id, id, ?, type, tenant, 'strapi-v3', 'pending', 'event', created_at, ?, created_at, created_at
  FROM webhook_events`;

async function besideBacklog(bench, kind) {
  return bench.scope.within(async (scope) => {
    const database = await bench.mysql.createDatabase(scope);
    const [busy] = await prepare(bench, database, [{ tenant: 't0' }, { tenant: 't1' }]);
    await database.insertEvents(bench.options.backlog, ['t0']);
    const app = await startInstance(scope, { build: bench.build, databaseUrl: database.url });
    const input = { name: 'bench', scopes: ['content:write'], tenant: 't1' };
    const { token } = await app.call('POST', '/admin/tokens', input);
    const load = startChild(scope, new URL('../parts/load-process.mjs', import.meta.url));

    const arrivals = await bench.receiver.expect({ timed: true });
    const first = arrivals.first(SLACK_MS);
    if (kind === 'events') {
      await database.query(MARK);
    } else {
      await database.query(BODIES);
      await database.query(DELIVERIES, [busy, busy]);
    }
    await first;
    const done = load.next('done', SLACK_MS);
    load.send({
      type: 'open',
      baseUrl: app.baseUrl,
      tokens: [token],
      perSecond: CHANGES_PER_SECOND,
      count: CHANGES,
      firstNumber: FIRST_NUMBER,
    });
    const { times: sent } = await done;
    const atTheEnd = await bench.receiver.tell();
    await bench.receiver.until(bench.options.backlog + CHANGES, SLACK_MS + bench.options.backlog * 10);
    const { times } = await bench.receiver.tell();
    const receivedAt = new Map(times.filter(([n]) => n >= FIRST_NUMBER));
    const latencies = sent
      .toSorted(([a], [b]) => a - b)
      .map(([n, , answeredAt]) => receivedAt.get(n) - answeredAt);
    return {
      value: latencies[0],
      latencyMs: percentiles(latencies),
      backlogLeftAtTheLastChange: bench.options.backlog + CHANGES - atTheEnd.count,
      complaints: app.complaints().slice(0, 5),
    };
  });
}

const HOW =
  'with the backlog of --backlog for one webhook being drained, changes of another tenant through REST, ten a second for ' +
  '3 s, to a webhook of its own; from the answer to the receipt of the first';

/** @type {import('../catalogue.mjs').Row[]} */
export const rowsK = [
  {
    id: 'k1',
    name: 'beside-deliveries',
    what: "another webhook's first delivery beside a backlog of deliveries",
    unit: ' ms',
    how: HOW,
    needs: ['mysql'],
    run: (bench) => besideBacklog(bench, 'deliveries'),
  },
  {
    id: 'k2',
    name: 'beside-events',
    what: "another webhook's first delivery beside a backlog that is not fanned out yet",
    unit: ' ms',
    how: `${HOW}; the backlog are events that wait for their fan-out, as after a time without a worker`,
    needs: ['mysql'],
    run: (bench) => besideBacklog(bench, 'events'),
  },
];
