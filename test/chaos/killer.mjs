import { setTimeout as wait } from 'node:timers/promises';
import { FAULTS } from './network.mjs';

/** Where in the run the first and the last blow fall, as shares of its changes. */
const FROM = 0.05;
const UNTIL = 0.95;
const DOWN_MS = [0, 1_500];
const DATABASE_DOWN_MS = [200, 2_500];
/** How long a stop lasts, in leases: always longer than one. */
const STOP_LEASES = [1.3, 2.5];
const DATABASE_STOP_MS = [1_000, 15_000];
const NETWORK_MS = [300, 8_000];
/** How much later every byte arrives on a slow network. */
const DELAY_MS = [10, 300];
const CLOCK_MS = [1_000, 15_000];
/** By how much a clock is set forwards or back. */
const CLOCK_STEP_MS = 3_600_000;
const DATABASE_START_TRIES = 5;
/** An instance waits so long for an answer on a connection that says nothing any more, milliseconds. */
const STATEMENT_MS = 10_000;

/** Every blow of a run, in the order in which they fall. `choice` in [0, 1) says whom, `forMs` how long. */
export function planBlows(prng, options, leaseMs) {
  const { changes, kills, databaseKills, databaseStops = 0, stops, terms, network = 0, clock = 0 } = options;
  const blow = (kind, [least, most]) => ({
    kind,
    afterChanges: Math.floor(changes * prng.between(FROM, UNTIL)),
    choice: prng.next(),
    forMs: Math.round(prng.between(least, most)),
  });
  const times = (count, make) => Array.from({ length: count }, make);
  return [
    ...times(kills, () => blow('kill', DOWN_MS)),
    ...times(terms, () => blow('term', DOWN_MS)),
    ...times(databaseKills, () => blow('database-kill', DATABASE_DOWN_MS)),
    ...times(stops, () =>
      blow(
        'stop',
        STOP_LEASES.map((leases) => leases * leaseMs),
      ),
    ),
    ...times(databaseStops, () => blow('database-stop', DATABASE_STOP_MS)),
    ...times(network, () => ({
      ...blow('network', NETWORK_MS),
      fault: prng.pick(FAULTS),
      delayMs: Math.round(prng.between(...DELAY_MS)),
    })),
    ...times(clock, () => ({
      ...blow('clock', CLOCK_MS),
      wrongByMs: Math.round(prng.between(-CLOCK_STEP_MS, CLOCK_STEP_MS)),
    })),
  ].toSorted((a, b) => a.afterChanges - b.afterChanges);
}

/** Hits instances, the database and the network between them as planned, while changes are made. */
export class Killer {
  /**
   * What was done: `{kind, sender, from, to, settlesMs}`; `sender` is the name of the life that was hit, `2.*` for all
   * lives of an instance, null for all; `settlesMs`: for so long after its end it still has consequences.
   */
  blows = [];
  #ended = false;
  #fault = null;
  /** What is hit once at a time, and the last blow to it. */
  #turns = new Map();

  constructor({ fleet, database, ledger, plan, say }) {
    Object.assign(this, { fleet, database, ledger, plan, say });
  }

  /** Resolves when every blow has fallen and all that was hit goes on, or {@link end} was called. */
  async run() {
    const running = [];
    for (const blow of this.plan) {
      await this.#until(() => this.ledger.acknowledged >= blow.afterChanges);
      if (this.#ended) break;
      // Not awaited: blows may fall together.
      const hit = this.#hit(blow);
      hit.catch((error) => {
        this.#fault ??= error;
      });
      running.push(hit);
      // Whoever is chosen next must see whom this one hit.
      await wait(1);
    }
    await Promise.all(running);
  }

  end() {
    this.#ended = true;
  }

  #hit(blow) {
    const { instances } = this.fleet;
    const instance = instances[Math.floor(blow.choice * instances.length)];
    if (blow.kind === 'database-kill') return this.#inTurn('database', () => this.#killDatabase(blow));
    if (blow.kind === 'database-stop') return this.#inTurn('database', () => this.#stopDatabase(blow));
    if (blow.kind === 'network')
      return this.#inTurn(instance.network, () => this.#hitNetwork(instance, blow));
    if (blow.kind === 'clock') return this.#inTurn(instance, () => this.#hitClock(instance, blow));
    return this.#hitInstance(blow);
  }

  #inTurn(target, hit) {
    const before = this.#turns.get(target) ?? Promise.resolve();
    const turn = before.then(() => (this.#ended ? undefined : hit()));
    this.#turns.set(target, turn);
    return turn;
  }

  async #hitInstance({ kind, choice, forMs }) {
    await this.#until(() => this.fleet.up().length > 0);
    if (this.#ended) return;
    const up = this.fleet.up();
    const instance = up[Math.floor(choice * up.length)];
    const from = Date.now();
    const sender = instance.name;
    this.say(`${kind} of instance ${sender}, for ${forMs} ms`);
    if (kind === 'kill') await instance.kill(forMs);
    else if (kind === 'term') await instance.terminate(forMs);
    else {
      instance.stop();
      await wait(forMs);
      instance.continue();
    }
    this.blows.push({ kind, sender, from, to: Date.now() });
  }

  async #killDatabase({ forMs }) {
    const from = Date.now();
    this.say(`database-kill, for ${forMs} ms`);
    await this.database.kill();
    // Where others take over, the database is back before the server is.
    if (this.database.takesOver) this.#sayTakeover(from);
    await wait(forMs);
    if (this.#ended) return;
    await this.#startDatabase();
    this.#noteDatabase('database-kill', from);
  }

  async #stopDatabase({ forMs }) {
    const from = Date.now();
    this.say(`database-stop, for ${forMs} ms`);
    await this.database.standStill(forMs);
    this.#sayTakeover(from);
    await this.database.recover();
    this.#noteDatabase('database-stop', from);
  }

  #sayTakeover(from) {
    this.say(`after ${Date.now() - from} ms the database can be written to again`);
  }

  /** A group holds its commits once more while it takes back the member that was hit: until then it has consequences. */
  #noteDatabase(kind, from) {
    const to = Date.now();
    const isSilent = this.database.takesOver || kind === 'database-stop';
    if (isSilent) this.say(`after ${to - from} ms the database is whole again`);
    this.blows.push({ kind, sender: null, from, to, ...(isSilent ? { settlesMs: STATEMENT_MS } : {}) });
  }

  async #hitNetwork({ index, network }, { fault, forMs, delayMs }) {
    const from = Date.now();
    this.say(`network of instance ${index}: ${fault}, for ${forMs} ms`);
    network.begin(fault, { delayMs: fault === 'slow' ? delayMs : 0 });
    await wait(forMs);
    network.end();
    const blow = { kind: 'network', fault, sender: `${index}.*`, from, to: Date.now() };
    this.blows.push({ ...blow, settlesMs: STATEMENT_MS });
  }

  async #hitClock(instance, { wrongByMs, forMs }) {
    const from = Date.now();
    this.say(`clock of instance ${instance.index}: wrong by ${wrongByMs} ms, for ${forMs} ms`);
    instance.setClock(wrongByMs);
    await wait(forMs);
    instance.setClock(0);
    this.blows.push({ kind: 'clock', sender: `${instance.index}.*`, from, to: Date.now() });
  }

  async #startDatabase() {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.database.start();
        return;
      } catch (error) {
        if (tries >= DATABASE_START_TRIES || this.#ended) throw error;
        await wait(500);
      }
    }
  }

  async #until(holds) {
    while (!this.#ended && !holds()) {
      if (this.#fault) throw this.#fault;
      await wait(10);
    }
  }
}
