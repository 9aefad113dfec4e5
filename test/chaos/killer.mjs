import { setTimeout as wait } from 'node:timers/promises';

/** Where in the run the first and the last blow fall, as shares of its changes. */
const FROM = 0.05;
const UNTIL = 0.95;
const DOWN_MS = [0, 1_500];
const DATABASE_DOWN_MS = [200, 2_500];
/** How long a stop lasts, in leases: always longer than one. */
const STOP_LEASES = [1.3, 2.5];
const DATABASE_START_TRIES = 5;

/** Every blow of a run, in the order in which they fall. `choice` in [0, 1) says whom, `forMs` how long. */
export function planBlows(prng, { changes, kills, databaseKills, stops, terms }, leaseMs) {
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
  ].toSorted((a, b) => a.afterChanges - b.afterChanges);
}

/** Kills and stops instances and the database as planned, while changes are made. */
export class Killer {
  /** What was done: `{kind, sender, from, to}`; `sender` is the name of the life that was hit, null for all. */
  blows = [];
  #ended = false;
  #fault = null;
  #databaseTurn = Promise.resolve();

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
      const hit = blow.kind === 'database-kill' ? this.#hitDatabase(blow) : this.#hitInstance(blow);
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

  async #hitDatabase({ forMs }) {
    const before = this.#databaseTurn;
    this.#databaseTurn = (async () => {
      await before;
      if (this.#ended) return;
      const from = Date.now();
      this.say(`database-kill, for ${forMs} ms`);
      await this.database.kill();
      await wait(forMs);
      if (this.#ended) return;
      await this.#startDatabase();
      this.blows.push({ kind: 'database-kill', sender: null, from, to: Date.now() });
    })();
    return this.#databaseTurn;
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
