import { setTimeout as wait } from 'node:timers/promises';
import { now } from '../clock.mjs';
import { prepare } from '../drain.mjs';
import { startChild } from '../parts/child.mjs';
import { startInstance } from '../parts/instance.mjs';
import { percentile } from '../statistics.mjs';

const WARM_UP_S = 10;
const WINDOW_S = 10;
/** How long those that hang are well again before they hang anew: what is out to them goes on hanging. */
const WELL_S = 2;
const TIMES = 3;
const SLACK_MS = 60_000;
/** What the slowest of the well ones still may get behind after the last change. */
const SETTLE_MS = 2_000;

const HOW =
  `changes over REST in an open loop by one instance, new for each pair: ${WARM_UP_S} s to warm up, ${WINDOW_S} s calm, then ` +
  `${TIMES} times ${WINDOW_S} s in which some webhooks take requests and answer none, with ${WELL_S} s between in which they ` +
  'answer new ones; the value is the median of the pairs’ ratios of the p99, from the change’s answer to the receipt, of the ' +
  'webhooks that never hang; beside it the longest gap between two receipts of one of them';

/**
 * Measures the webhooks that are well while others hang: one pair of calm and not.
 *
 * @param {{rate: number, warmUpRate?: number, webhooks: {tenant?: string, path: string, timeoutMs?: number}[],
 *   isHanging: (path: string) => boolean, tokens: (string | null)[], isGapOfAll?: boolean}} options `tokens`: the tenants of
 *   the changes, in turn; null: no tenant. `isGapOfAll`: the longest gap is of the receipts of all that are well
 */
async function besideHanging(bench, options) {
  const { rate, warmUpRate = rate, webhooks, isHanging, tokens, isGapOfAll = false } = options;
  return bench.scope.within(async (scope) => {
    const database = await bench.mysql.createDatabase(scope);
    await prepare(bench, database, webhooks);
    const app = await startInstance(scope, { build: bench.build, databaseUrl: database.url });
    const made = new Map();
    for (const tenant of new Set(tokens)) {
      const input = { name: `bench ${tenant}`, scopes: ['content:write'], tenant };
      made.set(tenant, (await app.call('POST', '/admin/tokens', input)).token);
    }
    await wait(bench.options.settleMs);

    const hangsAtS = Array.from({ length: TIMES }, (_, n) => WINDOW_S + n * (WINDOW_S + WELL_S));
    const seconds = WINDOW_S + TIMES * (WINDOW_S + WELL_S);
    const load = startChild(scope, new URL('../parts/load-process.mjs', import.meta.url));
    const change = async (perSecond, forSeconds, firstNumber) => {
      const done = load.next('done', forSeconds * 1000 + SLACK_MS);
      const baseUrl = app.baseUrl;
      const all = tokens.map((tenant) => made.get(tenant));
      load.send({
        type: 'open',
        baseUrl,
        tokens: all,
        perSecond,
        count: forSeconds * perSecond,
        firstNumber,
      });
      return done;
    };
    await change(warmUpRate, WARM_UP_S, seconds * rate);
    await wait(SETTLE_MS);

    await bench.receiver.expect({ timed: true });
    const began = now();
    const done = change(rate, seconds, 0);
    const hanging = webhooks.map(({ path }) => path).filter(isHanging);
    const until = (s) => wait(Math.max(0, began + s * 1000 - now()));
    for (const atS of hangsAtS) {
      await until(atS);
      await bench.receiver.hang(hanging);
      await until(atS + WINDOW_S);
      await bench.receiver.hang([]);
    }
    const { times: sent } = await done;
    await wait(SETTLE_MS);
    const { times, hung } = await bench.receiver.tell();
    const well = webhooks.filter(({ path }) => !isHanging(path));
    const window = (...startsS) => {
      const isIn = (n) => startsS.some((s) => n >= s * rate && n < (s + WINDOW_S) * rate);
      return measure(sent, times, well, { isIn, tokens, isGapOfAll });
    };
    const calm = window(0);
    const each = hangsAtS.map((atS) => window(atS));
    const { p50Ms, p99Ms, missing } = window(...hangsAtS);
    const longestGapMs = Math.max(...each.map((one) => one.longestGapMs));
    return {
      value: p99Ms / calm.p99Ms,
      longestGapMs,
      missing: calm.missing + missing,
      calm,
      beside: { p50Ms, p99Ms, longestGapMs, missing },
      each,
      hung,
      complaints: app.complaints().slice(0, 5),
    };
  });
}

