import { HttpService } from '@nestjs/axios';
import { NAME_RESOLVER } from '../../src/delivery/sending/names/name-resolver.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { LOOPBACK_SPELLINGS, PUBLIC_HOSTS, REFUSED_HOSTS } from '../support/addresses.js';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.js';
import { describeOnAnyDatabase, oneDatabase } from '../support/databases.js';
import { startReceiver } from '../../src/testing/receiver.js';
import { type RunningApp, startApp, type StartAppOptions } from '../support/start-app.js';
import { createWebhook, deliveries, delivery, onlyDelivery, publish } from '../support/webhooks.js';
import { useDatabase, useReceiver } from '../support/stage.js';

const HOOK = { name: 'hook', url: 'https://example.com', headers: {}, events: ['*'] };
/** This machine, but not the part of it that tests allow. */
const FORBIDDEN = '127.0.0.2';
const onlyLoopbackOne = { allowedNetworks: '127.0.0.1/32', retrySchedule: [] };

describeOnAnyDatabase('What a webhook may reach', (kind) => {
  const database = useDatabase(kind);
  const receiver = useReceiver();
  let app: RunningApp;

  afterEach(() => app.close());

  const start = async (
    webhooks: NonNullable<StartAppOptions['settings']>['webhooks'],
    providers: StartAppOptions['providers'] = [],
  ) => {
    app = await startApp({
      databaseUrl: database.url,
      settings: { delivery: { worker: false }, ...(webhooks ? { webhooks } : {}) },
      providers,
    });
  };
  const deliverDue = () => app.get(DeliveryWorker).runOnce();

  it('is judged when it is saved, where it is an address or this machine', async () => {
    await start({ allowedNetworks: '' });
    const { id } = await createWebhook(app.http, HOOK.url);
    const refused = [
      ...REFUSED_HOSTS.map(([host]) => host),
      'localhost',
      'LocalHost.',
      'a.localhost',
      '127.0.0.1..',
    ];
    for (const host of refused) {
      const url = `http://${host}:8080/hook`;
      for (const request of [app.http.post('/admin/webhooks'), app.http.put(`/admin/webhooks/${id}`)]) {
        const { body } = await request.send({ ...HOOK, url }).expect(400);
        expect(body.error.details.errors).toEqual([
          {
            path: ['url'],
            message: expect.stringMatching(
              /^url can never be reached: .+ may not reach \(WEBHOOKS_ALLOWED_NETWORKS\)$/,
            ),
            name: 'ValidationError',
            value: url,
          },
        ]);
      }
    }
    const { body } = await app.http.get('/admin/webhooks').expect(200);
    expect(body.data.map(({ url }: { url: string }) => url)).toEqual([HOOK.url]);
  }, 60_000);

  it('is saved where it is public, allowed or a name, which nobody looks up', async () => {
    let lookedUp = 0;
    const resolve = async () => {
      lookedUp += 1;
      return [];
    };
    await start({ allowedNetworks: '127.0.0.0/8,::1,10.1.0.0/16' }, [
      { provide: NAME_RESOLVER, useValue: resolve },
    ]);
    const hosts = ['localhost', '10.1.2.3', '[::ffff:10.1.2.3]', 'private.test', ...LOOPBACK_SPELLINGS];
    for (const host of [...hosts, ...PUBLIC_HOSTS.map(([one]) => one)]) {
      await app.http
        .post('/admin/webhooks')
        .send({ ...HOOK, url: `http://${host}/` })
        .expect(201);
    }
    expect(lookedUp).toBe(0);
  }, 60_000);

  it('is judged again at each connection: a name that changes ends where it may not lead', async () => {
    const forbidden = await startReceiver(receiver.port, FORBIDDEN);
    const answers = ['127.0.0.1', FORBIDDEN];
    const resolve = async () => [{ address: answers.shift() ?? FORBIDDEN, family: 4 }];
    await start(onlyLoopbackOne, [{ provide: NAME_RESOLVER, useValue: resolve }]);
    receiver.answer(() => ({ headers: { connection: 'close' } }));
    await createWebhook(app.http, `http://changes.test:${receiver.port}/`);

    await publish(app.http);
    await deliverDue();
    expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded' });
    await publish(app.http);
    await deliverDue();
    const [second] = await deliveries(app.http);
    expect(await delivery(app.http, second?.id ?? '')).toMatchObject({
      state: 'failed',
      reason: 'rejected',
      attempts: [
        {
          statusCode: null,
          error: `changes.test resolves to ${FORBIDDEN}, an address that webhooks may not reach.`,
        },
      ],
    });
    expect(receiver.requests).toHaveLength(1);
    expect(forbidden.requests).toHaveLength(0);
    await forbidden.close();
  });

  it('is refused to a tenant without a word of where the name leads, also in a test', async () => {
    const resolve = async () => [{ address: FORBIDDEN, family: 4 }];
    await start(onlyLoopbackOne, [{ provide: NAME_RESOLVER, useValue: resolve }]);
    const url = `http://inside.test:${receiver.port}/`;
    const { id } = await createWebhook(app.http, url, { tenant: 'acme' });
    await publish(app.http, { n: 1 }, { tenant: 'acme' });
    await deliverDue();
    const { attempts, reason } = await onlyDelivery(app.http);
    expect([reason, attempts[0]?.error]).toEqual([
      'rejected',
      'inside.test resolves to an address that webhooks may not reach.',
    ]);
    const test = await app.http.post(`/admin/webhooks/${id}/trigger`).expect(200);
    expect(test.text).not.toContain(FORBIDDEN);
  });

  it('is no name without an address, which is tried again', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
    };
    await start({ retrySchedule: [60] }, [{ provide: NAME_RESOLVER, useValue: resolve }]);
    await createWebhook(app.http, 'https://nowhere.test/');
    await publish(app.http);
    await deliverDue();
    const { state, attempts } = await onlyDelivery(app.http);
    expect([state, attempts[0]?.error]).toEqual([
      'pending',
      'The name nowhere.test has no address (ENOTFOUND).',
    ]);
  });

  it('is not what a receiver redirects to', async () => {
    const other = await startReceiver();
    await start({ retrySchedule: [] });
    receiver.answer(() => ({ status: 302, headers: { location: `${other.url}/elsewhere` } }));
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    await deliverDue();
    expect(await onlyDelivery(app.http)).toMatchObject({ state: 'failed', lastStatusCode: 302 });
    expect(other.requests).toHaveLength(0);
    await other.close();
  });

  it('is https alone once that is asked for, also for what was saved before', async () => {
    await start({});
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    await app.close();

    await start({ httpsOnly: true });
    await deliverDue();
    const { state, reason, attempts } = await onlyDelivery(app.http);
    expect([state, reason]).toEqual(['failed', 'rejected']);
    expect(attempts[0]?.error).toContain('WEBHOOKS_HTTPS_ONLY');
    expect(receiver.requests).toHaveLength(0);
  });
});

describe('Proxies of the environment', () => {
  const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  const before = Object.fromEntries(
    [...VARIABLES, 'NODE_USE_ENV_PROXY'].map((name) => [name, process.env[name]]),
  );
  const database = useDatabase(oneDatabase());
  const receiver = useReceiver();
  let proxy: ConnectProxy;

  beforeEach(async () => {
    proxy = await startConnectProxy(receiver.port);
    for (const name of VARIABLES) process.env[name] = `http://127.0.0.1:${proxy.port}`;
    process.env['NODE_USE_ENV_PROXY'] = '1';
  });

  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await proxy.close();
  });

  it.each([false, true])('are not used (with interceptors of a host: %s)', async (hasInterceptors) => {
    const app = await startApp({ databaseUrl: database.url });
    try {
      if (hasInterceptors) app.get(HttpService).axiosRef.interceptors.request.use((config) => config);
      await createWebhook(app.http, receiver.url);
      await publish(app.http);
      await receiver.received(1);
      expect(proxy.requests).toEqual([]);
    } finally {
      await app.close();
    }
  });
});
