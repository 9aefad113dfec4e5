import { createHash } from 'node:crypto';

/**
 * Compares what was answered, what the outbox has, what the tables have, and what Posthorn has.
 *
 * @param {object} accounts
 * @param {object[]} accounts.acknowledged as `Writers` notes it
 * @param {object[]} accounts.rows of the outbox
 * @param {{documentId: string, version: number}[]} accounts.entries drafts, and entries of types without drafts
 * @param {object[]} accounts.events of Posthorn, `{id, type, snapshot}`
 * @param {object[]} accounts.keys of Posthorn, `{key_hash, event_id}`
 * @returns {{counts: object, faults: string[]}}
 */
export function judge({ acknowledged, rows, entries, events, keys }) {
  const faults = [];
  const told = rows.map((row) => ({ ...row, told: JSON.parse(row.body) }));
  const lost = countLost(acknowledged, told);
  if (lost > 0) faults.push(`${lost} events of answered changes are not in the outbox`);
  const untold = findUntold(entries, told);
  for (const what of untold) faults.push(what);
  const unsent = rows.filter(({ state }) => state !== 'sent');
  if (unsent.length > 0) faults.push(`${unsent.length} rows of the outbox were not sent`);
  const leaked = rows.filter(({ body }) => body.includes('private-text'));
  if (leaked.length > 0) faults.push(`${leaked.length} bodies have private attributes`);
  const rolledBack = rows.filter(({ body }) => /rolled.back/.test(body));
  if (rolledBack.length > 0) faults.push(`${rolledBack.length} rows tell of what was rolled back`);

  const eventOfKey = new Map(keys.map((one) => [one.key_hash, one.event_id]));
  const byId = new Map(events.map((event) => [event.id, event]));
  const lastOfEntry = new Map();
  let missing = 0;
  let disordered = 0;
  let different = 0;
  for (const row of told) {
    const event = byId.get(eventOfKey.get(hashOf(row.event_key)));
    if (!event) {
      missing += 1;
      continue;
    }
    byId.delete(event.id);
    if (event.type !== row.event || !isSame(event, row.told)) different += 1;
    if (event.id < (lastOfEntry.get(row.ordering_key) ?? '')) disordered += 1;
    lastOfEntry.set(row.ordering_key, event.id);
  }
  if (missing > 0) faults.push(`${missing} rows have no event in Posthorn`);
  if (byId.size > 0) faults.push(`${byId.size} events in Posthorn have no row, or their row has another`);
  if (different > 0) faults.push(`${different} events are not what their row says`);
  if (disordered > 0) faults.push(`${disordered} events stand before an earlier one of their entry`);
  return {
    counts: { rows: rows.length, events: events.length, lost: lost + missing + untold.length, disordered },
    faults,
  };
}

function countLost(acknowledged, rows) {
  const left = new Map();
  const nameOf = (key, event, version) => `${key} ${event} ${version}`;
  for (const { ordering_key: key, event, told } of rows) {
    for (const version of [null, told.entry?.version ?? null]) {
      const name = nameOf(key, event, version);
      left.set(name, (left.get(name) ?? 0) + 1);
      if (told.entry === undefined) break;
    }
  }
  let lost = 0;
  for (const { key, event, version } of acknowledged) {
    const name = nameOf(key, event, version);
    const count = left.get(name) ?? 0;
    if (count === 0) lost += 1;
    left.set(name, count - 1);
  }
  return lost;
}

/** Committed changes that nobody was answered: the last event of an entry must say what its table says. */
function findUntold(entries, rows) {
  const last = new Map();
  const DRAFTS = ['entry.create', 'entry.update', 'entry.draft-discard', 'entry.delete'];
  for (const { ordering_key: key, event, told } of rows) {
    if (DRAFTS.includes(event)) last.set(key, event === 'entry.delete' ? null : told.entry.version);
  }
  const faults = [];
  for (const { documentId, version } of entries) {
    if (last.get(documentId) !== version) {
      faults.push(`${documentId} is at version ${version}, and its last event says ${last.get(documentId)}`);
    }
    last.delete(documentId);
  }
  for (const [key, version] of last) {
    if (version !== null) faults.push(`${key} is gone, and no event says so`);
  }
  return faults;
}

/** Posthorn's key of an idempotency key: no tenant, and the source before it. */
function hashOf(key) {
  return createHash('sha256')
    .update(JSON.stringify([null, `shop/${key}`]))
    .digest('hex');
}

function isSame({ snapshot }, { event: _event, createdAt: _createdAt, model: _model, uid: _uid, ...parts }) {
  return JSON.stringify(JSON.parse(snapshot)).includes(JSON.stringify(Object.values(parts)[0]));
}
