'use strict';

const { randomUUID } = require('node:crypto');
const { MIRROR_TABLE } = require('./mirror-model');

/** Longer than a request may take, before each of which it is renewed. */
const LEASE_MS = 10_000;

const ID = { id: 1 };

/**
 * Who sends Strapi's own webhooks, in one row.
 *
 * Every change of content reads the row under a shared lock and writes what it read, as the epoch, into its rows of the
 * outbox. A switch takes the row's exclusive lock: when it has it, no change of an earlier epoch is under way, and no
 * row of an earlier epoch can come any more.
 */
class MirrorState {
  #readTexts = new Map();

  constructor(strapi) {
    this.strapi = strapi;
  }

  /** Makes the row where it is missing. */
  async ensure() {
    await this.#from(this.strapi.db.connection)
      .insert({ ...ID, epoch: 0, open_epoch: 0, mirrored: '{}', leased_until: 0 })
      .onConflict('id')
      .ignore();
  }

  /**
   * Reads who sends an event that is recorded in this transaction.
   *
   * @returns {Promise<{epoch: number, mirrored: object}>}
   */
  async readFor(trx) {
    const [row] = await this.#from(trx).where(ID).select('epoch', 'mirrored').forShare();
    return row ? { epoch: row.epoch, mirrored: this.#parse(row.mirrored) } : { epoch: 0, mirrored: {} };
  }

  /** @returns {Promise<{epoch: number, openEpoch: number, mirrored: object, plan: object|null}>} */
  async read() {
    const [row] = await this.#from(this.strapi.db.connection).where(ID);
    if (!row) return { epoch: 0, openEpoch: 0, mirrored: {}, plan: null };
    const { epoch, open_epoch: openEpoch, mirrored, plan } = row;
    return { epoch, openEpoch, mirrored: this.#parse(mirrored), plan: plan ? JSON.parse(plan) : null };
  }

  /**
   * Takes the lease for this instance.
   *
   * @returns {Promise<string|null>} its token; null: another instance has it
   */
  async lease() {
    const now = Date.now();
    const token = randomUUID();
    const won = await this.#from(this.strapi.db.connection)
      .where(ID)
      .where('leased_until', '<', now)
      .update({ lease_token: token, leased_until: now + LEASE_MS });
    return won === 1 ? token : null;
  }

  /** @throws when another instance has the lease by now */
  async renew(token) {
    const kept = await this.#from(this.strapi.db.connection)
      .where({ ...ID, lease_token: token })
      .update({ leased_until: Date.now() + LEASE_MS });
    if (kept !== 1) throw new Error('another instance goes on with them.');
  }

  async release(token) {
    await this.#from(this.strapi.db.connection)
      .where({ ...ID, lease_token: token })
      .update({ lease_token: null, leased_until: 0 });
  }

  /** Begins the next epoch: from its commit on, changes follow `mirrored`, and their rows wait. */
  async begin(token, epoch, mirrored, plan) {
    return this.#write(token, { epoch }, { epoch: epoch + 1, mirrored, plan });
  }

  /** Notes other webhooks of Posthorn for the epoch that is not open yet. */
  async amend(token, epoch, mirrored, plan) {
    return this.#write(token, { epoch }, { mirrored, plan });
  }

  /** Lets the rows of an epoch go. */
  async open(token, epoch) {
    return this.#write(token, { epoch }, { open_epoch: epoch, plan: null });
  }

  async #write(token, where, { mirrored, plan, ...values }) {
    const changed = await this.#from(this.strapi.db.connection)
      .where({ ...ID, ...where, lease_token: token })
      .update({
        ...values,
        ...(mirrored === undefined ? {} : { mirrored: JSON.stringify(mirrored) }),
        plan: plan ? JSON.stringify(plan) : null,
      });
    return changed === 1;
  }

  /** The text is the same for a long time. */
  #parse(text) {
    const known = this.#readTexts.get(text);
    if (known) return known;
    const parsed = JSON.parse(text ?? '{}');
    this.#readTexts.clear();
    this.#readTexts.set(text, parsed);
    return parsed;
  }

  #from(connection) {
    const schema = this.strapi.db.getSchemaName();
    const query = connection(MIRROR_TABLE);
    return schema ? query.withSchema(schema) : query;
  }
}

module.exports = { MirrorState };
