import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../support/eventually.mjs';
import { ADMINISTRATOR } from './checks.mjs';

const TAG = 'api::tag.tag';
const EVENTS = ['entry.create', 'entry.update', 'entry.delete', 'media.create', 'media.delete'];
const LONGEST_WAIT_MS = 60_000;

/** Where Strapi is killed while webhooks move: at which of the requests, and whether Posthorn had it. */
const BLOWS = {
  there: [
    ['after', 'POST', 1],
    ['before', 'PATCH', 1],
    ['after', 'PATCH', 2],
  ],
  back: [
    ['after', 'PATCH', 1],
    ['after', 'PATCH', 2],
  ],
};

/**
 * Lets Posthorn send a webhook of Strapi's settings screen, and gives it back, with kills between the steps, while
 * entries and files change: the receiver must get every event once.
 *
 * @param {boolean} isKilled whether Strapi is killed between the steps
 * @returns {Promise<{faults: string[], received: number}>}
 */
export async function moveWebhooks({ instances, ways, tables, isKilled, say }) {
  const receiver = await Receiver.listen();
  const [first] = instances;
  const faults = [];
  const changes = new Changes(instances);
  try {
    const from = (await tables.query('SELECT MAX(id) AS id FROM posthorn_outbox'))[0].id ?? 0;
    const readRows = () =>
      tables.query(`SELECT * FROM posthorn_outbox WHERE id > ${from} AND event <> 'order.paid' ORDER BY id`);
    const watch = { receiver, changes, readRows, instances, ways };

    const thereEnds = isKilled ? killAt(BLOWS.there, watch) : () => {};
    const { id } = await first.call('POST', '/api/hands/webhook', {
      name: 'shop',
      url: receiver.url,
      headers: { 'x-own': 'yes' },
      events: EVENTS,
    });
    // Strapi knows a webhook that is added in the process alone that added it.
    changes.use([first]);
    changes.resume();
    await waitForMove(tables, 1);
    thereEnds();
    changes.use(instances);
    say('Posthorn sends the webhook of Strapi');
    await changes.atLeast(20);
    const [{ mirrored }] = await tables.query('SELECT mirrored FROM posthorn_mirror');
    assert.deepEqual(Object.keys(JSON.parse(mirrored)), [String(id)]);
    const state = await readPanelState(first);
    assert.equal(state.webhooks.mirrored[0].name, 'shop');

    await changes.pause();
    await waitForAll(watch);
    // Back: the setting is off, as before the plugin is uninstalled.
    for (const instance of instances) {
      await instance.kill('SIGTERM');
      instance.env.MIRROR_WEBHOOKS = 'false';
    }
    const backEnds = isKilled ? killAt(BLOWS.back, watch) : () => {};
    for (const instance of instances) await instance.start();
    changes.resume();
    await waitForMove(tables, 2);
    backEnds();
    say('Strapi sends its webhook again');
    await changes.atLeast(20);
    await changes.pause();
    await waitForAll(watch);
    const { token: last } = await first.call('POST', '/admin/login', ADMINISTRATOR);
    await first.call('DELETE', `/admin/webhooks/${id}`, undefined, { authorization: `Bearer ${last}` });
  } catch (error) {
    faults.push(`webhooks that move: ${error.message}`);
  } finally {
    await changes.pause().catch(() => {});
    for (const way of ways) way.onWebhooks = async () => false;
    await receiver.close();
  }
  return { faults, received: receiver.names.length };
}

