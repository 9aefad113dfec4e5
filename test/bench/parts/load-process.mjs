// Makes entries or events over REST, in a process of its own.
import { Pool } from 'undici';
import { now } from '../clock.mjs';
import { serveParent } from './child.mjs';
import { addressOf } from './recorded-events.mjs';

const TICK_MS = 1;
/** More than an open loop needs unless the server is drowning. */
const OPEN_CONNECTIONS = 128;

const eventOf = (n) => ({ type: 'bench.made', data: addressOf(n) });

/** What may be made: the body of a request, by the number of the first that is made in it. */
const KINDS = {
  entry: { path: '/api/addresses', status: 201, size: 1, bodyOf: (n) => ({ data: addressOf(n) }) },
  event: { path: '/admin/events', status: 202, size: 1, bodyOf: eventOf },
  'events by 100': {
    path: '/admin/events',
    status: 202,
    size: 100,
    bodyOf: (n) => Array.from({ length: 100 }, (_, i) => eventOf(n + i)),
  },
};

async function make({ path, status, bodyOf }, pool, token, n) {
  const answer = await pool.request({
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(bodyOf(n)),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== status) throw new Error(`POST ${path} answered ${answer.statusCode}: ${text}`);
}

serveParent({
  /** Each connection sends its next request when it has its answer. */
  async closed({ kind = 'entry', baseUrl, token, connections, warmUpMs, ms }) {
    const one = KINDS[kind];
    const pool = new Pool(baseUrl, { connections, pipelining: 1 });
    let made = 0;
    let answers = 0;
    const began = performance.now();
    const elapsed = () => performance.now() - began;
    const warm = setTimeout(() => process.send({ type: 'warm', answers }), warmUpMs);
    const loop = async () => {
      while (elapsed() < warmUpMs + ms) {
        const n = made;
        made += one.size;
        await make(one, pool, token, n);
        answers += one.size;
      }
    };
    await Promise.all(Array.from({ length: connections }, loop));
    clearTimeout(warm);
    process.send({ type: 'done', answers });
    await pool.close();
  },

  /** Requests go out by the clock, whether or not the ones before were answered. */
  async open({ kind = 'entry', baseUrl, tokens, perSecond, count, firstNumber }) {
    const pool = new Pool(baseUrl, { connections: OPEN_CONNECTIONS, pipelining: 1 });
    const times = [];
    const pending = [];
    const began = now();
    const one = async (n) => {
      const sentAt = now();
      await make(KINDS[kind], pool, tokens[n % tokens.length], n);
      times.push([n, sentAt, now()]);
    };
    await new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(count, Math.floor(((now() - began) * perSecond) / 1000));
        while (pending.length < due) pending.push(one(firstNumber + pending.length));
        if (pending.length < count) return;
        clearInterval(timer);
        resolve();
      }, TICK_MS);
    });
    await Promise.all(pending);
    process.send({ type: 'done', times });
    await pool.close();
  },
});
