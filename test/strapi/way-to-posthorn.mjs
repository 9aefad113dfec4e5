import { createServer } from 'node:http';

/**
 * What lies between one Strapi and Posthorn. It sees every answer before Strapi does, so that a process can be killed
 * between the two.
 */
export class WayToPosthorn {
  /** How often Posthorn answered each idempotency key with 202. */
  taken = new Map();
  /** Called once with the next 202, whose answer is then lost; null: none is. */
  onNextTaken = null;
  /** Tells which bodies are refused on the way, with 422. */
  isRefused = () => false;
  /**
   * Called with every request for webhooks, before it is passed on and before it is answered; it may wait. Answers
   * whether the request, or its answer, is lost.
   */
  onWebhooks = async (_when, _method) => false;
  #server;

  /** @param {() => string|null} findPosthorn its address now */
  constructor(findPosthorn) {
    this.#server = createServer((request, response) => {
      this.#pass(request, response, findPosthorn()).catch(() => response.destroy());
    });
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(request, response, target) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (this.isRefused(body.toString())) {
      response.writeHead(422).end('{"error":{"message":"refused on the way"}}');
      return;
    }
    if (!target) return void response.destroy();
    const isOfWebhooks = request.url.startsWith('/admin/webhooks');
    if (isOfWebhooks && (await this.onWebhooks('before', request.method))) return void response.destroy();
    const { authorization, 'content-type': type, 'idempotency-key': key } = request.headers;
    const answer = await fetch(new URL(request.url, target), {
      method: request.method,
      headers: { authorization, 'content-type': type, ...(key ? { 'idempotency-key': key } : {}) },
      body: body.length > 0 ? body : undefined,
    });
    const text = await answer.text();
    if (isOfWebhooks && (await this.onWebhooks('after', request.method))) return void response.destroy();
    if (answer.status === 202) {
      this.taken.set(key, (this.taken.get(key) ?? 0) + 1);
      const act = this.onNextTaken;
      this.onNextTaken = null;
      if (act) {
        await act();
        return void response.destroy();
      }
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  }
}
