// A day's history, written into the tables as the engine would have left it.
import { eventsBefore, courseOf, randomness } from './day.mjs';
import { RollupBook } from './rollup-book.mjs';

/** Longer than the pictures take. */
const PAUSE_MS = 190_000;
const TIMES = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

const built = (file) => import(new URL(`../../dist/${file}`, import.meta.url));

/**
 * Lays a day's history and the health that it left behind.
 *
 * @param database the program's, opened beside it
 * @param samples real events, which the history repeats
 * @param webhooks as in `webhooks.mjs`, each with its id
 */
export async function layHistory(database, samples, webhooks) {
  const { TimeOrderedIds } = await built('host/time-ordered-ids.js');
  const now = Date.now();
  const random = randomness(20);
  const clock = { at: 0, now: () => clock.at };
  const ids = new TimeOrderedIds(clock);
  const rollups = await RollupBook.open();
  const insert = insertsInto(database);
  const byId = new Map(webhooks.map((webhook) => [webhook.id, webhook]));

  database.transaction(() => {
    for (const { at, kind } of eventsBefore(now, random)) {
      clock.at = at;
      const alike = samples.filter(({ event }) => event.type === kind);
      const sample = alike[Math.floor(random() * alike.length)];
      const eventId = ids.next();
      const retold = (text) =>
        text?.replaceAll(sample.event.id, eventId).replaceAll(TIMES, new Date(at).toISOString());
      const { snapshot } = sample.event;
      insert('webhook_events', { ...sample.event, id: eventId, snapshot: retold(snapshot), created_at: at });
      for (const body of sample.bodies)
        insert('webhook_bodies', { ...body, event_id: eventId, body: retold(body.body) });
      rollups.event(at);
      for (const made of sample.deliveries) {
        const webhook = byId.get(made.webhook_id);
        if (webhook.endedMs !== undefined && at > now - webhook.endedMs) continue;
        const course = courseOf(webhook, at, now, random);
        const delivery = { id: ids.next(), eventId, type: kind, made, madeAt: at + 3 };
        insert('webhook_deliveries', deliveryRow(delivery, course));
        for (const [index, attempt] of course.attempts.entries())
          insert('webhook_attempts', attemptRow(delivery, webhook, attempt, index + 1));
        rollups.delivery(webhook.id, delivery.madeAt, course);
      }
    }
    rollups.write(database);
    for (const webhook of webhooks) writeHealth(database, webhook, now);
    database.prepare('UPDATE webhook_registry SET version = version + 1').run();
  })();
}

function deliveryRow({ id, eventId, type, made, madeAt }, { attempts, state, nextAt }) {
  const last = attempts.at(-1);
  const waits = state === 'pending';
  return {
    id,
    event_id: eventId,
    webhook_id: made.webhook_id,
    event: type,
    rendering: made.rendering,
    state,
    reason: state === 'failed' ? 'exhausted' : null,
    attempt_count: attempts.length,
    attempts_begun: attempts.length,
    schedule_position: waits ? attempts.length : attempts.length - 1,
    last_status_code: last?.status ?? null,
    next_trigger: attempts.length === 0 ? 'event' : 'retry',
    next_attempt_at: nextAt,
    lane: waits ? made.webhook_id : null,
    due_at: nextAt,
    created_at: madeAt,
    finished_at: waits ? null : last.at + last.durationMs,
  };
}

function attemptRow({ id, eventId, made }, { input }, { at, durationMs, status, error, body }, number) {
  const request = JSON.parse(made.request_headers);
  const own = { 'webhook-id': eventId, 'webhook-timestamp': String(Math.floor(at / 1000)) };
  const response = {
    'content-type': 'application/json',
    date: new Date(at + durationMs).toUTCString(),
    server: 'nginx',
  };
  return {
    delivery_id: id,
    number,
    trigger: number === 1 ? 'event' : 'retry',
    started_at: at,
    duration_ms: durationMs,
    url: input.url,
    status_code: status,
    error: error ?? null,
    request_headers: JSON.stringify({ ...request, ...own, 'X-Posthorn-Attempt': String(number) }),
    response_headers: status === null ? null : JSON.stringify(response),
    response_body: body ?? null,
    response_truncated: 0,
  };
}

/** A receiver that is down has its webhook paused; what waits for it is due when the pause ends. */
function writeHealth(database, { id, outageMs, endedMs, disabledReason }, now) {
  if (outageMs !== undefined) {
    const since = now - outageMs;
    const pausedUntil = now + PAUSE_MS;
    const { failures } = database
      .prepare(
        `SELECT COUNT(*) AS failures FROM webhook_attempts JOIN webhook_deliveries ON id = delivery_id
         WHERE webhook_id = ? AND started_at >= ? AND started_at <= ?`,
      )
      .get(id, since, now);
    database
      .prepare(
        `UPDATE webhook_health SET consecutive_failures = ?, last_success_at = ?, failing_since = ?, paused_until = ?, breaker = 'open',
           times_opened = 6 WHERE webhook_id = ?`,
      )
      .run(failures, since, since, pausedUntil, id);
    database
      .prepare(
        `UPDATE webhook_deliveries SET due_at = max(due_at, ?), next_attempt_at = max(next_attempt_at, ?) WHERE lane = ?`,
      )
      .run(pausedUntil, pausedUntil, id);
  }
  if (endedMs !== undefined) {
    database
      .prepare('UPDATE webhooks SET is_enabled = 0, disabled_reason = ? WHERE id = ?')
      .run(disabledReason, id);
  }
}

function insertsInto(database) {
  const statements = new Map();
  return (table, row) => {
    const columns = Object.keys(row);
    const key = `${table} ${columns.join()}`;
    if (!statements.has(key)) {
      const names = columns.map((name) => `\`${name}\``).join(', ');
      const places = columns.map(() => '?').join(', ');
      statements.set(key, database.prepare(`INSERT INTO ${table} (${names}) VALUES (${places})`));
    }
    statements.get(key).run(...Object.values(row));
  };
}
