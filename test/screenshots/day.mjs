// What a day was like: which events there were, and how each webhook's deliveries went. The same in every run.
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BUSIEST_PER_HOUR = 330;
/** Nothing happens at the very end, so that nothing is under way when the pictures are taken. */
const QUIET_MS = 6_000;
const DOWN =
  '{"error":"ledger_unavailable","message":"The ledger is read-only while its disk is full. Try again later.","retryable":true}';
const SCHEDULE_S = [5, 300, 1800, 7200];
/** How often each kind of event happens, in parts of a hundred. */
const KINDS = [
  ['entry.update', 56],
  ['entry.create', 27],
  ['media.create', 11],
  ['entry.delete', 6],
];

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function randomness(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** When events happened in the day before `now`, in their order, and of which kind: busy hours and quiet ones. */
export function eventsBefore(now, random) {
  const events = [];
  let at = now - DAY_MS - HOUR_MS;
  for (;;) {
    const hoursAgo = (now - at) / HOUR_MS;
    const busy = 0.12 + 0.88 * Math.sin((Math.PI * (hoursAgo + 5)) / 24) ** 2;
    at += Math.ceil((-Math.log(1 - random()) * HOUR_MS) / (BUSIEST_PER_HOUR * busy));
    if (at >= now - QUIET_MS) return events;
    events.push({ at, kind: kindOf(random() * 100) });
  }
}

function kindOf(part) {
  let sum = 0;
  return KINDS.find(([, share]) => (sum += share) > part)?.[0] ?? KINDS[0][0];
}

/**
 * How a delivery went.
 *
 * @returns its attempts until now, whether the last one succeeded, and when the next one is due (null: it has ended)
 */
export function courseOf(webhook, madeAt, now, random) {
  const schedule = webhook.input.retrySchedule ?? SCHEDULE_S;
  const attempts = [];
  let at = madeAt + 4 + Math.floor(random() * 12);
  for (let number = 1; at <= now; number += 1) {
    const attempt = attemptAt(webhook, at, number, now, random);
    if (at + attempt.durationMs > now) break;
    attempts.push(attempt);
    if (attempt.status === 200) return { attempts, state: 'succeeded', nextAt: null };
    if (number > schedule.length) return { attempts, state: 'failed', nextAt: null };
    at += attempt.durationMs + Math.round(schedule[number - 1] * 1000 * (1 + random() / 10));
  }
  return { attempts, state: 'pending', nextAt: at };
}

function attemptAt(webhook, at, number, now, random) {
  const { typicalMs, slowestMs, failing, outageMs = 0 } = webhook;
  const durationMs = Math.round(
    typicalMs * (0.7 + 0.6 * random()) + (slowestMs - typicalMs) * random() ** 12,
  );
  if (outageMs > 0 && at > now - outageMs) return outage(at, number, durationMs);
  // A retry succeeds, and so does what has no time left for one: nothing may be due while the pictures are taken.
  const mayFail = number === 1 && at < now - 60_000;
  if (!mayFail || random() >= failing) return { at, durationMs, status: 200, body: '{"taken":true}' };
  return random() < 0.5
    ? { at, durationMs, status: 502, body: '{"error":"bad_gateway"}' }
    : { at, durationMs, status: 500, body: '{"error":"internal"}' };
}

/** A receiver that first hangs and then refuses. */
function outage(at, number, durationMs) {
  return number === 1
    ? { at, durationMs: 10_000, status: null, error: 'No whole answer came within 10000 ms.' }
    : { at, durationMs: durationMs + 40, status: number === 2 ? 502 : 503, body: DOWN };
}
