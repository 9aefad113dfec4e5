import { setTimeout as wait } from 'node:timers/promises';
import { Instance } from './instances.mjs';

/** All instances. */
export class Fleet {
  instances;
  /** Lives that ended though nobody killed them. */
  ownEnds = [];

  /** @param makers for each instance what it is made with */
  constructor(makers) {
    const onEnd = (life) => this.ownEnds.push(life);
    this.instances = makers.map((made, i) => new Instance(i + 1, { ...made, onEnd }));
  }

  /** @param program only those that run this one. Default: all */
  start(program = null) {
    for (const instance of this.instances) {
      if (program === null || instance.program === program) instance.start();
    }
  }

  /** Where requests can be sent; one that is stopped is among them, as a client could not tell. */
  urls() {
    return this.instances.flatMap(({ url, state }) => (url && state !== 'down' ? [url] : []));
  }

  up() {
    return this.instances.filter(({ state }) => state === 'up');
  }

  /** @throws {Error} when not all that were started are up in time */
  async allUp(timeoutMs) {
    const latest = Date.now() + timeoutMs;
    while (this.up().length < this.instances.filter(({ isStarted }) => isStarted).length) {
      if (Date.now() > latest) {
        const states = this.instances.map(({ name, state }) => `${name} is ${state}`).join(', ');
        throw new Error(`Not all instances are up after ${timeoutMs} ms: ${states}.`);
      }
      await wait(50);
    }
  }

  async end() {
    await Promise.all(this.instances.map((instance) => instance.end()));
  }
}
