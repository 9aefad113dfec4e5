import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { HostCaller } from '../../src/app/embedded/host-caller.js';
import { WebhookPublisher } from '../../src/app/embedded/webhook-publisher.js';
import { webhooksEntities } from '../../src/app/embedded/webhooks-entities.js';
import type { WebhooksModuleOptions } from '../../src/app/embedded/webhooks-module-options.js';
import { WebhooksModule } from '../../src/app/embedded/webhooks.module.js';
import { Deliveries } from '../../src/app/embedded/services/deliveries.js';
import { Webhooks } from '../../src/app/embedded/services/webhooks.js';
import {
  catchRequests,
  Clock,
  expectAnnounced,
  flush,
  listAnnounced,
  ManualClock,
  RecordingPublisher,
  startReceiver,
} from '../../src/testing/index.js';
import { verifyWebhook } from '../../src/verification/verify-webhook.js';
import { TEST_SECRETS_KEY } from '../support/start-app.js';

const ME: HostCaller = { tenant: null, scopes: ['*'] };
const A_MINUTE = 60_000;

// The types of a host: what the package publishes is what a service may be given.
const standIn: Pick<WebhookPublisher, 'publish' | 'wake'> = new RecordingPublisher();

describe('The kit for tests of a host', () => {
  let host: TestingModule;
  let clock: ManualClock;

  const start = async (options: Partial<WebhooksModuleOptions> = {}) => {
    clock = new ManualClock();
    @Module({
      imports: [
        TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', entities: webhooksEntities() }),
        WebhooksModule.forRoot({
          secretsKey: TEST_SECRETS_KEY,
          migrate: true,
          controllers: false,
          worker: false,
          ...options,
        }),
      ],
    })
    class HostsModule {}
    host = await Test.createTestingModule({ imports: [HostsModule] })
      .overrideProvider(Clock)
      .useValue(clock)
      .compile();
    await host.init();
  };

  afterEach(() => host.close());

  const register = async (url: string) =>
    host.get(Webhooks).create(ME, { name: 'crm', url, headers: {}, events: ['*'] });
  const place = (total: number, fails = false) =>
    host.get(DataSource).transaction(async (manager) => {
      await host.get(WebhookPublisher).publish(manager, { type: 'order.placed', data: { total }, key: '7' });
      if (fails) throw new Error('changed my mind');
    });

  it('needs no setting: SQLite in memory, and a receiver on this machine', async () => {
    await start();
    const receiver = await startReceiver();
    try {
      const { secret } = await register(receiver.url);
      await expect(place(1, true)).rejects.toThrow('changed my mind');
      await place(2);
      await flush(host);
      expect(receiver.requests).toHaveLength(1);
      const { headers, body } = receiver.requests[0]!;
      expect(verifyWebhook({ secrets: secret, headers, body })).toMatchObject({ data: { total: 2 } });
    } finally {
      await receiver.close();
    }
  });

  it('has its own database in memory for each application', async () => {
    await start();
    const first = host;
    await place(1);
    await start();
    expect(await listAnnounced(host)).toEqual([]);
    expect(await listAnnounced(first)).toHaveLength(1);
    await first.close();
  });

  it('delivers without a socket, to any name, signed and recorded as always', async () => {
    await start();
    const catcher = catchRequests(host);
    const { id, secret } = await register('https://crm.example/hooks?of=orders');
    catcher.answer([503, 200]);
    await place(1);
    await flush(host);
    expect(catcher.requests).toHaveLength(1);
    clock.advance(A_MINUTE);
    await flush(host);
    const [first, second] = await catcher.received(2);
    expect(second?.path).toBe('https://crm.example/hooks?of=orders');
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    const { headers = {}, body = '' } = second ?? {};
    expect(verifyWebhook({ secrets: secret, headers, body, now: clock.now() })).toEqual(first?.json());
    const { data } = await host.get(Deliveries).list(ME, { webhookId: id });
    expect(data).toMatchObject([{ state: 'succeeded', attemptCount: 2, lastStatusCode: 200 }]);
  });

  it('answers as a test says: a body and headers, a failing connection, or not in time', async () => {
    await start({ webhooks: { timeoutMs: 1000 } });
    const catcher = catchRequests(host);
    await register('https://crm.example/hooks');
    catcher.answer(() => ({ status: 429, headers: { 'Retry-After': '120' }, body: 'later' }));
    await place(1);
    await flush(host);
    catcher.answer(() => {
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    });
    clock.advance(3 * A_MINUTE);
    await flush(host);
    catcher.answer(() => ({ hang: true }));
    clock.advance(60 * A_MINUTE);
    await flush(host);
    const [delivery] = (await host.get(Deliveries).list(ME)).data;
    const { attempts } = await host.get(Deliveries).get(ME, delivery?.id ?? '');
    expect(attempts).toMatchObject([
      { statusCode: 429, responseHeaders: { 'retry-after': '120' }, responseBody: 'later' },
      { statusCode: null, error: expect.stringContaining('socket hang up') as unknown },
      { statusCode: null, error: 'No whole answer came within 1000 ms.' },
    ]);
  });

  it('catches what the worker sends by itself, until it is released', async () => {
    await start({ worker: true, delivery: { pollMs: 50 } });
    const receiver = await startReceiver();
    try {
      const catcher = catchRequests(host);
      await register(receiver.url);
      await place(1);
      await catcher.received(1);
      catcher.release();
      await place(2);
      await receiver.received(1);
      expect(catcher.requests).toHaveLength(1);
    } finally {
      await receiver.close();
    }
  });

  it('tells what was announced, and what was announced instead', async () => {
    await start();
    await expect(place(1, true)).rejects.toThrow();
    await expect(expectAnnounced(host, { type: 'order.placed' })).rejects.toThrow('None was announced');
    await place(2);
    const wanted = { type: 'order.placed', key: '7', data: { total: expect.any(Number) as number } };
    expect(await expectAnnounced(host, wanted)).toMatchObject({ data: { total: 2 }, tenant: null });
    await expect(expectAnnounced(host, { type: 'order.placed', data: { total: 3 } })).rejects.toThrow(
      /Announced were:\n {2}\{"type":"order.placed","data":\{"total":2\}/,
    );
    expect(await listAnnounced(host, 'order.paid')).toEqual([]);
  });

  it('has a publisher that a service can be given in place of the real one', async () => {
    await start();
    expect(await standIn.publish(host.get(DataSource).manager, { type: 'order.placed', data: {} })).toBe(
      'event-1',
    );
  });
});
