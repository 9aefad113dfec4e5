'use strict';

/** The name of the outbox's table. */
const TABLE = 'posthorn_outbox';

/**
 * The outbox as a model of Strapi's database, so that Strapi makes its table. It is no content type: the editors do not
 * see it, and its own changes are no events. Times are epoch milliseconds.
 */
const OUTBOX_MODEL = {
  uid: 'plugin::posthorn.outbox',
  singularName: 'posthorn_outbox',
  tableName: TABLE,
  attributes: {
    id: { type: 'increments' },
    /** The row's `Idempotency-Key`: however often it is sent, Posthorn records one event. */
    event_key: { type: 'string' },
    /** What changed; rows with the same value are sent one after the other, by their ids. */
    ordering_key: { type: 'string' },
    event: { type: 'string' },
    uid: { type: 'string' },
    /** The request's body, byte for byte. */
    body: { type: 'text' },
    /** `pending`, `sent`, `set-aside` (refused by Posthorn) or `dismissed` (by a person). */
    state: { type: 'string' },
    attempts: { type: 'integer' },
    /** Not sent before. */
    due_at: { type: 'biginteger' },
    /** Which claim holds the row, and until when; null and 0: none. */
    lease_token: { type: 'string' },
    leased_until: { type: 'biginteger' },
    /** What Posthorn or the network answered last. */
    problem: { type: 'text' },
    /** Rows of an epoch that is not open wait: see `mirror.js`. Null, as in rows of earlier versions: 0. */
    epoch: { type: 'integer' },
    recorded_at: { type: 'biginteger' },
    /** When it was sent or dismissed. */
    ended_at: { type: 'biginteger' },
  },
  indexes: [
    { name: 'posthorn_outbox_key_unique', columns: ['event_key'], type: 'unique' },
    { name: 'posthorn_outbox_state_index', columns: ['state', 'id'] },
    { name: 'posthorn_outbox_order_index', columns: ['ordering_key', 'state', 'id'] },
  ],
};

module.exports = { OUTBOX_MODEL, TABLE };
