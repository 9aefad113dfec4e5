import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Api } from './api.mjs';
import { createDatabase } from './databases.mjs';
import { Fleet } from './fleet.mjs';
import { anyPending, readHistory } from './history.mjs';
import { UNRECORDABLE } from './marks.mjs';
import { Killer, planBlows } from './killer.mjs';
import { Ledger } from './ledger.mjs';
import { Network } from './network.mjs';
import { Prng } from './prng.mjs';
import { Producers } from './producers.mjs';
import { CAST, Receiver } from './receivers.mjs';

const CONTENT_TYPES = fileURLToPath(new URL('./content-types', import.meta.url));
const ADMIN_TOKEN = 'chaos-admin-token';
const DATABASE = 'chaos';
/**
 * Short, so that a stop can outlast it; long enough that an instance that starts beside everything else on two cores
 * renews in time what it took first.
 */
const LEASE_MS = 5_000;
/** What a blow explains may be so far before and after it, at most: less than the lease, which would excuse too much. */
const REACH_MS = 2_000;
/** The most requests that an instance has out at a time. */
const CONCURRENCY = 64;
/** How long a receiver is left alone after 503, and a breaker stays open: no longer than the run can wait. */
const PAUSE_MS = 500;
/** So long a blow and what follows from it have on the average before the next falls. */
const MS_PER_BLOW = 4_500;
/** The same of a blow to a database that takes half a minute to come back, or to be whole again. */
const MS_PER_LONG_BLOW = 40_000;
const LONG_ENGINES = ['oceanbase', 'group'];
const START_MS = 60_000;
/** Nothing is on its way any more when nothing arrives for so long. */
const QUIET_MS = 1.5 * LEASE_MS;
/** What is pending while nothing arrives for so long is stuck. */
const STANDSTILL_MS = 25_000;
/** An instance may learn a second late that a webhook wants order; what happens before is bound by none. */
const ORDER_KNOWN_MS = 2_000;
/** Soon over, and long enough that no outage uses it up. */
const RETRY_SCHEDULE = [0.2, 0.5, 1, 1, 2, 2, ...Array.from({ length: 24 }, () => 5)];

/**
 * Plays one run: starts everything, lets producers write while the killer kills, and waits until all is quiet.
 *
 * @param options as `readOptions` gives them
 * @param folder where instances keep their data and logs
 * @param cleanUps takes what ends the things that were started; to be called in reverse, whatever happens
 * @param say is told what happens
 * @returns the accounts for `judge`, and the ledger's `answers`
 */
