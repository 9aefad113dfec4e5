import assert from 'node:assert/strict';
import { join } from 'node:path';

const OPEN = /The store is open at (\S+)/;
const AS_ADMIN = { headers: { 'x-api-key': 'for-admins' } };

const EVERYWHERE = ['prisma', 'drizzle', 'kysely', 'knex', 'typeorm-0.3'];
const DATABASES = [
  { name: 'MySQL', env: () => ({}), names: [...EVERYWHERE, 'mysql2', 'sequelize'] },
  {
    name: 'SQLite',
    env: (folder) => ({ DATABASE_URL: `sqlite:${join(folder, 'store.db')}` }),
    names: EVERYWHERE,
  },
];

/** What a host must see that has no data source of TypeORM 1, with each client in turn. */
export async function clients({ start, receiver, step, folder }) {
  let arrived = 0;
  for (const { name: database, env, names } of DATABASES) {
    let store;
    const call = (path, expected) => async () => {
      const { status, text } = await store.call('POST', path);
      assert.equal(status, expected, text);
    };

    await step(`starts against ${database}, by a URL`, async () => {
      store = await start(env(folder), OPEN);
      const body = { name: 'crm', url: receiver.url, headers: {}, events: ['*'] };
      const made = await store.call('POST', '/admin/webhooks', { ...AS_ADMIN, body });
      assert.equal(made.status, 201, made.text);
    });

    for (const name of names) {
      await step(`${name}: a rollback takes the event with it, and a commit lets it go out`, async () => {
        await call(`/orders/${name}?fail`, 500)();
        await call(`/orders/${name}`, 204)();
        arrived += 1;
        const bodies = await receiver.received(arrived);
        assert.deepEqual(bodies.at(-1).data, { client: name, total: 42 });
        assert.equal(bodies.length, arrived);
      });
    }

    await step('what each committed before a kill goes out after the restart', async () => {
      await store.kill();
      store = await start({ ...env(folder), WORKER: 'off' }, OPEN);
      for (const name of names) await call(`/orders/${name}`, 204)();
      await store.kill();
      assert.equal(receiver.bodies().length, arrived);
      store = await start(env(folder), OPEN);
      const bodies = await receiver.received(arrived + names.length);
      const told = bodies.slice(arrived).map(({ data }) => data.client);
      assert.deepEqual(told.toSorted(), names.toSorted());
      arrived = bodies.length;
      await store.stop();
    });
  }
}
