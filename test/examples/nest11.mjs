import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where a process requires the package and imports it, it has one copy. */
const BOTH = `import('posthorn').then(async (ours) => {
  const { WebhookPublisher } = require('posthorn');
  const { flush } = await import('posthorn/testing');
  if (ours.WebhookPublisher !== WebhookPublisher || flush !== require('posthorn/testing').flush) process.exit(1);
})`;

/** A test as ES modules, of a host that wrote no setting of Jest. */
const ES_TEST = `import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WebhookPublisher, Webhooks, webhooksEntities, WebhooksModule, verifyWebhook } from 'posthorn';
import { catchRequests, expectAnnounced, flush } from 'posthorn/testing';
import { DataSource } from 'typeorm';

test('sends what was announced, in Jest with ES modules', async () => {
  const database = { type: 'better-sqlite3', database: ':memory:', entities: webhooksEntities(), synchronize: true };
  const secretsKey = Buffer.alloc(32, 1).toString('base64');
  const app = await Test.createTestingModule({
    imports: [
      TypeOrmModule.forRoot(database),
      WebhooksModule.forRoot({ secretsKey, migrate: true, controllers: false, worker: false }),
    ],
  }).compile();
  await app.init();
  const catcher = catchRequests(app);
  const me = { tenant: null, scopes: ['*'] };
  const webhook = { name: 'crm', url: 'https://crm.example/', headers: {}, events: ['*'] };
  const { secret } = await app.get(Webhooks).create(me, webhook);
  await app.get(DataSource).transaction((manager) =>
    app.get(WebhookPublisher).publish(manager, { type: 'ticket.opened', data: { id: 1 } }),
  );
  await expectAnnounced(app, { type: 'ticket.opened', data: { id: 1 } });
  await flush(app);
  expect(verifyWebhook({ ...catcher.requests[0], secrets: secret })).toMatchObject({ event: 'ticket.opened' });
  await app.close();
});
`;

const OPEN = /The desk is open at (\S+)/;
const AS_ADMIN = { headers: { authorization: 'Bearer the-token-of-a-desk' } };

/** What a CommonJS host on NestJS 11, without an emitter and a schedule of its own, must see. */
export async function nest11({ start, receiver, step, folder }) {
  let desk;
  const env = { ADMIN_TOKEN: 'the-token-of-a-desk' };

  await step('starts against MySQL, loaded by require()', async () => {
    desk = await start(env, OPEN);
  });

  await step('Posthorn’s own tokens open the admin routes', async () => {
    assert.equal((await desk.call('GET', '/admin/webhooks')).status, 401);
    const body = { name: 'crm', url: receiver.url, headers: {}, events: ['*'] };
    const made = await desk.call('POST', '/admin/webhooks', { ...AS_ADMIN, body });
    assert.equal(made.status, 201, made.text);
  });

  await step('a ticket that is committed arrives; one that is rolled back does not', async () => {
    assert.equal((await desk.call('POST', '/tickets?fail')).status, 500);
    assert.equal((await desk.call('POST', '/tickets')).status, 201);
    const [body] = await receiver.received(1);
    assert.equal(body.event, 'ticket.opened');
    assert.equal(receiver.bodies().length, 1);
  });

  await step('killed and started again, it finds its tables as they are', async () => {
    await desk.kill();
    desk = await start(env, OPEN);
    assert.equal((await desk.call('POST', '/tickets')).status, 201);
    await receiver.received(2);
    const history = await desk.call('GET', '/admin/deliveries?state=succeeded', AS_ADMIN);
    assert.equal(history.status, 200, history.text);
  });

  await step('Jest as Nest 11 sets it up runs its tests, without a setting for Posthorn', async () => {
    await run('npm', ['test', '--', '--ci'], { cwd: folder });
  });

  await step('Jest with ES modules runs a test, without a setting', async () => {
    const at = join(folder, 'es-modules');
    await mkdir(at);
    await writeFile(join(at, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(join(at, 'announces.test.js'), ES_TEST);
    const jest = join(folder, 'node_modules/jest/bin/jest.js');
    await run(process.execPath, ['--experimental-vm-modules', jest, '--ci'], { cwd: at });
  });

  await step('require() and import() in one process give the same classes', async () => {
    await run(process.execPath, ['--require', 'reflect-metadata', '-e', BOTH], { cwd: folder });
  });
}
