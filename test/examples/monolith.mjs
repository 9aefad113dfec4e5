import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.mjs';

const run = promisify(execFile);
const OPEN = /The shop is open at (\S+)/;
const AS_ADMIN = { headers: { 'x-api-key': 'for-admins' } };

/** What a host with its own guard, prefix, emitter, schedule and transactions must see. */
export async function monolith({ start, receiver, step, folder }) {
  let shop;

  await step('starts against MySQL', async () => {
    shop = await start({}, OPEN);
  });

  await step('the host’s guard refuses, and the prefix holds', async () => {
    assert.equal((await shop.call('GET', '/internal/admin/webhooks')).status, 403);
    assert.equal((await shop.call('GET', '/admin/webhooks', AS_ADMIN)).status, 404);
    const body = { name: 'crm', url: receiver.url, headers: {}, events: ['*'] };
    const made = await shop.call('POST', '/internal/admin/webhooks', { ...AS_ADMIN, body });
    assert.equal(made.status, 201, made.text);
  });

  await step('an order that the host commits arrives, by the event emitter', async () => {
    assert.equal((await shop.call('POST', '/orders')).status, 201);
    const [body] = await receiver.received(1);
    assert.equal(body.event, 'order.placed');
    assert.deepEqual(body.data, { order: 1, total: 42 });
  });

  await step('one that it rolls back does not', async () => {
    assert.equal((await shop.call('POST', '/orders?fail')).status, 500);
  });

  await step(
    'what @Transactional() commits arrives, by the publisher; what it rolls back does not',
    async () => {
      assert.equal((await shop.call('POST', '/orders/1/ship?fail')).status, 500);
      assert.equal((await shop.call('POST', '/orders/1/ship')).status, 204);
      const bodies = await receiver.received(2);
      assert.deepEqual(bodies[1].data, { order: 1, carrier: 'post' });
    },
  );

  await step('an entity tells its own changes, and nothing that is private', async () => {
    assert.equal((await shop.call('POST', '/customers/Ada')).status, 201);
    const bodies = await receiver.received(4);
    const told = bodies.slice(2).toSorted((one, other) => (one.event < other.event ? -1 : 1));
    assert.deepEqual(
      told.map(({ event, data }) => ({ event, data })),
      [
        { event: 'customer.create', data: { id: 1, name: 'Ada', city: 'Paris' } },
        { event: 'customer.update', data: { id: 1, name: 'Ada', city: 'Lyon' } },
      ],
    );
    assert.ok(!JSON.stringify(bodies).includes('hunter2'));
  });

  await step('each of the host’s own handlers runs once', async () => {
    const { json } = await shop.call('GET', '/orders/counters');
    // One placed, one placed and rolled back; the tick comes once a second.
    assert.equal(json.placed, 2);
    assert.ok(json.ticks <= json.seconds + 1, JSON.stringify(json));
  });

  await step('killed between commit and send, it arrives after the restart', async () => {
    await shop.kill();
    const api = await start({ WORKER: 'off' }, OPEN);
    assert.equal((await api.call('POST', '/orders')).status, 201);
    await api.kill();
    assert.equal(receiver.bodies().length, 4);
  });

  await step('a worker node sends it, and listens to nothing', async () => {
    const worker = await start({ ROLE: 'worker' }, /The worker works/);
    const bodies = await receiver.received(5);
    assert.equal(bodies[4].event, 'order.placed');
    assert.equal(await listeningSockets(worker.pid), 0);
    await eventually(() => assert.equal(receiver.bodies().length, 5));
    assert.deepEqual(await worker.stop(), { code: null, signal: 'SIGTERM' });
  });

  await step('Vitest runs its tests, without a setting for Posthorn', async () => {
    await run('npm', ['test'], { cwd: folder });
  });
}

/** How many sockets a process listens at, as Linux tells. */
async function listeningSockets(pid) {
  const { readdir, readFile, readlink } = await import('node:fs/promises');
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  const listening = new Set(
    tables
      .flatMap((table) => table.split('\n').slice(1))
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === '0A')
      .map((columns) => `socket:[${columns[9]}]`),
  );
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => listening.has(link)).length;
}
