'use strict';

/** Well below the lease of who changes webhooks, milliseconds. */
const PATIENCE_MS = 5_000;

/** Headers that Posthorn sets itself, and refuses in a webhook. */
const NOT_OWN = /^(content-type|content-length|host|user-agent|x-strapi-event|webhook-.*|x-posthorn-.*)$/i;

/** Posthorn will answer the same again. */
class RefusedError extends Error {}

/** Webhooks of Posthorn, over its API. The token needs `webhooks:read`, `webhooks:create` and `webhooks:update`. */
class PosthornWebhooks {
  constructor(strapi, { url, token }) {
    this.strapi = strapi;
    this.base = url.endsWith('/') ? url : `${url}/`;
    this.token = token;
  }

  /**
   * Finds the webhook whose name ends so, or makes it. Made twice, it is found once: the oldest one.
   *
   * @param {string} mark the end of its name
   * @param {object} webhook without its name
   * @returns {Promise<string>} its id
   * @throws {RefusedError} when Posthorn refuses it
   */
  async findOrCreate(mark, name, webhook) {
    const { data: found } = await this.#call(
      'GET',
      `admin/webhooks?limit=200&search=${encodeURIComponent(mark)}`,
    );
    const [known] = found.filter((one) => one.name.endsWith(mark));
    if (known) return known.id;
    const headers = Object.fromEntries(Object.entries(webhook.headers).filter(([key]) => !NOT_OWN.test(key)));
    const whole = { ...webhook, headers, name: `${name.slice(0, 254 - mark.length)} ${mark}` };
    return (await this.#call('POST', 'admin/webhooks', whole)).data.id;
  }

  /**
   * @returns {Promise<number|null>} Posthorn's time of the change, epoch milliseconds; null: there is no such webhook
   */
  async setFilter(id, filter) {
    const answer = await this.#call('PATCH', `admin/webhooks/${encodeURIComponent(id)}`, { filter });
    return answer && Date.parse(answer.data.updatedAt);
  }

  async #call(method, path, body) {
    const answer = await this.strapi.fetch(new URL(path, this.base).href, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    if (answer.status === 404 && method === 'PATCH') return null;
    const problem = `Posthorn answered ${method} /${path.split('?')[0]} with ${answer.status}: ${readMessage(text)}`;
    throw answer.status === 400 ? new RefusedError(problem) : new Error(problem);
  }
}

function readMessage(text) {
  try {
    return String(JSON.parse(text).error.message);
  } catch {
    return text.slice(0, 200);
  }
}

module.exports = { PosthornWebhooks, RefusedError };
