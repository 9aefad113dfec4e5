// What is usually made by hand: a queue on Redis, a worker that signs and posts with axios, retries by the queue.
import { createHmac } from 'node:crypto';
import { Agent } from 'node:http';
import axios from 'axios';
import { Queue, Worker } from 'bullmq';
import { serveParent } from '../parts/child.mjs';
import { bodyOf } from '../parts/recorded-events.mjs';

const CONCURRENCY = 64;
const JOBS_AT_A_TIME = 500;
const QUEUE = 'webhooks';
const SECRET = Buffer.alloc(32, 7);

const jobOptions = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 5_000 },
  removeOnComplete: true,
};

let worker;

serveParent({
  async enqueue({ port, url, count }) {
    const queue = new Queue(QUEUE, { connection: { host: '127.0.0.1', port } });
    await queue.waitUntilReady();
    await queue.pause();
    const from = performance.now();
    for (let n = 0; n < count; n += JOBS_AT_A_TIME) {
      const jobs = Array.from({ length: Math.min(JOBS_AT_A_TIME, count - n) }, (_, i) => ({
        name: 'entry.create',
        data: { id: `evt_${n + i}`, url, event: JSON.parse(bodyOf(n + i, Date.now())) },
        opts: jobOptions,
      }));
      await queue.addBulk(jobs);
    }
    const ms = performance.now() - from;
    await queue.close();
    process.send({ type: 'enqueued', ms });
  },

  /** Lets go what is enqueued. */
  async deliver({ port }) {
    worker ??= startWorker(port);
    const queue = new Queue(QUEUE, { connection: { host: '127.0.0.1', port } });
    await queue.resume();
    await queue.close();
  },
});

function startWorker(port) {
  const client = axios.create({
    httpAgent: new Agent({ keepAlive: true, maxSockets: CONCURRENCY }),
    timeout: 10_000,
  });
  const started = new Worker(
    QUEUE,
    async ({ data }) => {
      const body = JSON.stringify(data.event);
      const timestamp = Math.floor(Date.now() / 1000);
      const signature = createHmac('sha256', SECRET)
        .update(`${data.id}.${timestamp}.${body}`)
        .digest('base64');
      await client.post(data.url, body, {
        headers: {
          'Content-Type': 'application/json',
          'webhook-id': data.id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': `v1,${signature}`,
        },
      });
    },
    { connection: { host: '127.0.0.1', port, maxRetriesPerRequest: null }, concurrency: CONCURRENCY },
  );
  started.on('error', (error) => process.send({ type: 'failed', reason: error.stack }));
  return started;
}
