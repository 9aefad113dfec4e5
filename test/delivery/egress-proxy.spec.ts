import type { LoggerService } from '@nestjs/common';
import { NAME_RESOLVER } from '../../src/delivery/sending/names/name-resolver.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { CERTIFICATES } from '../support/certificates.js';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.js';
import { oneDatabase } from '../support/databases.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { startTlsReceiver, type TlsReceiver } from '../support/tls-receiver.js';
import { createWebhook, onlyDelivery, publish } from '../support/webhooks.js';
import { useDatabase, useReceiver } from '../support/stage.js';

const PASSWORD = 'pass:canary@word';

describe('An egress proxy', () => {
  const database = useDatabase(oneDatabase());
  const receiver = useReceiver();
  let tlsReceiver: TlsReceiver;
  let proxy: ConnectProxy;
  let app: RunningApp;
  let logged: string[];
  let lookedUp: string[];

  beforeEach(async () => {
    tlsReceiver = await startTlsReceiver({ clientCertificate: true });
    logged = [];
    lookedUp = [];
  });

  afterEach(async () => {
    await app.close();
    await proxy.close();
    await tlsReceiver.close();
  });

  async function start(credentials: string, allowedNetworks = ''): Promise<void> {
    const keep = (...said: unknown[]) => void logged.push(said.map(String).join(' '));
    const logger: LoggerService = {
      log: keep,
      error: keep,
      warn: keep,
      debug: keep,
      verbose: keep,
      fatal: keep,
    };
    app = await startApp({
      databaseUrl: database.url,
      logger,
      settings: {
        delivery: { worker: false },
        webhooks: {
          allowedNetworks,
          retrySchedule: [],
          egressProxy: `http://${credentials}@127.0.0.1:${proxy.port}`,
        },
      },
      providers: [
        {
          provide: NAME_RESOLVER,
          useValue: async (name: string) => {
            lookedUp.push(name);
            return [];
          },
        },
      ],
    });
  }

  const deliver = async () => {
    await publish(app.http);
    await app.get(DeliveryWorker).runOnce();
    return onlyDelivery(app.http);
  };

  it('tunnels http, shows its credentials to the proxy alone and lets it look names up', async () => {
    proxy = await startConnectProxy(receiver.port, `agent:${PASSWORD}`);
    await start(`agent:${encodeURIComponent(PASSWORD)}`);
    await createWebhook(app.http, 'http://hooks.example.com:8080/hook?a=b');
    const sent = await deliver();
    expect(sent.state).toBe('succeeded');
    expect(proxy.requests).toMatchObject([
      {
        method: 'CONNECT',
        target: 'hooks.example.com:8080',
        headers: { 'proxy-authorization': `Basic ${Buffer.from(`agent:${PASSWORD}`).toString('base64')}` },
      },
    ]);
    expect(receiver.requests[0]).toMatchObject({
      path: '/hook?a=b',
      headers: { host: 'hooks.example.com:8080' },
    });
    expect(receiver.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    expect(lookedUp).toEqual([]);
  });

  it('tunnels https with the authorities and the certificate of the webhook', async () => {
    proxy = await startConnectProxy(tlsReceiver.port);
    await start('agent:x');
    const { authority: ca, client: certificate, clientKey: key } = CERTIFICATES;
    await createWebhook(app.http, 'https://hooks.example.com/hook', { tls: { ca, certificate, key } });
    expect(await deliver()).toMatchObject({ state: 'succeeded' });
    expect(proxy.requests).toMatchObject([{ method: 'CONNECT', target: 'hooks.example.com:443' }]);
    expect(tlsReceiver.requests).toEqual([{ path: '/hook', client: 'Posthorn in a test' }]);
  });

  it('does not see what is an address that may not be reached', async () => {
    proxy = await startConnectProxy(receiver.port);
    await start('agent:x', '127.0.0.0/8');
    for (const host of ['127.0.0.1', 'localhost'])
      await createWebhook(app.http, `http://${host}:${receiver.port}/`);
    await app.close();

    await start('agent:x', '');
    await publish(app.http);
    await app.get(DeliveryWorker).runOnce();
    const { body } = await app.http.get('/admin/deliveries').expect(200);
    expect(body.data.map(({ reason }: { reason: string }) => reason)).toEqual(['rejected', 'rejected']);
    expect(proxy.requests).toEqual([]);
    expect(receiver.requests).toEqual([]);
  });

  it('that refuses us is told of without a word of the credentials', async () => {
    proxy = await startConnectProxy(receiver.port, 'agent:another');
    await start(`agent:${encodeURIComponent(PASSWORD)}`);
    await createWebhook(app.http, 'http://hooks.example.com/hook');
    const sent = await deliver();
    expect(sent).toMatchObject({ state: 'pending', attempts: [] });
    expect(logged.join('\n')).toContain('The egress proxy answered 407 and made no connection.');
    const test = await app.http.post(`/admin/webhooks/${sent.webhookId}/trigger`).expect(200);
    const told = JSON.stringify([sent, test.body, logged]);
    for (const text of [
      PASSWORD,
      encodeURIComponent(PASSWORD),
      Buffer.from(`agent:${PASSWORD}`).toString('base64'),
    ]) {
      expect(told).not.toContain(text);
    }
    expect(receiver.requests).toEqual([]);
  });

  it.each<[number, Record<string, string>, string]>([
    [403, {}, 'pending'],
    [503, {}, 'pending'],
    [502, {}, 'failed'],
    [504, {}, 'failed'],
    [503, { 'X-Squid-Error': 'ERR_CONNECT_FAIL 111' }, 'failed'],
    [503, { 'Proxy-Status': 'proxy; error=dns_error' }, 'failed'],
  ])('that answers %d %j leaves the delivery %s', async (status, headers, state) => {
    proxy = await startConnectProxy(receiver.port, undefined, { status, headers });
    await start('agent:x');
    await createWebhook(app.http, 'http://hooks.example.com/hook');
    const attempts = state === 'failed' ? 1 : 0;
    expect(await deliver()).toMatchObject({ state, attemptCount: attempts });
  });

  it('that is away uses no attempt, and readiness tells of it', async () => {
    proxy = await startConnectProxy(receiver.port);
    await proxy.close();
    await start('agent:x');
    await createWebhook(app.http, 'http://hooks.example.com/hook');
    expect(await deliver()).toMatchObject({ state: 'pending', attemptCount: 0 });
    const { body } = await app.http.get('/health/ready').expect(200);
    expect(body).toMatchObject({
      status: 'degraded',
      problems: [expect.stringContaining('The egress proxy is away or refuses.')],
    });
  });
});
