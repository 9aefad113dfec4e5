import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Injectable, SetMetadata } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { EMITTER, SCHEDULE } from '../../src/host/tokens.js';
import { EventNotRecordedError } from '../../src/events/announce.js';
import { WebhookEvent } from '../../src/events/webhook-event.js';
import { AdmissionMonitor } from '../../src/delivery/admission/admission-monitor.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { WebhookPublisher } from '../../src/app/embedded/webhook-publisher.js';
import { WebhooksModule } from '../../src/app/embedded/webhooks.module.js';
import { webhooksEntities } from '../../src/app/embedded/webhooks-entities.js';
import { EventRefusedError } from '../../src/index.js';
import type { HostCaller } from '../../src/app/embedded/host-caller.js';
import { flush } from '../../src/testing/flush.js';
import { WebhooksController } from '../../src/webhooks/rest/webhooks.controller.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { SILENT, TEST_SECRETS_KEY } from '../support/start-app.js';
import { createWebhook, deliveries } from '../support/webhooks.js';
import { type HostApp, type HostAppOptions, startHost, Webhook } from './host-app.js';

describeOnAnyDatabase('Inside a host', (kind) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let host: HostApp | null = null;

  const start = async (options: Omit<HostAppOptions, 'databaseUrl'> = {}) => {
    host = await startHost({ databaseUrl: database.url, ...options });
    return host;
  };

  beforeEach(async () => {
    database = await kind.createEmpty();
    receiver = await startReceiver();
  });

  afterEach(async () => {
    await host?.close();
    host = null;
    await receiver.close();
    await database.drop();
  });

  it('a change that the host’s service commits arrives; one that it rolls back does not', async () => {
    const { app, http } = await start();
    await createWebhook(http, receiver.url, { events: ['order.shipped', '*'] }).catch(() => undefined);
    await createWebhook(http, receiver.url);
    const dataSource = app.get(DataSource);
    const publisher = app.get(WebhookPublisher);
    await dataSource.transaction((manager) =>
      publisher.publish(manager, { type: 'order.shipped', data: { order: 1 }, key: '1' }),
    );
    await dataSource
      .transaction(async (manager) => {
        await publisher.publish(manager, { type: 'order.shipped', data: { order: 2 }, key: '2' });
        throw new Error('The host changed its mind.');
      })
      .catch(() => undefined);
    await dataSource.transaction((manager) =>
      publisher.publish(manager, { type: 'order.shipped', data: { order: 3 }, key: '3' }),
    );
    const requests = await receiver.received(2);
    expect(requests.map((request) => request.json()['data']).toSorted(byOrder)).toEqual([
      { order: 1 },
      { order: 3 },
    ]);
  });

  it('an event that is emitted in a transaction is recorded in it', async () => {
    const { app, http } = await start({ imports: [EventEmitterModule.forRoot()] });
    await createWebhook(http, receiver.url);
    const emitter = app.get(EventEmitter2);
    await app
      .get(DataSource)
      .transaction((manager) =>
        emitter.emitAsync(
          'order.shipped',
          new WebhookEvent({ type: 'order.shipped', data: { n: 1 } }, manager),
        ),
      );
    const [request] = await receiver.received(1);
    expect(request?.json()).toMatchObject({ event: 'order.shipped', data: { n: 1 } });
  });

  it.each([
    ['wildcards and another delimiter', { wildcard: true, delimiter: '/' }],
    ['no wildcards', { wildcard: false }],
  ])('an emitter with %s loses nothing', async (_, options) => {
    const { app, http } = await start({ imports: [EventEmitterModule.forRoot(options)] });
    await createWebhook(http, receiver.url);
    await app
      .get(DataSource)
      .transaction((manager) =>
        app
          .get(EventEmitter2)
          .emitAsync('order/shipped', new WebhookEvent({ type: 'order.shipped', data: { n: 1 } }, manager)),
      );
    expect(await receiver.received(1)).toHaveLength(1);
  });

  it('an event that nobody heard keeps its transaction from being committed', async () => {
    const { app } = await start();
    const dataSource = app.get(DataSource);
    const elsewhere = new EventEmitter2();
    const change = dataSource.transaction(async (manager) => {
      await manager.insert(Webhook, { name: 'lost?' });
      await elsewhere.emitAsync(
        'order.shipped',
        new WebhookEvent({ type: 'order.shipped', data: {} }, manager),
      );
    });
    await expect(change).rejects.toThrow(EventNotRecordedError);
    expect(await dataSource.manager.count(Webhook)).toBe(0);
  });

  describe('an entity that emits webhooks', () => {
    it('tells what became of it, with what it was before, and never what is private', async () => {
      const { app, http } = await start();
      await createWebhook(http, receiver.url, { events: ['hook.*'] });
      const { manager } = app.get(DataSource);
      const hook = await manager.save(Object.assign(new Webhook(), { name: 'a', password: 'hidden' }));
      await receiver.received(1);
      hook.name = 'b';
      await manager.save(hook);
      await receiver.received(2);
      await manager.remove(hook);
      const requests = await receiver.received(3);
      expect(requests.map((request) => request.json())).toMatchObject([
        { event: 'hook.create', model: 'hook', data: { id: 1, name: 'a', total: 0 } },
        { event: 'hook.update', model: 'hook', data: { id: 1, name: 'b', total: 0 } },
        { event: 'hook.delete', model: 'hook', data: { id: 1, name: 'b' } },
      ]);
      expect(requests.map(({ body }) => body.toString()).join()).not.toContain('hidden');
    });

    it('tells nothing of a change that is rolled back, and nothing where nothing changed', async () => {
      const { app, http } = await start();
      await createWebhook(http, receiver.url);
      const dataSource = app.get(DataSource);
      await dataSource
        .transaction(async (manager) => {
          await manager.save(Object.assign(new Webhook(), { name: 'a' }));
          throw new Error('No.');
        })
        .catch(() => undefined);
      const kept = await dataSource.manager.save(Object.assign(new Webhook(), { name: 'kept' }));
      await dataSource.manager.save(kept);
      await receiver.received(1);
      await eventually(async () => expect(await deliveries(http, '?state=pending')).toEqual([]));
      expect(receiver.requests.map((request) => (request.json()['data'] as { name: string }).name)).toEqual([
        'kept',
      ]);
    });

    it('cannot be inserted outside of a transaction', async () => {
      const { app } = await start();
      const { manager } = app.get(DataSource);
      await expect(manager.insert(Webhook, { name: 'a' })).rejects.toThrow(
        'only be written in a transaction',
      );
      expect(await manager.count(Webhook)).toBe(0);
    });
  });

  it('an event is recorded in the transaction that the host says is open', async () => {
    const open = new AsyncLocalStorage<EntityManager>();
    const { app, http } = await start({
      module: { manager: () => open.getStore() ?? app.get(DataSource).manager },
    });
    await createWebhook(http, receiver.url);
    const ship = (order: number, changesItsMind: boolean) =>
      app.get(DataSource).transaction((manager) =>
        open.run(manager, async () => {
          await app.get(WebhookPublisher).publish({ type: 'order.shipped', data: { order } });
          if (changesItsMind) throw new Error('The host changed its mind.');
        }),
      );
    await expect(ship(1, true)).rejects.toThrow('The host changed its mind.');
    await ship(2, false);
    const [request] = await receiver.received(1);
    expect(request?.json()).toMatchObject({ event: 'order.shipped', data: { order: 2 } });
    await eventually(async () => expect(await deliveries(http, '?state=pending')).toEqual([]));
    expect(receiver.requests).toHaveLength(1);
  });

  it('publishing without a manager is refused with a sentence where nobody knows the transaction', async () => {
    const { app } = await start();
    await expect(app.get(WebhookPublisher).publish({ type: 'a.b', data: {} })).rejects.toThrow(
      'Give it the manager',
    );
  });

  it('the host’s guard, prefix and decorators are on the admin routes, and on nobody else’s', async () => {
    const { http, anonymous } = await start({ module: { routePrefix: '/internal/hooks' } });
    await http.get('/internal/hooks/admin/webhooks').expect(200, { data: [] });
    await anonymous.get('/internal/hooks/admin/webhooks').expect(403);
    await http.get('/admin/webhooks').expect(404);
    const refused = await http.post('/internal/hooks/admin/webhooks').send({}).expect(400);
    expect((refused.body as { error: { name: string } }).error.name).toBe('ValidationError');
  });

  it('the host’s decorators are on each of our controllers, and on ours of nobody else', async () => {
    const { app } = await start({ module: { decorators: [SetMetadata('host.mark', 'ours')] } });
    const controllers = [...app.get(ModulesContainer).values()].flatMap((module) =>
      [...module.controllers.values()].flatMap(({ metatype }) => metatype ?? []),
    );
    expect(controllers.length).toBeGreaterThan(5);
    for (const controller of controllers) expect(Reflect.getMetadata('host.mark', controller)).toBe('ours');
    expect(Reflect.getMetadata('host.mark', WebhooksController)).toBeUndefined();
  });

  it('the testing kit delivers all that is due, when a test says so', async () => {
    const { app, http } = await start({ module: { worker: false } });
    await createWebhook(http, receiver.url);
    await app
      .get(DataSource)
      .transaction((manager) => app.get(WebhookPublisher).publish(manager, { type: 'a.b', data: { n: 1 } }));
    expect(receiver.requests).toHaveLength(0);
    await flush(app);
    expect(receiver.requests.map((request) => request.json()['data'])).toEqual([{ n: 1 }]);
  });

  it('the caller is whom the host says', async () => {
    const { http } = await start({
      module: { caller: () => ({ name: 'acme', tenant: 'acme', scopes: ['*'] }) },
    });
    const { id } = await createWebhook(http, receiver.url);
    const shown = await http.get(`/admin/webhooks/${id}`).expect(200);
    expect((shown.body as { data: { tenant: string } }).data.tenant).toBe('acme');
  });

  it('the caller is waited for, and refused in words where the host leaves out what it may see or do', async () => {
    let caller: unknown = Promise.resolve({ tenant: 'acme', scopes: ['*'] });
    const { http } = await start({ module: { caller: () => caller as HostCaller } });
    const { id } = await createWebhook(http, receiver.url);
    const session = await http.get('/admin/session').expect(200);
    expect((session.body as { data: object }).data).toMatchObject({ name: 'host', tenant: 'acme' });

    const returned = [undefined, null, {}, { scopes: ['*'] }, { tenant: 'acme' }, { tenant: 7, scopes: [] }];
    for (caller of [...returned, ...returned.map((one) => Promise.resolve(one))]) {
      const { body } = await http.get(`/admin/webhooks/${id}`).expect(403);
      expect((body as { error: { message: string } }).error.message).toMatch(
        /^The request is refused, because the option "caller" of WebhooksModule must return /,
      );
    }
    caller = { tenant: null, scopes: [] };
    await http.get(`/admin/webhooks/${id}`).expect(200);
  });

  it.each([null, 'everything', { tenant: null, scopes: ['*'] }])(
    'the start is refused where the option "caller" is no function: %j',
    async (caller) => {
      await expect(start({ module: { caller: caller as never } })).rejects.toThrow(
        /^WebhooksModule: "caller" must be a function, and is /,
      );
    },
  );

  it('a page of another site changes nothing with the host’s sign-in, and one that the host allows does', async () => {
    const { http } = await start({ module: { http: { corsOrigins: ['https://admin.example.com'] } } });
    const { id } = await createWebhook(http, receiver.url);
    const hook = { name: 'a', url: receiver.url, headers: {}, events: ['*'] };
    const evil = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
    await http.post('/admin/webhooks').set(evil).send(hook).expect(403);
    await http.post('/admin/webhooks').type('form').send('name=a').expect(415);
    await http.post('/admin/webhooks').type('text').send(JSON.stringify(hook)).expect(415);
    await http.post(`/admin/webhooks/${id}/secret/rotate`).set(evil).expect(403);
    await http.delete(`/admin/webhooks/${id}`).set('Origin', 'https://evil.example').expect(403);
    const list = await http.get('/admin/webhooks').set(evil).expect(200);
    expect((list.body as { data: unknown[] }).data).toHaveLength(1);

    const own = { Origin: 'https://admin.example.com', 'Sec-Fetch-Site': 'cross-site' };
    await http.post('/admin/webhooks').set(own).send(hook).expect(201);
    await http.post(`/admin/webhooks/${id}/secret/rotate`).set('Sec-Fetch-Site', 'same-origin').expect(200);
  });

  it.each([
    ['127.0.0.0/8', [expect.stringMatching(/^Webhooks may reach this machine: .*"127\.0\.0\.0\/8"/)]],
    ['', []],
  ])('the log says at the start whether webhooks may reach this machine: %j', async (networks, expected) => {
    const warned: string[] = [];
    await start({
      module: { webhooks: { allowedNetworks: networks } },
      logger: { ...SILENT, warn: (message: string) => void warned.push(message) },
    });
    expect(warned.filter((line) => line.includes('this machine'))).toEqual(expected);
  });

  it('Posthorn’s own tokens open the admin routes where the host wants that', async () => {
    const { anonymous, http } = await start({
      module: { guards: [], adminTokens: true, adminToken: 'a-token-of-the-hosts-environment' },
    });
    await http.get('/admin/webhooks').expect(401);
    await anonymous
      .get('/admin/tokens')
      .set('Authorization', 'Bearer a-token-of-the-hosts-environment')
      .expect(200, { data: [] });
  });

  it('there are no admin routes where the host wants none', async () => {
    const { http } = await start({ module: { controllers: false, guards: [] } });
    await http.get('/admin/webhooks').expect(404);
  });

  it('a data source that has a name is found by it', async () => {
    const { app, http } = await start({ dataSource: 'orders' });
    await createWebhook(http, receiver.url);
    await app
      .get<DataSource>(getDataSourceToken('orders'))
      .transaction((manager) => app.get(WebhookPublisher).publish(manager, { type: 'a.b', data: {} }));
    expect(await receiver.received(1)).toHaveLength(1);
  });

  it('a node whose worker is off records and never sends; one without routes sends what it recorded', async () => {
    const { app, http } = await start({ module: { worker: false } });
    await createWebhook(http, receiver.url);
    await app
      .get(DataSource)
      .transaction((manager) => app.get(WebhookPublisher).publish(manager, { type: 'a.b', data: {} }));
    expect(app.get(DeliveryWorker, { strict: false }).inFlight).toBe(0);
    await host?.close();
    expect(receiver.requests).toHaveLength(0);
    await start({ module: { controllers: false, guards: [] } });
    expect(await receiver.received(1)).toHaveLength(1);
  });

  it('past a bound publish throws a typed error, and an entity that emits is not saved', async () => {
    const { app } = await start({ module: { worker: false, limits: { pendingDeliveries: 1 } } });
    const dataSource = app.get(DataSource);
    const publisher = app.get(WebhookPublisher);
    await dataSource.transaction((manager) => publisher.publish(manager, { type: 'a.b', data: {} }));
    await app.get(AdmissionMonitor, { strict: false }).read();

    const change = dataSource.transaction((manager) =>
      publisher.publish(manager, { type: 'a.b', data: {} }).catch((error: unknown) => error),
    );
    // The host caught it, so it decided that the change goes without its event.
    expect(await change).toMatchObject({
      name: 'EventRefusedError',
      bound: 'pendingDeliveries',
      status: 503,
    });
    const save = dataSource.manager.save(Object.assign(new Webhook(), { name: 'a' }));
    await expect(save).rejects.toThrow(EventRefusedError);
    expect(await dataSource.manager.count(Webhook)).toBe(0);
  });

  it('nothing that is the host’s happens twice: its emitter and its schedule are used', async () => {
    const { app } = await start({
      imports: [EventEmitterModule.forRoot(), ScheduleModule.forRoot()],
      providers: [HostHandlers],
    });
    await app.get(EventEmitter2).emitAsync('host.event', {});
    expect(app.get(HostHandlers).heard).toBe(1);
    expect(app.get(EMITTER, { strict: false })).toBe(app.get(EventEmitter2));
    expect(app.get(SCHEDULE, { strict: false })).toBe(app.get(SchedulerRegistry));
    const intervals = app.get(SchedulerRegistry).getIntervals();
    expect(intervals.filter((name) => name === 'host.interval')).toHaveLength(1);
    expect(intervals.filter((name) => name.startsWith('posthorn.')).length).toBeGreaterThan(3);
  });

  it('tables of ours meet none of the host’s', async () => {
    const { app } = await start();
    const runner = app.get(DataSource).createQueryRunner();
    try {
      expect((await runner.getTable('webhooks'))?.columns.map(({ name }) => name)).toEqual([
        'id',
        'name',
        'total',
        'password',
      ]);
      expect(await runner.hasTable('posthorn_webhooks')).toBe(true);
      expect(await runner.hasTable('files')).toBe(false);
      expect(await runner.hasTable('posthorn_files')).toBe(false);
    } finally {
      await runner.release();
    }
  });
});

describe('A module that would be open to everyone', () => {
  it('is refused when it is defined', () => {
    expect(() => WebhooksModule.forRoot({ secretsKey: TEST_SECRETS_KEY })).toThrow('open to everyone');
  });
});

describe('The entities for a host', () => {
  it('have a prefix, and keep out of synchronize', () => {
    for (const { options } of webhooksEntities('x_')) {
      expect(options.tableName).toMatch(/^x_/);
      expect(options.synchronize).toBe(false);
    }
  });
});

@Injectable()
class HostHandlers {
  heard = 0;

  @OnEvent('host.event')
  hear(): void {
    this.heard += 1;
  }

  @Interval('host.interval', 60_000)
  tick(): void {
    this.heard += 0;
  }
}

function byOrder(one: unknown, other: unknown): number {
  return (one as { order: number }).order - (other as { order: number }).order;
}
