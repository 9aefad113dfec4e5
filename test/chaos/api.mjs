import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** Longer than this a request is not waited for; shorter than the longest stop, so that some answers are lost. */
const PATIENCE_MS = 4_000;

/** Requests to the instances, with the admin token. */
export class Api {
  #agent = new Agent({ connections: 64, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  #headers;

  constructor(token) {
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  /**
   * One request.
   *
   * @returns {Promise<{status: number|null, body: unknown}>} the status is null where no whole answer came
   */
  async send(baseUrl, method, path, body, headers = {}) {
    try {
      const answer = await request(new URL(path, baseUrl), {
        dispatcher: this.#agent,
        method,
        headers: { ...this.#headers, ...headers },
        body: body === undefined ? null : JSON.stringify(body),
      });
      return { status: answer.statusCode, body: await answer.body.json() };
    } catch {
      return { status: null, body: null };
    }
  }

  /** Asks again, of any instance, until it is answered with 2xx; for reading and for setting things up. */
  async insist(fleet, method, path, body) {
    for (let tries = 1; ; tries += 1) {
      const baseUrl = fleet.urls()[tries % Math.max(1, fleet.urls().length)];
      const answer = baseUrl ? await this.send(baseUrl, method, path, body) : { status: null, body: null };
      if (answer.status !== null && answer.status < 300) return answer.body;
      if (tries >= 50) {
        throw new Error(
          `${method} ${path} was answered ${answer.status ?? 'not at all'} ${tries} times: ${JSON.stringify(answer.body)}`,
        );
      }
      await wait(200);
    }
  }

  async close() {
    await this.#agent.destroy();
  }
}
