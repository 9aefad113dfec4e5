'use strict';

const { createHash } = require('node:crypto');
const { RefusedError } = require('./posthorn-webhooks');

/** How often the webhooks are compared, milliseconds; where nothing is mirrored, less often. */
const POLL_MS = 1_000;
const IDLE_POLL_MS = 10_000;

/** Between two instants of Posthorn: more than the clocks of its instances may differ by. */
const APART_MS = 1_000;

/** The events that the outbox has; others stay with Strapi. */
const RECORDED = [
  'entry.create',
  'entry.update',
  'entry.delete',
  'entry.publish',
  'entry.unpublish',
  'entry.draft-discard',
  'media.create',
  'media.update',
  'media.delete',
];

/**
 * Moves Strapi's own webhooks to Posthorn, and back, so that each event is sent by one of the two, whatever is killed:
 *
 * 1. Posthorn gets the webhook, with a filter that lets nothing pass. Strapi sends.
 * 2. One UPDATE begins the next epoch: who records an event from now on leaves it to Posthorn, and its row waits.
 * 3. The rows of earlier epochs are sent: Strapi has sent those events, and Posthorn's webhook lets none of them pass.
 * 4. The filter is set to what Posthorn records from a time on that lies after all of those.
 * 5. When Posthorn's clock is past that time the epoch is opened, and the rows that waited go.
 *
 * Back is the same way: in 4 the filter ends at that time. Who goes on after a kill finds the step in the row, and does it
 * again. A webhook that is changed in Strapi is given back and mirrored anew, in one switch.
 */
class Mirror {
  #problem = null;
  /** Webhooks that Posthorn refuses as they are, by their ids in Strapi. */
  #refused = new Map();
  #timer = null;
  #running = Promise.resolve();
  #isStopped = false;

  /**
   * @param {object} parts
   * @param {boolean} parts.canGuard whether this Strapi's own webhooks can be kept from being sent
   * @param {() => void} parts.onOpened called when rows that waited may be sent
   */
  constructor({ strapi, state, outbox, webhooks, settings, canGuard, onOpened }) {
    Object.assign(this, { strapi, state, outbox, webhooks, settings, canGuard, onOpened });
  }

  start() {
    const again = () => {
      if (this.#isStopped) return;
      this.#running = this.#round().then((isDone) => {
        const delay = isDone && !this.settings.mirrorWebhooks ? IDLE_POLL_MS : POLL_MS;
        if (this.#isStopped) return;
        this.#timer = setTimeout(again, delay);
        this.#timer.unref();
      });
    };
    again();
  }

  async stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** What this instance knows, and which webhooks Posthorn sends. */
  async describe() {
    const { epoch, openEpoch, mirrored } = await this.state.read();
    return {
      isOn: this.settings.mirrorWebhooks,
      isSwitching: openEpoch < epoch,
      mirrored: Object.entries(mirrored).map(([id, { name, posthornId }]) => ({ id, name, posthornId })),
      refused: [...this.#refused].map(([id, { name, problem }]) => ({ id, name, problem })),
      problem: this.#problem,
    };
  }

  /** @returns {Promise<boolean>} whether everything is as it should be */
  async #round() {
    try {
      const known = await this.state.read();
      if (known.openEpoch === known.epoch && isSame(known.mirrored, await this.#findWanted())) {
        this.#tell(null);
        return true;
      }
      const token = await this.state.lease();
      if (token === null) return false;
      try {
        await this.#advance(token);
      } finally {
        await this.state.release(token);
      }
    } catch (error) {
      this.#tell(`Strapi's webhooks are as they were: ${error.message}`);
    }
    return false;
  }

  async #advance(token) {
    const { epoch, openEpoch, mirrored, plan } = await this.state.read();
    if (openEpoch < epoch) return this.#finish(token, epoch, mirrored, plan ?? { open: [], close: [] });
    const wanted = await this.#findWanted();
    if (isSame(mirrored, wanted)) return;
    if (await this.outbox.hasSetAside()) {
      return this.#tell(
        'Webhooks move when no row is set aside: send the rows again that are, or dismiss them.',
      );
    }
    for (const [id, webhook] of Object.entries(wanted)) {
      const same = mirrored[id]?.print === webhook.print ? mirrored[id] : null;
      if (same) wanted[id] = same;
      else if (!(await this.#prepare(token, id, webhook, epoch + 1))) delete wanted[id];
    }
    if (isSame(mirrored, wanted)) return;
    const isNew = (one, all) => !Object.values(all).some(({ posthornId }) => posthornId === one.posthornId);
    const close = Object.values(mirrored).filter((one) => isNew(one, wanted));
    const open = Object.values(wanted).filter((one) => isNew(one, mirrored));
    const kept = Object.fromEntries(Object.entries(wanted).map(([id, one]) => [id, toKept(one)]));
    const nextPlan = {
      open: open.map(({ posthornId }) => posthornId),
      close: close.map(({ posthornId }) => posthornId),
    };
    if (!(await this.state.begin(token, epoch, kept, nextPlan))) return;
    await this.#finish(token, epoch + 1, kept, nextPlan);
  }

  /** Step 1. @returns {Promise<boolean>} false: Posthorn refuses the webhook, and Strapi goes on sending it */
  async #prepare(token, id, wanted, epoch) {
    const { name, webhook, print } = wanted;
    await this.state.renew(token);
    try {
      // Each switch has webhooks of its own: one that was ended stays ended.
      const mark = `(Strapi ${this.settings.source}/${id}, ${epoch}-${print})`;
      wanted.posthornId = await this.webhooks.findOrCreate(mark, name, {
        ...webhook,
        format: 'strapi-v5',
        filter: this.#buildFilter('false'),
      });
      this.#refused.delete(id);
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.strapi.log.warn(`posthorn: the webhook "${name}" stays with Strapi. ${error.message}`);
      this.#refused.set(id, { name, print, problem: error.message });
      return false;
    }
  }

