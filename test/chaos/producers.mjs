import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { deleteMark, UNRECORDABLE } from './marks.mjs';

const ENTRIES = '/api/addresses';
/** After a 5xx a producer waits so long, milliseconds. */
const UNAVAILABLE_MS = 100;
/** How many entries everybody changes, so that changes of one entry overlap. */
const SHARED_ENTRIES = 5;
const SHARED_SHARE = 0.1;
/** Changes come in waves, one so often, milliseconds: blows, which follow changes, then fall where many are under way. */
const WAVE_MS = 1_000;

/** What a producer does, and how often. */
const ACTIONS = [
  [0.32, 'create'],
  [0.18, 'update'],
  [0.08, 'remove'],
  // An ordered webhook gets the changes of entries, so that only published events go out from memory.
  [0.34, 'publish'],
  [0.02, 'twins'],
  [0.06, 'beRefused'],
];

/** Writers that change entries and publish events until enough is acknowledged, and note every outcome. */
export class Producers {
  #ended = false;
  #shared = [];
  #marks = 0;

  /** @param pace how long it is to take at the least, milliseconds: the changes are spread over it */
  constructor({ fleet, api, ledger, prng, count, changes, paceMs }) {
    Object.assign(this, { fleet, api, ledger, prng, count, changes, paceMs });
  }

  /** Resolves when so many changes are acknowledged, or {@link end} was called. */
  async run() {
    this.startedAt = Date.now();
    const alone = { own: [] };
    for (let n = 0; n < SHARED_ENTRIES; n += 1) await this.create(alone);
    this.#shared = alone.own;
    await Promise.all(Array.from({ length: this.count }, () => this.#produce()));
  }

  end() {
    this.#ended = true;
  }

  async #produce() {
    const producer = { own: [] };
    while (!this.#ended && this.ledger.acknowledged < this.changes) {
      await this.#pace();
      await this[this.#action()](producer);
    }
  }

  async #pace() {
    for (;;) {
      const waves = Math.ceil((Date.now() - this.startedAt) / WAVE_MS);
      const allowed = ((waves * WAVE_MS) / this.paceMs) * this.changes;
      if (this.#ended || this.ledger.acknowledged <= allowed) return;
      await wait(this.prng.between(5, 30));
    }
  }

  #action() {
    let share = this.prng.next();
    for (const [part, name] of ACTIONS) {
      share -= part;
      if (share < 0) return name;
    }
    return 'create';
  }

  async create({ own }, code = null) {
    const mark = this.#mark('create');
    const data = { city: 'Paris', full_name: mark, code: code ?? mark };
    const { outcome, body, ...details } = await this.#send('POST', ENTRIES, { data });
    this.ledger.note(mark, 'entry.create', outcome, { entryId: body?.data?.id ?? null, ...details });
    if (outcome === 'acknowledged') own.push({ id: body.data.id, code: data.code });
    return outcome;
  }

  async update(producer) {
    const entry = this.prng.pick(this.prng.chance(SHARED_SHARE) ? this.#shared : producer.own);
    if (!entry) return;
    const mark = this.#mark('update');
    const data = { full_name: mark };
    const { outcome, body: _, ...details } = await this.#send('PUT', `${ENTRIES}/${entry.id}`, { data });
    this.ledger.note(mark, 'entry.update', outcome, { entryId: entry.id, ...details });
  }

  async remove({ own }) {
    if (own.length === 0) return;
    const [entry] = own.splice(Math.floor(this.prng.next() * own.length), 1);
    const { outcome, body: _, ...details } = await this.#send('DELETE', `${ENTRIES}/${entry.id}`);
    this.ledger.note(deleteMark(entry.id), 'entry.delete', outcome, { entryId: entry.id, ...details });
  }

  /** An event with an idempotency key: asked for again until it is answered, it is recorded once. */
  async publish() {
    const mark = this.#mark('publish');
    const key = { 'idempotency-key': randomUUID() };
    const event = { type: 'chaos.happened', data: { mark }, key: mark };
    let outcome;
    do {
      ({ outcome } = await this.#send('POST', '/admin/events', event, key));
      this.ledger.note(mark, event.type, outcome);
    } while (outcome === 'unknown' && !this.#ended);
  }

  /** Two at once for one unique value: at most one of them may happen. */
  async twins(producer) {
    const code = this.#mark('code');
    const outcomes = await Promise.all([this.create(producer, code), this.create(producer, code)]);
    if (outcomes.every((outcome) => outcome === 'acknowledged')) {
      this.ledger.misanswered.push(`two entries were created with the unique value ${code}`);
    }
  }

  /** What is invalid, whose unique value is taken, whose entry is not there, or whose event cannot be recorded. */
  async beRefused({ own }) {
    const mark = this.#mark('refused');
    const unrecordable = this.#mark(UNRECORDABLE);
    const taken = this.prng.pick(own);
    const [method, path, data] = this.prng.pick([
      ['POST', ENTRIES, { full_name: mark }],
      ['POST', ENTRIES, { city: 7, full_name: mark }],
      ['PUT', `${ENTRIES}/2000000000`, { full_name: mark }],
      ['POST', ENTRIES, { city: 'Paris', full_name: mark, code: taken?.code ?? this.#shared[0]?.code }],
      ['POST', ENTRIES, { city: 'Paris', full_name: unrecordable, code: unrecordable }],
    ]);
    // Whatever is answered, and also where no answer comes, this must not happen.
    const type = method === 'POST' ? 'entry.create' : 'entry.update';
    this.ledger.note(data.full_name, type, 'refused');
    const { outcome } = await this.#send(method, path, { data });
    if (outcome === 'acknowledged') this.ledger.misanswered.push(`${data.full_name} was not refused`);
  }

  async #send(method, path, body, headers) {
    let baseUrl = this.prng.pick(this.fleet.urls());
    while (!baseUrl && !this.#ended) {
      await wait(50);
      baseUrl = this.prng.pick(this.fleet.urls());
    }
    const sentAt = Date.now();
    if (!baseUrl) return { outcome: 'unknown', body: null, status: null, sentAt, answeredAt: sentAt };
    const { status, body: answer } = await this.api.send(baseUrl, method, path, body, headers);
    const answeredAt = Date.now();
    this.ledger.count(status);
    if (status >= 500) await wait(UNAVAILABLE_MS);
    return { outcome: outcomeOf(status), body: answer, status, sentAt, answeredAt };
  }

  #mark(kind) {
    this.#marks += 1;
    return `${kind}-${this.#marks}`;
  }
}

function outcomeOf(status) {
  if (status === null || status >= 500) return 'unknown';
  return status < 300 ? 'acknowledged' : 'refused';
}
