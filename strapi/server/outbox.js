'use strict';

const { randomUUID } = require('node:crypto');
const { TABLE } = require('./outbox-model');

/** Longer than a request may take: a row whose instance died is sent again after it. */
const LEASE_MS = 15_000;

/** States of rows that the later ones of their entry wait for. */
const OPEN = ['pending', 'set-aside'];

const LONGEST_PROBLEM = 1_000;

/** Rows removed in one statement. */
const PURGED_AT_ONCE = 500;

/**
 * The outbox's rows. Every statement stands alone and is portable; who may send a row is decided by a conditional
 * UPDATE. Two instances that send the same row are no fault: its key makes it one event.
 */
class Outbox {
  constructor(strapi, mirrorState) {
    this.strapi = strapi;
    this.mirrorState = mirrorState;
  }

  /**
   * Writes rows in a transaction.
   *
   * @param {object} trx knex's transaction of the change
   * @param {{event: string, uid?: string|null, orderingKey?: string|null, body: string}[]} events
   * @returns {Promise<object>} the webhooks of Strapi that Posthorn sends for these events, by their ids
   */
  async insert(trx, events) {
    const now = Date.now();
    const { epoch, mirrored } = await this.mirrorState.readFor(trx);
    for (const { event, uid = null, orderingKey = null, body } of events) {
      const key = randomUUID();
      await this.#from(trx).insert({
        event_key: key,
        // What has no entry waits for nothing.
        ordering_key: orderingKey ?? key,
        event,
        uid,
        body,
        state: 'pending',
        attempts: 0,
        due_at: now,
        leased_until: 0,
        epoch,
        recorded_at: now,
      });
    }
    return mirrored;
  }

  /**
   * Claims rows that are due and the first open ones of their entries.
   *
   * @param {number} limit
   * @returns {Promise<{id: number, key: string, body: string, attempts: number, token: string}[]>}
   */
  async claim(limit) {
    const now = Date.now();
    const token = randomUUID();
    const { openEpoch } = await this.mirrorState.read();
    const heads = await this.#findHeads(now, limit, openEpoch);
    const claimed = [];
    for (const { id, event_key: key, body, attempts } of heads) {
      const won = await this.#rows()
        .where({ id, state: 'pending' })
        .where('leased_until', '<', now)
        .update({ lease_token: token, leased_until: now + LEASE_MS });
      if (won === 1) claimed.push({ id, key, body, attempts, token });
    }
    return claimed;
  }

  #findHeads(now, limit, openEpoch) {
    const { strapi } = this;
    const schema = strapi.db.getSchemaName();
    return this.#from(strapi.db.connection, 'o')
      .select('o.id', 'o.event_key', 'o.body', 'o.attempts')
      .where('o.state', 'pending')
      .where('o.due_at', '<=', now)
      .where((epochs) => epochs.whereNull('o.epoch').orWhere('o.epoch', '<=', openEpoch))
      .where('o.leased_until', '<', now)
      .whereNotExists(function findEarlier() {
        const earlier = this.select('p.id')
          .from(`${TABLE} as p`)
          .whereColumn('p.ordering_key', 'o.ordering_key')
          .whereColumn('p.id', '<', 'o.id')
          .whereIn('p.state', OPEN);
        if (schema) earlier.withSchema(schema);
      })
      .orderBy('o.id')
      .limit(limit);
  }

  /** Notes that Posthorn has the event. True whoever sent it, so that no lease is asked for. */
  async markSent(id) {
    await this.#rows()
      .where({ id, state: 'pending' })
      .update({ state: 'sent', lease_token: null, leased_until: 0, problem: null, ended_at: Date.now() });
  }

  /** Notes that Posthorn refuses the event. */
  async setAside({ id, token, attempts }, problem) {
    await this.#rows()
      .where({ id, state: 'pending', lease_token: token })
      .update({
        state: 'set-aside',
        attempts: attempts + 1,
        problem: problem.slice(0, LONGEST_PROBLEM),
        lease_token: null,
        leased_until: 0,
      });
  }

  /** Lets a row be sent again, not before `dueAt`. */
  async sendLater({ id, token, attempts }, problem, dueAt) {
    await this.#rows()
      .where({ id, state: 'pending', lease_token: token })
      .update({
        attempts: attempts + 1,
        problem: problem.slice(0, LONGEST_PROBLEM),
        due_at: dueAt,
        lease_token: null,
        leased_until: 0,
      });
  }

  /** Gives a row back that was not sent. */
  async release({ id, token }) {
    await this.#rows()
      .where({ id, state: 'pending', lease_token: token })
      .update({ lease_token: null, leased_until: 0 });
  }

  /**
   * Decides about a row that was set aside: sends it again, or gives it up, so that its entry goes on.
   *
   * @param {'pending'|'dismissed'} state
   * @returns {Promise<boolean>} false: there is no such row that is set aside
   */
  async decide(id, state) {
    const now = Date.now();
    const ended = state === 'dismissed' ? { ended_at: now } : { due_at: now };
    return (
      (await this.#rows()
        .where({ id, state: 'set-aside' })
        .update({ state, ...ended })) === 1
    );
  }

  /** Whether a row of an earlier epoch is still to be sent. */
  async hasPendingBefore(epoch) {
    const [row] = await this.#rows()
      .select('id')
      .where({ state: 'pending' })
      .where((epochs) => epochs.whereNull('epoch').orWhere('epoch', '<', epoch))
      .limit(1);
    return row !== undefined;
  }

  async hasSetAside() {
    const [row] = await this.#rows().select('id').where({ state: 'set-aside' }).limit(1);
    return row !== undefined;
  }

  /** Removes rows that ended before a time. */
  async purge(before) {
    const old = await this.#rows()
      .select('id')
      .whereIn('state', ['sent', 'dismissed'])
      .where('ended_at', '<', before)
      .limit(PURGED_AT_ONCE);
    if (old.length > 0) {
      await this.#rows()
        .whereIn(
          'id',
          old.map(({ id }) => id),
        )
        .del();
    }
  }

  /** @returns {Promise<object>} how many rows are in each state, the oldest that waits, and what is set aside */
  async describe() {
    const counts = await this.#rows().select('state').count({ rows: '*' }).groupBy('state');
    const [oldest] = await this.#rows()
      .where({ state: 'pending' })
      .orderBy('id')
      .limit(1)
      .select('recorded_at');
    const aside = await this.#rows()
      .where({ state: 'set-aside' })
      .orderBy('id')
      .limit(100)
      .select('id', 'event', 'uid', 'ordering_key', 'problem', 'recorded_at');
    const countOf = (state) => Number(counts.find((one) => one.state === state)?.rows ?? 0);
    return {
      pending: countOf('pending'),
      sent: countOf('sent'),
      setAside: countOf('set-aside'),
      dismissed: countOf('dismissed'),
      oldestPendingAt: oldest ? toIso(oldest.recorded_at) : null,
      rowsSetAside: aside.map(
        ({ id, event, uid, ordering_key: entry, problem, recorded_at: recordedAt }) => ({
          id,
          event,
          uid,
          entry,
          problem,
          recordedAt: toIso(recordedAt),
        }),
      ),
    };
  }

  #rows() {
    return this.#from(this.strapi.db.connection);
  }

  #from(connection, alias) {
    const schema = this.strapi.db.getSchemaName();
    // As text: with a schema, knex makes no name of an object.
    const query = connection(alias ? `${TABLE} as ${alias}` : TABLE);
    return schema ? query.withSchema(schema) : query;
  }
}

/** PostgreSQL and MySQL give a bigint as text. */
function toIso(epochMs) {
  return new Date(Number(epochMs)).toISOString();
}

module.exports = { Outbox };