export async function play(options, folder, cleanUps, say) {
  const prng = new Prng(options.seed);
  const database = await createDatabase(options.engine);
  cleanUps.push(() => database.remove());
  await database.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`);

  const fleet = new Fleet(await makers(options, database, folder, cleanUps));
  cleanUps.push(() => fleet.end());
  const api = new Api(ADMIN_TOKEN);
  cleanUps.push(() => api.close());
  if (options.beside) {
    // As in an upgrade: the other release has made the tables before this one changes them.
    fleet.start(options.beside);
    await fleet.allUp(START_MS);
  }
  fleet.start();
  await fleet.allUp(START_MS);
  await refuseSomeEvents(database);
  const webhooks = [];
  for (const role of CAST) {
    const receiver = new Receiver(role, prng.fork(role.name));
    cleanUps.push(() => receiver.close());
    await register(api, fleet, role, await receiver.listen());
    webhooks.push(receiver);
  }

  const ledger = new Ledger();
  const plan = planBlows(prng.fork('killer'), options, LEASE_MS);
  const killer = new Killer({ fleet, database, ledger, plan, say });
  const producers = new Producers({
    fleet,
    api,
    ledger,
    prng: prng.fork('producers'),
    count: options.producers,
    changes: options.changes,
    paceMs: paceOf(plan, options.engine),
  });
  cleanUps.push(() => {
    producers.end();
    killer.end();
  });
  await wait(ORDER_KNOWN_MS);
  say('everything is up; the changes begin');
  await Promise.all([producers.run(), killer.run()]);

  say('the changes are made; waiting until all is quiet');
  await settle(api, fleet, webhooks, database);
  return {
    webhooks,
    changes: [...ledger.changes.values()],
    misanswered: ledger.misanswered,
    answers: ledger.answers,
    history: { ...(await readHistory(api, fleet)), handedOff: await countHandedOff(database) },
    blows: killer.blows,
    ownEnds: fleet.ownEnds,
    reachMs: REACH_MS,
    concurrency: CONCURRENCY,
  };
}

/** A change whose event cannot be recorded must not happen: the database takes none of these. */
async function refuseSomeEvents(database) {
  await database.query(
    `CREATE TRIGGER ${DATABASE}.refuse BEFORE INSERT ON ${DATABASE}.webhook_events FOR EACH ROW
     IF NEW.snapshot LIKE '%${UNRECORDABLE}-%' THEN SIGNAL SQLSTATE '45000'; END IF`,
    DATABASE,
  );
}

/** With what each instance is made. */
async function makers({ instances, program, beside, network, clock }, database, folder, cleanUps) {
  const made = [];
  for (let index = 1; index <= instances; index += 1) {
    const own = network > 0 ? new Network(database.ports) : null;
    if (own) cleanUps.push(() => own.close());
    made.push({
      program: beside && index % 2 === 0 ? beside : program,
      env: environment(own ? await own.listen() : database.ports),
      folder,
      network: own,
      hasJumpingClock: clock > 0,
    });
  }
  return made;
}

function paceOf(plan, engine) {
  const isLong = ({ kind }) => kind.startsWith('database') && LONG_ENGINES.includes(engine);
  return plan.reduce((ms, blow) => ms + (isLong(blow) ? MS_PER_LONG_BLOW : MS_PER_BLOW), 0);
}

function environment(ports) {
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
  return {
    DATABASE_URL: `mysql://root@${hosts}/${DATABASE}`,
    ADMIN_TOKEN,
    SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
    CONTENT_TYPES,
    WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.0/8',
    WEBHOOKS_RETRY_SCHEDULE: RETRY_SCHEDULE.join(','),
    WEBHOOKS_RETRY_JITTER: '0.1',
    DELIVERY_LEASE_MS: String(LEASE_MS),
    DELIVERY_CONCURRENCY: String(CONCURRENCY),
    DELIVERY_PAUSE_MS: String(PAUSE_MS),
    DELIVERY_BREAKER_OPEN_MS: String(PAUSE_MS),
  };
}

async function register(api, fleet, { name, webhook }, url) {
  await api.insist(fleet, 'POST', '/admin/webhooks', { name, url, headers: {}, ...webhook });
}

/** Whether an event waits for its fan-out: an instance may hold it, or have died with it. */
async function isAnyWaiting(database) {
  const rows = await database.query(
    `SELECT 1 FROM ${DATABASE}.webhook_events WHERE fan_out_due_at IS NOT NULL LIMIT 1`,
  );
  return rows.length > 0;
}

/** How many events an instance recorded for itself, to send them from memory; null: this release does not. */
async function countHandedOff(database) {
  try {
    const [row] = await database.query(
      `SELECT COUNT(*) AS count FROM ${DATABASE}.webhook_events WHERE bodies IS NOT NULL`,
    );
    return Number(row.count);
  } catch (error) {
    if (error.code !== 'ER_BAD_FIELD_ERROR') throw error;
    return null;
  }
}

/** Waits until nothing is pending and nothing arrives any more; gives up when nothing moves. */
async function settle(api, fleet, webhooks, database) {
  await fleet.allUp(START_MS);
  for (const webhook of webhooks) webhook.calm();
  const count = () => webhooks.reduce((sum, { requests }) => sum + requests, 0);
  let requests = count();
  let movedAt = Date.now();
  for (;;) {
    const pending = (await anyPending(api, fleet)) || (await isAnyWaiting(database));
    if (count() !== requests) {
      requests = count();
      movedAt = Date.now();
    }
    const stillMs = Date.now() - movedAt;
    if (stillMs >= STANDSTILL_MS || (!pending && stillMs >= QUIET_MS)) return;
    await wait(200);
  }
}
