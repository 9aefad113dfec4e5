import { connect, createServer } from 'node:net';

/** What can happen between an instance and its database. */
export const FAULTS = ['slow', 'hold', 'cut', 'half-open'];

/**
 * The network between one instance and the servers of its database: a proxy on a port of 127.0.0.1 for each server.
 *
 * - `slow`: every byte arrives `delayMs` later, in either direction
 * - `hold`: nothing passes, and everything arrives when it is over: a partition that heals
 * - `cut`: connections are reset, and new ones are refused
 * - `half-open`: the server loses its connections; the instance is told nothing of it, ever. New ones are taken and stay
 *   silent
 */
export class Network {
  #targets;
  #servers = [];
  #links = new Set();
  #fault = null;
  #delayMs = 0;

  /** @param targets the servers' ports */
  constructor(targets) {
    this.#targets = targets;
  }

  get connections() {
    return this.#links.size;
  }

  /** @returns the ports of the proxies, in the order of the servers' */
  async listen() {
    for (const target of this.#targets) {
      const server = createServer((client) => this.#take(client, target));
      this.#servers.push(server);
      await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
    }
    return this.#servers.map((server) => server.address().port);
  }

  /** @param fault one of {@link FAULTS} */
  begin(fault, { delayMs = 0 } = {}) {
    this.#fault = fault;
    this.#delayMs = delayMs;
    for (const link of this.#links) {
      if (fault === 'cut') link.reset();
      if (fault === 'half-open') link.loseServer();
    }
  }

  end() {
    this.#fault = null;
    this.#delayMs = 0;
    for (const link of this.#links) link.release();
  }

  async close() {
    for (const link of this.#links) link.reset();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #take(client, target) {
    if (this.#fault === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const server = this.#fault === 'half-open' ? null : connect(target, '127.0.0.1');
    const link = new Link(client, server, {
      isHeld: () => this.#fault === 'hold',
      delayMs: () => this.#delayMs,
      onEnd: () => this.#links.delete(link),
    });
    this.#links.add(link);
  }
}

/** One connection through the proxy. */
class Link {
  #client;
  #server;
  #held = [];
  #isSilent;
  #network;

  /** @param server null: nobody ever answers */
  constructor(client, server, network) {
    this.#client = client;
    this.#server = server;
    this.#network = network;
    this.#isSilent = server === null;
    for (const socket of [client, server]) {
      // What was lost is lost for both; `close` follows.
      socket?.on('error', () => undefined);
      socket?.setNoDelay(true);
    }
    this.#pass(client, server);
    if (server) this.#pass(server, client);
    client.on('close', () => {
      this.#server?.destroy();
      network.onEnd();
    });
    server?.on('close', () => {
      if (!this.#isSilent) client.destroy();
    });
  }

  reset() {
    this.#client.resetAndDestroy();
    this.#server?.resetAndDestroy();
  }

  loseServer() {
    this.#isSilent = true;
    this.#held = [];
    this.#server?.resetAndDestroy();
  }

  /** Lets go of what was held, in its order. */
  release() {
    for (const send of this.#held.splice(0)) send();
  }

  #pass(from, to) {
    let latest = 0;
    const hand = (send) => {
      if (this.#isSilent) return;
      if (this.#network.isHeld() || this.#held.length > 0) {
        this.#held.push(send);
        return;
      }
      const now = performance.now();
      // What comes after a slow part must not overtake it.
      latest = Math.max(latest, now + this.#network.delayMs());
      if (latest <= now) send();
      else setTimeout(send, latest - now);
    };
    from.on('data', (chunk) => hand(() => to?.writable && to.write(chunk)));
    from.on('end', () => hand(() => to?.end()));
  }
}
