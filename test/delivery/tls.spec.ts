import { HttpService } from '@nestjs/axios';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { MASK } from '../../src/auth/mask.js';
import { CERTIFICATES, certificateFile } from '../support/certificates.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { startTlsReceiver, type TlsReceiver } from '../support/tls-receiver.js';
import {
  createWebhook,
  deliveries,
  delivery,
  publish,
  type SeenDeliveryDetail,
} from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const { authority, stranger, client, clientKey, server, serverKey } = CERTIFICATES;
const own = { ca: authority, certificate: client, key: clientKey };
/** A piece of the private key that stands nowhere else. */
const KEY_TEXT = clientKey.split('\n')[1] ?? '';

describeOnAnyDatabase('TLS of a webhook', (kind) => {
  const { app } = useStage(kind, {
    settings: { webhooks: { retrySchedule: [], httpsOnly: true } },
    clock: 'system',
  });
  let receiver: TlsReceiver;

  beforeEach(async () => {
    receiver = await startTlsReceiver();
  });

  afterEach(() => receiver.close());

  const url = () => `HTTPS://localhost:${receiver.port}/hook`;
  const hook = (more: object = {}) => ({ name: 'receiver', url: url(), headers: {}, events: ['*'], ...more });
  const webhook = async (id: string) => (await app.http.get(`/admin/webhooks/${id}`).expect(200)).body.data;
  const put = async (id: string, more: object) =>
    (await app.http.put(`/admin/webhooks/${id}`).send(hook(more)).expect(200)).body.data;

  async function deliver(): Promise<SeenDeliveryDetail> {
    await publish(app.http);
    await app.get(DeliveryWorker).runOnce();
    const [newest] = await deliveries(app.http);
    return delivery(app.http, newest?.id ?? '');
  }

  it('takes no certificate of authorities that nobody named', async () => {
    await createWebhook(app.http, url());
    const { state, attempts } = await deliver();
    expect([state, attempts[0]?.error]).toEqual(['failed', expect.stringMatching(/certificate/)]);
    expect(receiver.requests).toEqual([]);
  });

  it('has authorities of the deployment', async () => {
    await app.restart({ webhooks: { ca: certificateFile('authority') } });
    await createWebhook(app.http, url());
    expect(await deliver()).toMatchObject({ state: 'succeeded' });
    expect(receiver.requests).toEqual([{ path: '/hook', client: null }]);
  });

  it('has authorities of its own, in place of all others', async () => {
    await app.restart({ webhooks: { ca: certificateFile('authority') } });
    const { id } = await createWebhook(app.http, url(), { tls: { ca: stranger } });
    expect(await deliver()).toMatchObject({ state: 'failed' });
    expect(receiver.requests).toEqual([]);
    await put(id, { tls: { ca: authority } });
    expect(await deliver()).toMatchObject({ state: 'succeeded' });
  });

  it('shows its certificate, on connections that no other webhook uses', async () => {
    await app.restart({ webhooks: { ca: certificateFile('authority') } });
    await createWebhook(app.http, url(), { tls: own });
    await createWebhook(app.http, `${url()}/plain`);
    await deliver();
    await deliver();
    const seen = receiver.requests.map(({ path, client }) => `${path} ${client}`).sort();
    const [withCertificate, without] = ['/hook Posthorn in a test', '/hook/plain null'];
    expect(seen).toEqual([withCertificate, withCertificate, without, without]);
    expect(receiver.connections()).toBe(2);
  });

  it('holds for requests that go through interceptors of a host', async () => {
    app.get(HttpService).axiosRef.interceptors.request.use((config) => config);
    await createWebhook(app.http, url(), { tls: own });
    expect(await deliver()).toMatchObject({ state: 'succeeded' });
    expect(receiver.requests).toEqual([{ path: '/hook', client: 'Posthorn in a test' }]);
  });

  it('gets connections anew when it changes, and none of the old', async () => {
    const { id } = await createWebhook(app.http, url(), { tls: own });
    await deliver();
    await deliver();
    expect(receiver.connections()).toBe(1);
    await put(id, { tls: { ca: authority } });
    await deliver();
    expect(receiver.connections()).toBe(2);
    expect(receiver.requests.map(({ client }) => client)).toEqual([
      'Posthorn in a test',
      'Posthorn in a test',
      null,
    ]);
  });

  it('keeps its key sealed, shows a mask, and takes the mask for the key', async () => {
    const { id } = await createWebhook(app.http, url(), { tls: own });
    const [row] = await app
      .get<DataSource>(getDataSourceToken())
      .query<{ tls: string }[]>('SELECT tls FROM webhooks');
    expect(row?.tls).toContain('BEGIN CERTIFICATE');
    expect(row?.tls).not.toMatch(/PRIVATE KEY/);
    expect(row?.tls).not.toContain(KEY_TEXT);

    const shown = await webhook(id);
    expect(shown.tls).toEqual({ ...own, key: MASK });
    expect(await put(id, { tls: shown.tls })).toMatchObject({ tls: shown.tls });
    expect(await put(id, {})).toMatchObject({ tls: shown.tls });
    await deliver();
    expect(receiver.requests).toEqual([{ path: '/hook', client: 'Posthorn in a test' }]);

    const list = (await app.http.get('/admin/webhooks').expect(200)).text;
    const disabled = (await app.http.post(`/admin/webhooks/${id}/disable`).expect(200)).text;
    const deleted = (await app.http.delete(`/admin/webhooks/${id}`).expect(200)).text;
    for (const text of [list, disabled, deleted]) expect(text).not.toContain(KEY_TEXT);
  });

  it('is removed by null', async () => {
    const { id } = await createWebhook(app.http, url(), { tls: own });
    expect(await put(id, { tls: null })).toMatchObject({ tls: null });
    expect(await deliver()).toMatchObject({ state: 'failed' });
  });

  it.each<[string, unknown, string[], RegExp]>([
    ['a text', clientKey, ['tls'], /^tls must be an object/],
    ['an unknown key', { pfx: clientKey }, ['tls'], /^this field has unspecified keys: pfx$/],
    ['no PEM', { ca: 'none' }, ['tls', 'ca'], /^tls\.ca holds no certificate/],
    ['a certificate alone', { certificate: client }, ['tls', 'key'], /^tls\.key is required/],
    ['another key', { certificate: client, key: serverKey }, ['tls', 'key'], /is not the private key of/],
    ['a mask of nothing', { certificate: client, key: MASK }, ['tls', 'key'], /there is none to keep$/],
    ['a key among certificates', { ca: authority + clientKey }, ['tls', 'ca'], /holds a private key/],
  ])('is refused with %s, and nothing of it is told back', async (_, tls, path, message) => {
    const { text, body } = await app.http.post('/admin/webhooks').send(hook({ tls })).expect(400);
    expect(body.error.details.errors).toEqual([
      { path, message: expect.stringMatching(message), name: 'ValidationError' },
    ]);
    expect(text).not.toContain(KEY_TEXT);
  });

  it('is refused when a masked key is that of another certificate', async () => {
    const { id } = await createWebhook(app.http, url(), { tls: own });
    const tls = { certificate: server, key: MASK };
    const { body } = await app.http.put(`/admin/webhooks/${id}`).send(hook({ tls })).expect(400);
    expect(body.error.details.errors).toMatchObject([{ path: ['tls', 'key'] }]);
    expect((await webhook(id)).tls).toEqual({ ...own, key: MASK });
  });
});
