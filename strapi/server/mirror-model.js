'use strict';

/** The name of the mirror's table. */
const TABLE = 'posthorn_mirror';

/** One row, with the id 1: who sends Strapi's own webhooks. */
const MIRROR_MODEL = {
  uid: 'plugin::posthorn.mirror',
  singularName: 'posthorn_mirror',
  tableName: TABLE,
  attributes: {
    id: { type: 'increments' },
    /** Of the rows that are recorded now. Each change of `mirrored` begins the next one. */
    epoch: { type: 'integer' },
    /** Rows of later epochs wait in the outbox. */
    open_epoch: { type: 'integer' },
    /** JSON: the webhooks that Posthorn sends from `epoch` on, by their ids in Strapi. */
    mirrored: { type: 'text' },
    /** JSON: what Posthorn is to be told before `epoch` is opened; null: nothing. */
    plan: { type: 'text' },
    /** Which instance changes webhooks now, and until when. */
    lease_token: { type: 'string' },
    leased_until: { type: 'biginteger' },
  },
};

module.exports = { MIRROR_MODEL, MIRROR_TABLE: TABLE };