/** Kills the instance that sends such a request, one after the other. @returns {() => void} checks that all were struck */
function killAt(blows, { receiver, changes, readRows, instances, ways }) {
  const left = blows.map((one) => [...one]);
  let counts = new Map();
  for (const [index, way] of ways.entries()) {
    way.onWebhooks = async (when, method) => {
      const key = `${when} ${method}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      const [blow] = left;
      if (!blow || key !== `${blow[0]} ${blow[1]}` || counts.get(key) !== blow[2]) return false;
      left.shift();
      counts = new Map();
      await changes.hold();
      while (!instances[index].isUp) await wait(20);
      // What Strapi itself sends is lost with its process, as in every Strapi: that is not what is tested.
      await waitForAll({ receiver, readRows, isHeldLeft: true });
      await instances[index].kill();
      void instances[index].start().then(
        () => changes.release(),
        () => {},
      );
      return true;
    };
  }
  return () => assert.deepEqual(left, [], 'Strapi was not killed at all of these requests');
}

/** Waits until the receiver has each row once. @throws when it has one twice, or one not */
async function waitForAll({ receiver, readRows, isHeldLeft = false }) {
  await eventually(async () => {
    const rows = await readRows();
    // Strapi sends what is recorded in epochs 0 and 2.
    const due = isHeldLeft ? rows.filter(({ epoch }) => epoch % 2 === 0) : rows;
    assert.deepEqual(subtract(due.map(nameOfRow), receiver.names), [], 'the receiver lacks events');
  }, LONGEST_WAIT_MS);
  await wait(300);
  const twice = subtract(receiver.names, (await readRows()).map(nameOfRow));
  assert.deepEqual(twice, [], 'the receiver got events twice, or which no row tells of');
}

/** The names of one list without those of another, each as often as it stands there. */
function subtract(names, others) {
  const left = [...names];
  for (const other of others) {
    const index = left.indexOf(other);
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}

/** Reads what the panel's page shows, as its script does: with the cookie of the admin panel's login. */
async function readPanelState({ url }) {
  const login = await fetch(`${url}/admin/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ADMINISTRATOR),
  });
  const cookie = login.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const page = await fetch(`${url}/posthorn/panel`);
  assert.match(await page.text(), /src="panel\.js"/);
  const script = await (await fetch(`${url}/posthorn/panel.js`)).text();
  const [, tokenPath] = /ask\('(.*?)', \{ method: 'POST' \}\)/.exec(script);
  const token = await fetch(new URL(tokenPath, page.url), { method: 'POST', headers: { cookie } });
  const { data } = await token.json();
  const state = await fetch(new URL('state', page.url), {
    headers: { authorization: `Bearer ${data.token}` },
  });
  return (await state.json()).data;
}

async function waitForMove(tables, epoch) {
  await eventually(async () => {
    const [row] = await tables.query('SELECT epoch, open_epoch FROM posthorn_mirror');
    assert.ok(row.open_epoch >= epoch && row.epoch === row.open_epoch, JSON.stringify(row));
  }, LONGEST_WAIT_MS * 2);
}

function nameOfRow({ body }) {
  return nameOf(JSON.parse(body));
}

function nameOf({ event, entry, media }) {
  const thing = entry ?? media;
  return `${event} ${thing.documentId}`;
}

/** One change after the other, until it is told to pause. */
class Changes {
  #using;
  #isPaused = true;
  #holds = 0;
  #running = Promise.resolve();
  #current = Promise.resolve();
  #count = 0;
  #tag = null;

  constructor(instances) {
    this.#using = instances;
  }

  use(instances) {
    this.#using = instances;
  }

  resume() {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#running = this.#running.then(() => this.#run());
    // Who pauses is told; nobody may.
    this.#running.catch(() => {});
  }

  /** Pauses for a kill, whoever resumes meanwhile. */
  async hold() {
    this.#holds += 1;
    await this.#current;
  }

  release() {
    this.#holds -= 1;
  }

  async pause() {
    this.#isPaused = true;
    await this.#running;
  }

  async atLeast(more) {
    const until = this.#count + more;
    await eventually(
      async () => assert.ok(this.#count >= until, 'too few changes were made'),
      LONGEST_WAIT_MS,
    );
  }

  async #run() {
    while (!this.#isPaused) {
      const up = this.#using.filter(({ isUp }) => isUp);
      if (up.length > 0 && this.#holds === 0) {
        this.#current = this.#change(up[this.#count % up.length]);
        await this.#current;
      } else await wait(20);
    }
  }

  async #change(instance) {
    this.#count += 1;
    const run = (action, params) =>
      instance.call('POST', '/api/hands/documents', { uid: TAG, action, params });
    const turn = this.#count % 5;
    if (turn === 4) {
      const file = await instance.call('POST', '/api/hands/upload', { name: 'file' });
      await instance.call('POST', '/api/hands/remove', { id: file.id });
    } else if (turn === 1 || this.#tag === null) {
      const { documentId } = await run('create', { data: { title: 'moved', version: this.#count } });
      this.#tag = documentId;
    } else if (turn === 0) {
      await run('delete', { documentId: this.#tag });
      this.#tag = null;
    } else {
      await run('update', { documentId: this.#tag, data: { version: this.#count } });
    }
  }
}

/** Notes what it is sent, and answers 200. */
class Receiver {
  names = [];

  static async listen() {
    const receiver = new Receiver();
    receiver.server = createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      receiver.names.push(nameOf(JSON.parse(Buffer.concat(chunks).toString())));
      response.end();
    });
    await new Promise((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/`;
    return receiver;
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
