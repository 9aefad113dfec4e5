import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { markOf } from './marks.mjs';

const PROMISED_BYTES = 1_000;

/**
 * Who receives, and how. `webhook` is what its registration says beside name and URL; `behave` decides over one
 * request: `{delayMs?, status?, headers?, drop?: 'before' | 'midway', hang?}`.
 *
 * The shares are small on purpose: what is tested is that nothing is lost, not that nothing gets through.
 */
export const CAST = [
  { name: 'quick', webhook: { events: ['*'] }, behave: () => ({}) },
  { name: 'slow', webhook: { events: ['*'] }, behave: (prng) => ({ delayMs: prng.between(50, 500) }) },
  {
    name: 'dropping',
    webhook: { events: ['*'], timeoutMs: 5_000 },
    behave: (prng) => {
      if (prng.chance(0.02)) return { drop: 'midway' };
      if (prng.chance(0.01)) return { drop: 'before' };
      return prng.chance(0.002) ? { hang: true } : {};
    },
  },
  {
    name: 'failing',
    webhook: { events: ['*'] },
    behave: (prng) => {
      if (prng.chance(0.02)) return { status: 500 };
      if (prng.chance(0.002)) return { status: 503 };
      return prng.chance(0.002) ? { status: 429, headers: { 'retry-after': '1' } } : {};
    },
  },
  {
    name: 'ordered',
    webhook: { events: ['entry.*'], ordering: 'entry' },
    behave: (prng) => (prng.chance(0.01) ? { status: 500 } : {}),
  },
  {
    name: 'subset',
    webhook: { events: ['entry.update', 'entry.delete'], concurrency: 4 },
    behave: () => ({}),
  },
];

/** An HTTP server that answers as it is told, and notes every request. */
export class Receiver {
  /** What came, by the event's id (`webhook-id`): its mark, type and entry, and every request that brought it. */
  received = new Map();
  requests = 0;
  accepted = 0;
  #calm = false;
  #server = null;

  constructor({ name, webhook, behave }, prng) {
    this.name = name;
    this.events = webhook.events;
    this.isOrdered = webhook.ordering === 'entry';
    this.behave = behave;
    this.prng = prng;
  }

  async listen() {
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.#server.keepAliveTimeout = 60_000;
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${this.#server.address().port}/`;
  }

  /** From now on it only answers well. */
  calm() {
    this.#calm = true;
  }

  async close() {
    if (!this.#server) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request, response) {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // The sender was killed midway: this request was not received.
      return;
    }
    const note = this.#note(request, Buffer.concat(chunks));
    // A 2xx counts once its last byte was handed to the system: then the sender can have seen it.
    response.once('finish', () => {
      note.endedAt = Date.now();
      note.accepted = response.statusCode < 300;
      if (note.accepted) this.accepted += 1;
    });
    answer(request, response, this.#calm ? {} : this.behave(this.prng));
  }

  #note({ headers }, body) {
    this.requests += 1;
    const id = headers['webhook-id'];
    let event = this.received.get(id);
    if (!event) {
      event = { ...markOf(JSON.parse(body.toString('utf8'))), requests: [] };
      this.received.set(id, event);
    }
    const note = {
      at: Date.now(),
      endedAt: null,
      accepted: false,
      attempt: Number(headers['x-posthorn-attempt']),
      sender: headers['x-chaos-sender'] ?? null,
      bodyHash: createHash('sha256').update(body).digest('base64url'),
    };
    event.requests.push(note);
    return note;
  }
}

function answer(request, response, { delayMs = 0, status = 200, headers = {}, drop, hang = false }) {
  if (hang) return;
  if (drop === 'before') {
    request.socket.destroy();
    return;
  }
  if (drop === 'midway') {
    response.writeHead(200, { 'content-length': PROMISED_BYTES });
    response.write('some of it', () => request.socket.destroy());
    return;
  }
  const send = () => response.writeHead(status, headers).end('thanks');
  if (delayMs > 0) setTimeout(send, delayMs);
  else send();
}