  /** Steps 3 to 5, as far as they can be done now. */
  async #finish(token, epoch, mirrored, { open, close }) {
    if (await this.outbox.hasPendingBefore(epoch)) {
      const isBlocked = await this.outbox.hasSetAside();
      return this.#tell(
        isBlocked ? 'Webhooks are being moved, and events wait for a row that is set aside.' : null,
      );
    }
    const [first] = [...open, ...close];
    if (first !== undefined) {
      // The answer has Posthorn's time, at which it has all earlier events.
      const now = await this.#setFilter(token, first, this.#buildFilter(first === open[0] ? 'false' : null));
      const at = (now ?? Date.now()) + 2 * APART_MS;
      const time = `timestamp("${new Date(at).toISOString()}")`;
      const filterOf = (id) =>
        this.#buildFilter(open.includes(id) ? `createdAt >= ${time}` : `createdAt < ${time}`);
      let latest = 0;
      for (const id of [...open, ...close]) {
        const changedAt = await this.#setFilter(token, id, filterOf(id));
        if (changedAt !== null) latest = changedAt;
        // Someone deleted it in Posthorn: it is made anew, in a round of its own.
        else if (open.includes(id)) return this.#replaceMissing(token, epoch, mirrored, { open, close }, id);
      }
      while (latest > 0 && latest < at + APART_MS && !this.#isStopped) {
        await new Promise((resolve) => setTimeout(resolve, APART_MS / 2));
        latest = (await this.#setFilter(token, first, filterOf(first))) ?? at + APART_MS;
      }
      if (this.#isStopped) return undefined;
    }
    if (!(await this.state.open(token, epoch))) return undefined;
    this.#tell(null);
    this.strapi.log.info(
      `posthorn: Posthorn sends ${Object.keys(mirrored).length} of Strapi's webhooks from now on.`,
    );
    this.onOpened();
  }

  async #setFilter(token, id, filter) {
    await this.state.renew(token);
    return this.webhooks.setFilter(id, filter);
  }

  async #replaceMissing(token, epoch, mirrored, plan, missing) {
    const [id, old] = Object.entries(mirrored).find(([, one]) => one.posthornId === missing);
    const all = await this.#findAll();
    const wanted = all[id];
    if (!wanted || wanted.print !== old.print || !(await this.#prepare(token, id, wanted, epoch))) {
      throw new Error(`the webhook ${missing} is gone from Posthorn, and cannot be made anew`);
    }
    const kept = toKept(wanted);
    await this.state.amend(
      token,
      epoch,
      { ...mirrored, [id]: kept },
      {
        ...plan,
        open: plan.open.map((one) => (one === missing ? kept.posthornId : one)),
      },
    );
  }

  /** @returns {Promise<object>} the webhooks that Posthorn is to send, by their ids in Strapi */
  async #findWanted() {
    if (!this.settings.mirrorWebhooks || !this.canGuard) return {};
    const all = Object.entries(await this.#findAll());
    return Object.fromEntries(all.filter(([id, { print }]) => this.#refused.get(id)?.print !== print));
  }

  async #findAll() {
    const { defaultHeaders = {} } = this.strapi.config.get('server.webhooks', {});
    const all = await this.strapi.get('webhookStore').findWebhooks();
    const wanted = all
      .filter(
        ({ isEnabled, events }) => isEnabled === true && (events ?? []).some((one) => RECORDED.includes(one)),
      )
      .map(({ id, name, url, headers, events }) => {
        const webhook = {
          url,
          headers: { ...defaultHeaders, ...headers },
          events: RECORDED.filter((one) => events.includes(one)),
        };
        const print = createHash('sha256').update(JSON.stringify(webhook)).digest('hex').slice(0, 12);
        return [String(id), { name: String(name), events: webhook.events, print, webhook }];
      });
    return Object.fromEntries(wanted);
  }

  /** @param {string|null} more a further condition, `false`: nothing passes */
  #buildFilter(more) {
    if (more === 'false') return 'false';
    const ours = `key.startsWith("${this.settings.source}/")`;
    return more === null ? ours : `${ours} && ${more}`;
  }

  /** Logs a problem once. */
  #tell(problem) {
    if (problem !== null && this.#problem !== problem) this.strapi.log.warn(`posthorn: ${problem}`);
    this.#problem = problem;
  }
}

/** What the row keeps of a webhook: no URL and no headers. */
function toKept({ name, events, print, posthornId }) {
  return { name, events, print, posthornId };
}

/** Whether the same webhooks are mirrored, as they are. */
function isSame(mirrored, wanted) {
  const list = (all) =>
    Object.entries(all)
      .map(([id, { print }]) => `${id} ${print}`)
      .toSorted()
      .join();
  return list(mirrored) === list(wanted);
}

module.exports = { Mirror };
