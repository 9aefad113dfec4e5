// Throws malformed requests at every route of the built program, and looks at what it says and what becomes of it.
import { Agent, request as httpRequest } from 'node:http';
import { Prng } from '../chaos/prng.mjs';
import { listMissingCases, measureFilters } from './filter-costs.mjs';
import { answerProblem } from './judge.mjs';
import { readOptions } from './options.mjs';
import { startPosthorn } from './process.mjs';
import { sendRaw } from './raw.mjs';
import { requestMaker } from './requests.mjs';
import { routesOf } from './routes.mjs';

const AT_A_TIME = 8;
const RAW_SHARE = 0.1;
const MOST_SHOWN = 20;
const MOST_KNOWN = 200;
/** After this share of the run the process has its caches and its compiled code. */
const WARM_UP = 0.4;
/** How much larger it may be at the end than after the warm-up. */
const MOST_GROWTH = 1.35;
const LONGEST_ANSWER_MS = 30_000;
/** How many times more a filter may take for each unit of an event eight times the size. */
const MOST_SLOWDOWN = 3;

let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exit(2);
}

const { seed, requests, database } = options;
console.log(`Fuzz: seed ${seed}, ${requests} requests`);

const random = new Prng(seed);
const findings = new Map();
const statuses = new Map();
const known = new Set();
const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
const posthorn = await startPosthorn(database);
let tried = 0;

try {
  const routes = await routesOf(posthorn.baseUrl);
  const next = requestMaker(random, routes, known);
  await tryUntil(requests * WARM_UP);
  const warm = await posthorn.memory();
  await tryUntil(requests);
  const last = await posthorn.memory();

  const growth = last / warm;
  console.log(
    `Memory: ${mib(warm)} MiB after ${Math.round(WARM_UP * 100)} % of them, ${mib(last)} MiB at the end (× ${growth.toFixed(2)}; at most × ${MOST_GROWTH})`,
  );
  if (growth > MOST_GROWTH) found('memory', `the process grew by × ${growth.toFixed(2)}`, '');
  await lookAtWhatIsLeft();
  console.log(
    `Answers: ${[...statuses]
      .toSorted(([a], [b]) => a - b)
      .map(([status, count]) => `${status} × ${count}`)
      .join(', ')}`,
  );
  console.log(`Routes: ${routes.length}`);

  async function tryUntil(count) {
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (tried < count && posthorn.ended() === null) {
          tried += 1;
          await tryOne();
        }
      }),
    );
  }

  async function tryOne() {
    if (random.chance(RAW_SHARE)) {
      const { sent, answers } = await sendRaw(random, posthorn.port);
      for (const answer of answers) judge(answer, JSON.stringify(sent), true);
      return;
    }
    const asked = next();
    const shown = `${asked.method} ${asked.path.slice(0, 200)} ${JSON.stringify(asked.headers).slice(0, 300)} ${String(asked.body ?? '').slice(0, 400)}`;
    try {
      const answer = await send(asked);
      judge(answer, shown, asked.method !== 'HEAD');
      remember(answer.body);
    } catch (error) {
      // A body that is refused before it is read is answered by closing: the answer may be lost with it.
      const isCut = (asked.body?.length ?? 0) > 60_000 && ['EPIPE', 'ECONNRESET'].includes(error.code);
      if (!isCut) found('no answer', `${error.code ?? ''} ${error.message}`, shown);
    }
  }
} catch (error) {
  found('run', String(error?.stack ?? error), '');
} finally {
  if (posthorn.ended() !== null)
    found('crash', `${posthorn.ended()} It wrote:\n${posthorn.output().slice(-3_000)}`, '');
  const faults = posthorn
    .output()
    .split('\n')
    .filter((line) => / ERROR /.test(line));
  if (faults.length > 0) console.log(`The log's last faults:\n${posthorn.output().slice(-3_000)}`);
  agent.destroy();
  await posthorn.stop();
}

await tryFilters();

for (const [what, { count, example }] of [...findings].slice(0, MOST_SHOWN)) {
  console.log(`FOUND (× ${count}): ${what}\n  ${example}`);
}
console.log(`Fuzz: ${tried} inputs tried with seed ${seed}, ${findings.size} findings`);
process.exitCode = findings.size === 0 && tried >= requests ? 0 : 1;

function send({ method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        agent,
        host: '127.0.0.1',
        port: posthorn.port,
        method,
        path,
        headers: { ...headers, ...(body === null ? {} : { 'content-length': body.length }) },
        timeout: LONGEST_ANSWER_MS,
      },
      (incoming) => {
        const chunks = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          resolve({
            status: incoming.statusCode,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${LONGEST_ANSWER_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end(body ?? undefined);
  });
}

function judge(answer, shown, hasBody) {
  statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  const problem = answerProblem(answer, hasBody);
  if (problem !== null) found(shown.split(/[ ?]/)[0] ?? '', problem, shown);
}

/** One finding of a kind is enough. */
function found(where, what, shown) {
  const key = `${where}: ${what.slice(0, 300)}`;
  const before = findings.get(key);
  findings.set(key, { count: (before?.count ?? 0) + 1, example: before?.example ?? shown });
}

/** Ids that answers tell lead further than made-up ones. */
function remember(body) {
  for (const [, id] of body.slice(0, 4_000).matchAll(/"id":"?([\w-]+)/g)) {
    if (known.size < MOST_KNOWN) known.add(id);
  }
}

async function lookAtWhatIsLeft() {
  for (const path of ['/health/live', '/health/ready']) {
    const answer = await send({ method: 'GET', path, headers: {}, body: null });
    if (answer.status !== 200) found('afterwards', `${path} answers ${answer.status}`, answer.body);
    // A polluted prototype would show in what has no key of its own.
    if (path === '/health/live' && answer.body !== '{"status":"ok"}') found('afterwards', answer.body, path);
  }
}

/** Every function of the filters, over events of growing sizes. */
async function tryFilters() {
  const { compileFilter } = await import('../../dist/webhooks/filters/compile-filter.js');
  const { FILTER_FUNCTIONS, FILTER_METHODS } =
    await import('../../dist/webhooks/filters/filter-environment.js');
  for (const name of listMissingCases(FILTER_FUNCTIONS, FILTER_METHODS)) {
    found('filters', `${name}() has no case`, 'test/fuzz/filter-cases.mjs');
  }
  const { problems, slowdown } = measureFilters(compileFilter);
  for (const problem of problems) found('filters', 'the counted cost grows faster than the event', problem);
  console.log(
    `Filters: × ${slowdown.toFixed(2)} the time for a unit of an event eight times the size (at most × ${MOST_SLOWDOWN})`,
  );
  if (slowdown > MOST_SLOWDOWN) found('filters', `the time grows by × ${slowdown.toFixed(2)} a unit`, '');
}

function mib(bytes) {
  return Math.round(bytes / 2 ** 20);
}
