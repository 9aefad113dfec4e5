'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');

/**
 * Keeps Strapi from sending what Posthorn sends: of each event it knows what was read in the transaction that recorded
 * it. What was not recorded, such as the test of the settings screen, Strapi sends.
 *
 * A scope is what one change has recorded, and reaches from the change to the events that Strapi emits for it.
 */
class OwnWebhooks {
  #scopes = new AsyncLocalStorage();
  #mirroredOf = new WeakMap();
  #enqueue = () => {};

  /** @returns {boolean} false: this Strapi sends webhooks in another way, and they stay with it */
  install(strapi) {
    const runner = strapi.get('webhookRunner');
    const { queue } = runner;
    if (typeof queue?.enqueue !== 'function' || typeof runner.run !== 'function') return false;
    this.#enqueue = queue.enqueue.bind(queue);
    queue.enqueue = (payload) => {
      const scope = this.#scopes.getStore();
      if (!scope?.hold(payload)) this.#pass(scope, payload);
    };
    const { run } = runner;
    runner.run = (webhook, event, info) => {
      const mirrored = this.#mirroredOf.get(info ?? {});
      if (mirrored?.[webhook.id]?.events.includes(event)) return Promise.resolve({ statusCode: 202 });
      return run.call(runner, webhook, event, info);
    };
    this.#bindCommits(strapi.db);
    return true;
  }

  /** Runs a change of entries, whose events come after the commit. */
  async runChange(work) {
    const scope = new Scope();
    return this.#scopes.run(scope, () => work(scope));
  }

  /** Runs a change of files, whose events may come before their rows: they wait until it has ended. */
  async runHolding(work) {
    const scope = new Scope({ isHolding: true });
    try {
      return await this.#scopes.run(scope, () => work(scope));
    } finally {
      for (const payload of scope.end()) this.#pass(scope, payload);
    }
  }

  #pass(scope, payload) {
    const mirrored = scope?.mirroredFor(payload);
    if (mirrored) this.#mirroredOf.set(payload.info, mirrored);
    this.#enqueue(payload);
  }

  /** Strapi emits in callbacks of the commit, which run where the outermost transaction is: here they keep their scope. */
  #bindCommits(db) {
    const { transaction } = db;
    db.transaction = (work) => {
      const scope = this.#scopes.getStore();
      if (!work || !scope) return transaction.call(db, work);
      return transaction.call(db, (parts) =>
        work({ ...parts, onCommit: (callback) => parts.onCommit(() => this.#scopes.run(scope, callback)) }),
      );
    };
  }
}

/** What one change has recorded. */
class Scope {
  #recorded = new Map();
  #held = [];
  #isHolding;

  constructor({ isHolding = false } = {}) {
    this.#isHolding = isHolding;
  }

  /** @param {object} mirrored what the transaction read, as `Outbox.insert` gives it */
  note(event, id, mirrored) {
    this.#recorded.set(`${event} ${id}`, mirrored);
  }

  /** @returns {boolean} whether it is held until the end */
  hold(payload) {
    if (this.#isHolding) this.#held.push(payload);
    return this.#isHolding;
  }

  end() {
    this.#isHolding = false;
    return this.#held.splice(0);
  }

  /** An entry that Strapi no longer finds after the commit is null: then it is one of those of the change. */
  mirroredFor({ event, info }) {
    const thing = info?.entry ?? info?.media;
    if (thing) return this.#recorded.get(`${event} ${thing.id}`);
    const [, mirrored] = [...this.#recorded].find(([key]) => key.startsWith(`${event} `)) ?? [];
    return mirrored;
  }
}

module.exports = { OwnWebhooks };
