/** An event of the history went to so many webhooks. */
const DELIVERIES_PER_EVENT = 5;
const DAY_MS = 86_400_000;

/**
 * Lays a day's history into the tables: deliveries that succeeded at the first attempt, their events (one for every
 * five deliveries), bodies, attempts and rollups. Made by the server itself, because a client could not in the time.
 *
 * @param {object} database a MySQL one, with its tables made
 * @param {{deliveries: number, webhookIds: string[]}} options
 */
export async function layHistory(database, { deliveries, webhookIds }) {
  const events = Math.ceil(deliveries / DELIVERIES_PER_EVENT);
  const began = Date.now() - DAY_MS - 60_000;
  const at = (n, count) => `FLOOR(${began} + ${n} * ${DAY_MS / count})`;
  const webhookId = `ELT(1 + n % ${webhookIds.length}, ${webhookIds.map((id) => `'${id}'`).join(', ')})`;

  await quickly(database);
  await numbers(database, deliveries);
  await database.query(
    `INSERT INTO webhook_events (id, type, model, uid, \`key\`, tenant, snapshot, created_at)
     SELECT ${idOf('n', at('n', events))}, 'entry.create', 'address', 'api::address.address', n, CONCAT('t', n % 10),
            ${snapshot('n')}, ${at('n', events)}
     FROM bench_numbers WHERE n < ${events} ORDER BY n`,
  );
  await database.query(
    `INSERT INTO webhook_bodies (event_id, rendering, content_type, body)
     SELECT id, 'strapi-v3', 'application/json',
            CONCAT('{"event":"entry.create","created_at":"2026-01-10T08:47:36.649Z","model":"address",', SUBSTRING(snapshot, 2))
     FROM webhook_events WHERE fan_out_due_at IS NULL ORDER BY id`,
  );
  await database.query(
    `INSERT INTO webhook_deliveries (id, event_id, webhook_id, event, tenant, rendering, state, attempt_count,
       attempts_begun, last_status_code, next_trigger, created_at, finished_at)
     SELECT ${idOf('n', at('n', deliveries))},
            ${idOf(`n DIV ${DELIVERIES_PER_EVENT}`, at(`(n DIV ${DELIVERIES_PER_EVENT})`, events))},
            ${webhookId}, 'entry.create', NULL, 'strapi-v3', 'succeeded', 1, 1, 200, 'event',
            ${at('n', deliveries)}, ${at('n', deliveries)} + 5
     FROM bench_numbers ORDER BY n`,
  );
  await database.query(
    `INSERT INTO webhook_attempts (delivery_id, number, \`trigger\`, started_at, duration_ms, url, status_code,
       request_headers, response_headers, response_body, response_truncated)
     SELECT id, 1, 'event', created_at, 5, 'http://127.0.0.1:4000/hook', 200, ${REQUEST_HEADERS}, ${RESPONSE_HEADERS}, '', 0
     FROM webhook_deliveries ORDER BY id`,
  );
  await layRollups(database, 'webhook_minutes', 60_000);
  await layRollups(database, 'webhook_hours', 3_600_000);
  await database.query('DROP TABLE bench_numbers');
  await database.query(
    'ANALYZE TABLE webhook_events, webhook_bodies, webhook_deliveries, webhook_attempts, webhook_minutes, webhook_hours',
  );
}

/** What would have been counted while it happened: each webhook's, and all together. */
async function layRollups(database, table, spanMs) {
  for (const webhookId of ['webhook_id', "''"]) {
    const events = webhookId === "''" ? `COUNT(*) DIV ${DELIVERIES_PER_EVENT}` : '0';
    await database.query(
      `INSERT INTO ${table} (webhook_id, tenant, at, events, deliveries, succeeded, attempts, took_0, last_attempt_at)
       SELECT ${webhookId}, '', created_at - created_at % ${spanMs} AS span, ${events}, COUNT(*), COUNT(*), COUNT(*), COUNT(*),
              MAX(finished_at)
       FROM webhook_deliveries GROUP BY ${webhookId === "''" ? 'span' : 'webhook_id, span'}`,
    );
  }
}

/** What the tables hold, in bytes, as the server reckons. */
export async function sizeOf(database) {
  const [{ bytes }] = await database.query(
    `SELECT SUM(data_length + index_length) AS bytes FROM information_schema.tables WHERE table_schema = DATABASE()`,
  );
  return Number(bytes);
}

/** Rows go into empty tables in the order of their keys: nothing is there to be checked against. */
async function quickly(database) {
  await database.query('SET SESSION unique_checks = 0, foreign_key_checks = 0');
}

async function numbers(database, count) {
  await database.query('CREATE TABLE bench_numbers (n INT NOT NULL PRIMARY KEY)');
  await database.query('INSERT INTO bench_numbers VALUES (0)');
  for (let rows = 1; rows < count; rows *= 2) {
    await database.query(
      `INSERT INTO bench_numbers SELECT n + ${rows} FROM bench_numbers WHERE n + ${rows} < ${count}`,
    );
  }
}

/** SQL for a time-ordered id of the shape that Posthorn makes, from a number and its time. */
function idOf(n, at) {
  const hex = (value, width) => `LPAD(HEX(${value}), ${width}, '0')`;
  return `LOWER(CONCAT(${hex(`${at} >> 16`, 8)}, '-', ${hex(`${at} & 65535`, 4)}, '-7',
    ${hex(`(${n}) & 4095`, 3)}, '-8000-', ${hex(n, 12)}))`;
}

/** As long as the snapshots that the drain records. */
function snapshot(n) {
  return `CONCAT('{"entry":{"id":', ${n}, ',"geolocation":{"lat":48.8566,"lng":2.3522,"accuracy":"rooftop"},"city":"Paris",',
    '"postal_code":"75001","category":null,"full_name":"', REPEAT('x', 90), '","created_at":"2026-01-10T08:47:36.264Z",',
    '"updated_at":"2026-01-10T08:47:36.264Z","cover":null,"images":[]}}')`;
}

const REQUEST_HEADERS = `'{"X-Strapi-Event":"entry.create","Content-Type":"application/json","User-Agent":"Posthorn/0.1.0","webhook-id":"0190163d-8694-739b-aea5-966c26f8ad91","webhook-timestamp":"1768034856","X-Posthorn-Attempt":"1"}'`;
const RESPONSE_HEADERS = `'{"date":"Sat, 10 Jan 2026 08:47:36 GMT","connection":"keep-alive","keep-alive":"timeout=5","content-length":"0"}'`;
