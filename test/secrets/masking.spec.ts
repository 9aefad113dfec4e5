import { DataSource } from 'typeorm';
import { MASK } from '../../src/auth/mask.js';
import { WebhookSource } from '../../src/webhooks/webhook-source.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';
import { CERTIFICATES } from '../support/certificates.js';
import { createWebhook } from '../support/webhooks.js';

const URL = 'https://example.com/hook';
const HEADERS = { Authorization: 'Bearer of-the-receiver', 'X-Trace': 'on' };

describeOnAnyDatabase('Header values of webhooks', (kind) => {
  let database: TestDatabase;
  let app: RunningApp;
  let reader: HttpAgent;

  beforeAll(async () => {
    database = await kind.create();
    app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
    const scopes = ['webhooks:read', 'webhooks:create', 'webhooks:update', 'webhooks:delete'];
    reader = await as(scopes);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  async function as(scopes: string[]): Promise<HttpAgent> {
    const { body } = await app.http.post('/admin/tokens').send({ name: 'scoped', scopes }).expect(201);
    return app.httpAs(body.data.token);
  }

  const made = () => createWebhook(app.http, URL, { headers: HEADERS });
  const headersFor = async (http: HttpAgent, id: string) =>
    (await http.get(`/admin/webhooks/${id}`).expect(200)).body.data.headers;
  const put = (http: HttpAgent, id: string, headers: object) =>
    http.put(`/admin/webhooks/${id}`).send({ name: 'a', url: URL, events: ['*'], headers });

  it('are sealed in the database', async () => {
    const { id } = await made();
    const [row] = await app
      .get(DataSource)
      .query<{ headers: string }[]>('SELECT headers FROM webhooks WHERE id = ?', [id]);
    expect(row?.headers).toMatch(/^v1\.[\w-]+$/);
  });

  it('are shown to those who may read secrets', async () => {
    const { id } = await made();
    expect(await headersFor(app.http, id)).toEqual(HEADERS);
    expect(await headersFor(await as(['webhooks:read', 'secrets:read']), id)).toEqual(HEADERS);
  });

  it('are in no answer that a cache may keep', async () => {
    const { id } = await made();
    const whole = { name: 'a', url: URL, events: [], headers: HEADERS };
    for (const { headers, text } of [
      await app.http.get('/admin/webhooks').expect(200),
      await app.http.get('/admin/webhooks?limit=1').expect(200),
      await app.http.get(`/admin/webhooks/${id}`).expect(200),
      await app.http.post('/admin/webhooks').send(whole).expect(201),
      await put(app.http, id, HEADERS).expect(200),
      await app.http.post(`/admin/webhooks/${id}/disable`).expect(200),
      await app.http.post(`/admin/webhooks/${id}/enable`).expect(200),
      await app.http.post(`/admin/webhooks/${id}/secret/rotate`).send({}).expect(200),
      await app.http.delete(`/admin/webhooks/${id}`).expect(200),
    ]) {
      expect(text).toMatch(/of-the-receiver|whsec_/);
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  it('are masked in every answer to others', async () => {
    const { id } = await made();
    const masked = { Authorization: MASK, 'X-Trace': MASK };
    const whole = { name: 'a', url: URL, events: [], headers: HEADERS };
    const answers = [
      await reader.get('/admin/webhooks').expect(200),
      await reader.get(`/admin/webhooks/${id}`).expect(200),
      await reader.post('/admin/webhooks').send(whole).expect(201),
      await put(reader, id, HEADERS).expect(200),
      await reader.post(`/admin/webhooks/${id}/disable`).expect(200),
      await reader.post(`/admin/webhooks/${id}/enable`).expect(200),
      await reader.delete(`/admin/webhooks/${id}`).expect(200),
    ];
    for (const { body, text } of answers) {
      expect([body.data].flat().at(-1).headers).toEqual(masked);
      expect(text).not.toContain('of-the-receiver');
    }
  });

  it('are kept when their mask comes back, whatever the case of their names', async () => {
    const { id } = await made();
    const { body } = await put(reader, id, { authorization: MASK, 'X-New': 'b' }).expect(200);
    expect(body.data.headers).toEqual({ authorization: MASK, 'X-New': MASK });
    expect(await headersFor(app.http, id)).toEqual({ authorization: HEADERS.Authorization, 'X-New': 'b' });
    const { manager } = app.get(DataSource);
    expect((await app.get(WebhookSource).find(manager, id))?.headers).toEqual({
      authorization: HEADERS.Authorization,
      'X-New': 'b',
    });
  });

  it('are kept for those too who were shown them', async () => {
    const { id } = await made();
    await put(app.http, id, { Authorization: MASK }).expect(200);
    expect(await headersFor(app.http, id)).toEqual({ Authorization: HEADERS.Authorization });
  });

  it('cannot be kept for a name that has none, and a new webhook has none', async () => {
    const { id } = await made();
    const { body } = await put(reader, id, { 'X-Other': MASK }).expect(400);
    expect(body.error).toMatchObject({
      message: 'headers.X-Other is masked, and there is no stored value of that name to keep: send its value',
      details: { errors: [{ path: ['headers', 'X-Other'] }] },
    });
    expect(await headersFor(app.http, id)).toEqual(HEADERS);
    const whole = { name: 'a', url: URL, events: [], headers: { 'X-Other': MASK } };
    await reader.post('/admin/webhooks').send(whole).expect(400);
  });

  it('cannot become too much by what is kept', async () => {
    const { id } = await createWebhook(app.http, URL, { headers: { A: 'a'.repeat(8_000) } });
    const { body } = await put(reader, id, { A: MASK, B: 'b'.repeat(400) }).expect(400);
    expect(body.error.message).toBe('headers may hold at most 8192 bytes together');
  });

  it('do not go elsewhere with a PATCH of the URL alone by those who may not read them', async () => {
    const { id } = await made();
    const moved = { url: 'https://else.example.com/hook' };
    const { body } = await reader.patch(`/admin/webhooks/${id}`).send(moved).expect(400);
    expect(body.error.message).toBe(
      'headers is left out, and what is stored is kept only for https://example.com: send it again, or use a token with the scope secrets:read',
    );
    expect(await headersFor(app.http, id)).toEqual(HEADERS);
    await reader.patch(`/admin/webhooks/${id}`).send({ url: 'https://example.com/other' }).expect(200);
    await app.http.patch(`/admin/webhooks/${id}`).send(moved).expect(200);
    expect(await headersFor(app.http, id)).toEqual(HEADERS);
  });

  it.each(['http://example.com/hook', 'https://example.com:8443/hook', 'https://else.example.com/hook'])(
    'do not go to %s with those who may not read them',
    async (url) => {
      const { id } = await made();
      const headers = { Authorization: MASK, 'X-Trace': 'off' };
      const moved = { name: 'a', url, events: ['*'], headers };
      const { body } = await reader.put(`/admin/webhooks/${id}`).send(moved).expect(400);
      expect(body.error).toMatchObject({
        message:
          'headers.Authorization is masked, and its stored value is kept only for https://example.com: ' +
          'send it again, or use a token with the scope secrets:read',
        details: { errors: [{ path: ['headers', 'Authorization'] }] },
      });
      const { data } = (await app.http.get(`/admin/webhooks/${id}`).expect(200)).body;
      expect(data).toMatchObject({ url: URL, headers: HEADERS });

      const known = { ...moved, headers: { Authorization: 'Bearer mine' } };
      await reader.put(`/admin/webhooks/${id}`).send(known).expect(200);
      const again = await made();
      await app.http.put(`/admin/webhooks/${again.id}`).send(moved).expect(200);
      expect(await headersFor(app.http, again.id)).toEqual({ ...HEADERS, 'X-Trace': 'off' });
    },
  );

  it.each(['https://example.com/other?a=b', 'https://EXAMPLE.com:443/hook'])(
    'go along to %s, which is the same receiver',
    async (url) => {
      const { id } = await made();
      const moved = { name: 'a', url, events: ['*'], headers: { Authorization: MASK } };
      await reader.put(`/admin/webhooks/${id}`).send(moved).expect(200);
      expect(await headersFor(app.http, id)).toEqual({ Authorization: HEADERS.Authorization });
    },
  );

  it('and private keys stay with their receiver, also where they are left out', async () => {
    const { client: certificate, clientKey: key } = CERTIFICATES;
    const { id } = await createWebhook(app.http, URL, { tls: { certificate, key } });
    const moved = { name: 'a', url: 'https://else.example.com/hook', events: ['*'], headers: {} };
    const left = await reader.put(`/admin/webhooks/${id}`).send(moved).expect(400);
    expect(left.body.error.message).toMatch(/^tls is left out, and its stored private key is kept only for/);
    const masked = { ...moved, tls: { certificate, key: MASK } };
    const { body } = await reader.put(`/admin/webhooks/${id}`).send(masked).expect(400);
    expect(body.error.message).toMatch(/^tls.key is masked, and the stored private key is kept only for/);
    await reader
      .put(`/admin/webhooks/${id}`)
      .send({ ...moved, tls: null })
      .expect(200);
  });

  it('are not told back when there is something wrong with them', async () => {
    for (const headers of [
      { 'X-Key': 'canary-1\nX-Other: b' },
      { 'X-Key': { token: 'canary-2' } },
      'Bearer canary-3',
      ['canary-4'],
    ]) {
      const body = { name: 'a', url: URL, events: [], headers };
      const { text } = await app.http.post('/admin/webhooks').send(body).expect(400);
      expect(text).not.toContain('canary');
    }
  });
});