/** The latencies of some changes at the webhooks that are well, and the longest gap at one of them. */
function measure(sent, times, well, { isIn, tokens, isGapOfAll }) {
  const answeredAt = new Map(sent.filter(([n]) => isIn(n)).map(([n, , at]) => [n, at]));
  const firstAt = new Map();
  for (const [n, at, path] of times) {
    const key = `${path} ${n}`;
    if (answeredAt.has(n) && !firstAt.has(key)) firstAt.set(key, at);
  }
  const latencies = [];
  const received = [];
  let missing = 0;
  for (const { path, tenant = null } of well) {
    const ofOne = [];
    for (const [n, at] of answeredAt) {
      if (tenant !== null && tokens[n % tokens.length] !== tenant) continue;
      const arrivedAt = firstAt.get(`${path} ${n}`);
      if (arrivedAt === undefined) {
        missing += 1;
        continue;
      }
      ofOne.push(arrivedAt);
      latencies.push(arrivedAt - at);
    }
    received.push(ofOne);
  }
  const longestGapMs = Math.max(...(isGapOfAll ? [received.flat()] : received).map(findLongestGap));
  return { p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99), longestGapMs, missing };
}

function findLongestGap(moments) {
  const sorted = moments.toSorted((a, b) => a - b);
  return sorted.reduce((longest, at, i) => (i === 0 ? 0 : Math.max(longest, at - sorted[i - 1])), 0);
}

const many = (count, more = {}) =>
  Array.from({ length: count }, (_, n) => ({ path: `/${more.tenant ?? 'hook'}/${n}`, ...more }));

/** @returns {import('../catalogue.mjs').Row} */
const row = (id, name, what, options, how = '') => ({
  id,
  name,
  what,
  unit: '',
  how: HOW + how,
  needs: ['mysql'],
  run: (bench) => besideHanging(bench, { tokens: [null], ...options }),
});

/** Ten tenants; a change reaches the webhooks of one. */
const TENANTS = Array.from({ length: 10 }, (_, n) => `t${n}`);

/** @type {import('../catalogue.mjs').Row[]} */
export const rowsN = [
  row(
    'n',
    'beside-hanging',
    'p99 of nine webhooks while the tenth hangs, over the calm one, 20 changes a second',
    {
      rate: 20,
      warmUpRate: 60,
      webhooks: many(10),
      isHanging: (path) => path === '/hook/9',
    },
  ),
  row(
    'p',
    'beside-hanging-200',
    'n at 200 changes a second, each for one of the ten',
    {
      rate: 200,
      webhooks: TENANTS.flatMap((tenant) => many(1, { tenant })),
      isHanging: (path) => path.startsWith('/t9/'),
      tokens: TENANTS,
    },
    '; ten tenants with one webhook each make the changes in turn',
  ),
  row(
    'q',
    'beside-half-hanging',
    'n with half of a hundred webhooks that hang at once',
    {
      rate: 20,
      warmUpRate: 60,
      webhooks: TENANTS.flatMap((tenant) => many(10, { tenant })),
      isHanging: (path) => Number(path.split('/').at(-1)) >= 5,
      tokens: TENANTS,
      isGapOfAll: true,
    },
    '; ten tenants with ten webhooks each, five of which hang, make the changes in turn; the gap is of all that are well',
  ),
  row(
    'r',
    'beside-hanging-tenant',
    'n of a tenant beside another one, all of whose 160 webhooks hang',
    {
      rate: 20,
      webhooks: [...many(160, { tenant: 'big', timeoutMs: 30_000 }), ...many(10, { tenant: 'small' })],
      isHanging: (path) => path.startsWith('/big/'),
      tokens: ['big', 'small', 'small', 'small'],
    },
    '; every fourth change is of the tenant with 160 webhooks, all at one host, with a timeout of 30 s',
  ),
];
