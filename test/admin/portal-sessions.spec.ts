import { DataSource } from 'typeorm';
import { PORTAL_PAGES, type PortalPages } from '../../src/dashboard/portal-pages.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnAnyDatabase, describeOnEveryDatabase } from '../support/databases.js';
import { useStage } from '../support/stage.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

const PUBLIC_URL = 'https://hooks.example.com/posthorn/';
const ORIGIN = 'https://hooks.example.com';

type Stage = ReturnType<typeof useStage>;

function actionsOn(stage: Stage) {
  const create = (body: object = {}, token = stage.app.token) =>
    stage.app
      .httpAs(token)
      .post('/admin/portal-sessions')
      .send({ tenant: 'acme', ...body });
  const given = async (body: object = {}, token?: string) => {
    const { body: answer } = await create(body, token).expect(201);
    const { id, url } = answer.data as { id: string; url: string };
    return { id, url, secret: new URL(url).hash.slice(1) };
  };
  const open = (id: string, body: object, headers: Record<string, string> = {}) =>
    stage.app
      .httpAs(null)
      .post(`/portal/${id}/session`)
      .set({ Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin', ...headers })
      .send(body);
  const opened = async (body: object = {}, token?: string) => {
    const { id, secret } = await given(body, token);
    const answer = await open(id, { secret }).expect(200);
    const cookie = String(answer.headers['set-cookie']);
    return { id, secret, cookie, token: answer.body.data.token as string };
  };
  const tokenWith = async (body: object) => {
    const { body: answer } = await stage.app.http
      .post('/admin/tokens')
      .send({ name: 'maker', scopes: ['*'], ...body })
      .expect(201);
    return answer.data as { id: string; token: string };
  };
  const signOut = (id: string, headers: Record<string, string>) =>
    stage.app
      .httpAs(null)
      .delete(`/portal/${id}/session`)
      .set({ Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin', ...headers });
  return { create, given, open, opened, signOut, tokenWith };
}

interface Opened {
  token: string;
}

const messageOf = ({ body }: { body: { error?: { message?: string } } }) => body.error?.message;

describeOnEveryDatabase('Portal sessions', (kind) => {
  const stage = useStage(kind, { settings: { publicUrl: PUBLIC_URL } });
  const { given, open, opened, signOut, tokenWith } = actionsOn(stage);

  it('are opened once by their link, and by its cookie until they end', async () => {
    const { id, url, secret } = await given();
    expect(url).toBe(`https://hooks.example.com/posthorn/portal/${id}#${secret}`);
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);

    const first = await open(id, { secret }).expect(200);
    expect(first.body.data).toEqual({
      token: expect.stringMatching(/^phs_[A-Za-z0-9_-]{43}$/),
      expiresAt: new Date(stage.clock.now() + 3_600_000).toISOString(),
    });
    const second = await open(id, { secret }).expect(410);
    expect(messageOf(second)).toContain('This link was used already');

    const { token } = first.body.data;
    const again = await open(id, {}, { Cookie: `other=1; posthorn-portal=${token}` }).expect(200);
    expect(again.body.data).toEqual(first.body.data);
    await stage.app.httpAs(token).get('/admin/webhooks').expect(200);
    stage.clock.advance(3_600_000);
    await stage.app.httpAs(token).get('/admin/webhooks').expect(401);
    const late = await open(id, {}, { Cookie: `posthorn-portal=${token}` }).expect(410);
    expect(messageOf(late)).toContain('This link has expired');
  });

  it('are opened by one of those who come at the same time', async () => {
    const { id, secret } = await given();
    const answers = await Promise.all(Array.from({ length: 5 }, () => open(id, { secret })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 410, 410, 410, 410]);
  });

  it('keep hashes of their secrets', async () => {
    const { secret, token } = await opened();
    const rows = await stage.app.get(DataSource).query<object[]>('SELECT * FROM portal_sessions');
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(JSON.stringify(rows)).not.toContain(token.slice(4));
  });

  it('end when they are revoked, and their link says so', async () => {
    const { id, token } = await opened();
    const unused = await given();
    for (const one of [id, unused.id])
      await stage.app.http.delete(`/admin/portal-sessions/${one}`).expect(200);
    await stage.app.httpAs(token).get('/admin/webhooks').expect(401);
    const late = await open(unused.id, { secret: unused.secret }).expect(410);
    expect(messageOf(late)).toContain('This link was revoked');
    await stage.app.http.delete('/admin/portal-sessions/unknown').expect(404);
  });

  it.each([
    ['the token of the page', ({ token }: Opened) => ({ Authorization: `Bearer ${token}` })],
    ['the cookie', ({ token }: Opened) => ({ Cookie: `posthorn-portal=${token}` })],
  ])('are ended by who has them open, with %s, and the cookie with them', async (_, credentials) => {
    const session = await opened({ origins: ['https://app.example.com'] });
    const answer = await signOut(session.id, credentials(session)).expect(204);
    expect(String(answer.headers['set-cookie'])).toBe(
      `posthorn-portal=; Path=/posthorn/portal/${session.id}; Max-Age=0; HttpOnly; Secure; SameSite=None; Partitioned`,
    );
    await stage.app.httpAs(session.token).get('/admin/webhooks').expect(401);
    const late = await open(session.id, {}, { Cookie: `posthorn-portal=${session.token}` }).expect(410);
    expect(messageOf(late)).toContain('its session was signed out');
    await signOut(session.id, credentials(session)).expect(204);
    const { body } = await stage.app.http.get('/admin/audit').expect(200);
    const ended = body.data.filter(({ action }: { action: string }) => action === 'portal-session.revoke');
    expect(ended).toEqual([expect.objectContaining({ tokenId: session.id, targetId: session.id })]);
  });

  it('are ended by nobody else', async () => {
    const session = await opened();
    const other = await opened();
    const mine = { Authorization: `Bearer ${session.token}` };
    await signOut(session.id, {}).expect(401);
    await signOut(session.id, { Authorization: `Bearer ${other.token}` }).expect(401);
    await signOut(session.id, { ...mine, Origin: 'https://evil.example' }).expect(403);
    await signOut('unknown', mine).expect(404);
    await stage.app.httpAs(session.token).get('/admin/webhooks').expect(200);
  });

  it('end with the token that made them', async () => {
    const maker = await tokenWith({});
    const { id, token } = await opened({}, maker.token);
    await stage.app.httpAs(token).get('/admin/webhooks').expect(200);
    await stage.app.http.delete(`/admin/tokens/${maker.id}`).expect(200);
    await stage.app.httpAs(token).get('/admin/webhooks').expect(401);
    const { body } = await stage.app.http.get('/admin/portal-sessions').expect(200);
    expect(body.data).toEqual([expect.objectContaining({ id, state: 'revoked', tokenId: maker.id })]);
  });

  it('are listed newest first, a page at a time, without their secrets', async () => {
    const one = await given({ origins: ['https://app.example.com'] });
    const two = await opened({ tenant: 'beta', scopes: ['webhooks:read'] });
    const { body, text } = await stage.app.http.get('/admin/portal-sessions?limit=1').expect(200);
    expect(body).toEqual({
      data: [
        {
          id: two.id,
          tenant: 'beta',
          scopes: ['webhooks:read'],
          origins: [],
          state: 'open',
          tokenId: 'environment',
          tokenName: 'ADMIN_TOKEN',
          createdAt: new Date(stage.clock.now()).toISOString(),
          expiresAt: new Date(stage.clock.now() + 3_600_000).toISOString(),
          redeemedAt: new Date(stage.clock.now()).toISOString(),
          revokedAt: null,
        },
      ],
      meta: { nextCursor: two.id },
    });
    expect(text).not.toContain(two.secret);
    const next = await stage.app.http.get(`/admin/portal-sessions?cursor=${two.id}`).expect(200);
    expect(next.body.data).toEqual([
      expect.objectContaining({ id: one.id, state: 'unused', origins: ['https://app.example.com'] }),
    ]);
  });

  it('are removed when they ended a month ago', async () => {
    const old = await given();
    stage.clock.advance(31 * 86_400_000);
    const fresh = await given();
    const { body } = await stage.app.http.get('/admin/portal-sessions').expect(200);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([fresh.id]);
    const late = await open(old.id, { secret: old.secret }).expect(404);
    expect(messageOf(late)).toContain('There is no such link');
  });
});

describeOnAnyDatabase('A portal session', (kind) => {
  const stage = useStage(kind, {
    settings: {
      publicUrl: PUBLIC_URL,
      portal: {
        hiddenEvents: ['entry.delete', 'order.shipped'],
        maySet: ['name', 'url', 'headers', 'events'],
      },
    },
  });
  const { create, given, open, opened, tokenWith } = actionsOn(stage);

  it.each<[string, object, number, string]>([
    ['everything', { scopes: ['*'] }, 400, 'no portal session has them'],
    ['tokens', { scopes: ['tokens:read'] }, 400, 'no portal session has them'],
    ['publishing', { scopes: ['events:write'] }, 400, 'no portal session has them'],
    ['what there is not', { scopes: ['webhooks:all'] }, 400, 'There is no scope'],
    ['no scope', { scopes: [] }, 400, 'at least one'],
    ['no tenant', { tenant: null }, 400, 'tenant is a required field'],
    ['longer than a day', { expiresInSeconds: 86_401 }, 400, 'between 60 and 86400'],
    ['every origin', { origins: ['*'] }, 400, 'must be origins such as'],
    ['origins by a pattern', { origins: ['https://*.example.com'] }, 400, 'must be origins such as'],
    ['a path', { origins: ['https://app.example.com/a'] }, 400, 'must be origins such as'],
    ['more than an origin', { origins: ["https://a.example;script-src'"] }, 400, 'must be origins such as'],
    ['an origin without TLS', { origins: ['http://app.example.com'] }, 400, 'must be https'],
  ])('cannot be made with %s', async (_, body, status, message) => {
    const answer = await create(body).expect(status);
    expect(answer.text).toContain(message);
  });

  it('has at most what its maker has', async () => {
    const { token } = await tokenWith({
      tenant: 'acme',
      scopes: ['tokens:write', 'webhooks:read'],
      expiresAt: new Date(stage.clock.now() + 600_000).toISOString(),
    });
    const scopes = ['webhooks:read'];
    expect(messageOf(await create({}, token).expect(403))).toContain('and not: webhooks:create');
    expect(messageOf(await create({ scopes, tenant: 'beta' }, token).expect(403))).toContain('"acme" alone');
    expect(messageOf(await create({ scopes, expiresInSeconds: 601 }, token).expect(403))).toContain(
      'expiresInSeconds to 600 or less',
    );
    const { body } = await create({ scopes }, token).expect(201);
    expect(Date.parse(body.data.expiresAt)).toBe(stage.clock.now() + 600_000);
  });

  it('has its default of scopes, and tells its page what it may do', async () => {
    const { token } = await opened();
    const { body } = await stage.app.httpAs(token).get('/admin/session').expect(200);
    expect(body.data).toMatchObject({
      name: 'portal session',
      scopes: stage.app.settings.portal.defaultScopes,
      tenant: 'acme',
      portal: { maySet: ['name', 'url', 'headers', 'events'] },
    });
  });

  it('is given a link to the address of the setting alone', async () => {
    const forged = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'http' };
    const { body } = await create().set(forged).expect(201);
    expect(body.data.url).toMatch(/^https:\/\/hooks\.example\.com\/posthorn\/portal\//);
    const page = await stage.app.httpAs(null).get(`/portal/${body.data.id}`).set(forged);
    expect(JSON.stringify([page.headers, page.text])).not.toContain('evil.example');
  });

  it('is not made where nothing says where the link leads', async () => {
    await stage.app.restart({ publicUrl: null });
    expect(messageOf(await create().expect(409))).toContain('PUBLIC_URL');
    await stage.app.restart({ publicUrl: 'http://hooks.example.com' });
    expect(messageOf(await create().expect(409))).toContain('is http');
    await stage.app.restart({ publicUrl: 'http://127.0.0.1:3000' });
    await create().expect(201);
  });

  it('is opened by its own page alone', async () => {
    const { id, secret } = await given();
    for (const origin of ['https://evil.example', 'null', 'https://hooks.example.com.evil.example']) {
      await open(id, { secret }, { Origin: origin }).expect(403);
    }
    const bare = stage.app.httpAs(null).post(`/portal/${id}/session`);
    await bare.send({ secret }).expect(403);
    await open(id, { secret }).expect(200);
  });

  it('is not used up by whoever looks at its link, or guesses', async () => {
    const { id, secret } = await given();
    await stage.app.httpAs(null).get(`/portal/${id}`);
    await stage.app.httpAs(null).head(`/portal/${id}`);
    expect(messageOf(await open(id, { secret: 'A'.repeat(43) }).expect(401))).toContain('is not complete');
    expect(messageOf(await open(id, {}).expect(401))).toContain('has to be opened by its link');
    await open(id, {}, { Cookie: `posthorn-portal=phs_${'A'.repeat(43)}` }).expect(401);
    await open('unknown', { secret }).expect(404);
    await open(id, { secret }).expect(200);
  });

  it('has a cookie for its own path, that a frame keeps apart for each site', async () => {
    const alone = await opened();
    expect(alone.cookie).toBe(
      `posthorn-portal=${alone.token}; Path=/posthorn/portal/${alone.id}; Max-Age=3600; HttpOnly; Secure; SameSite=Strict`,
    );
    const framed = await opened({ origins: ['https://app.example.com'] });
    expect(framed.cookie).toContain('; HttpOnly; Secure; SameSite=None; Partitioned');
    // The cookie opens no admin route.
    const cookie = `posthorn-portal=${framed.token}`;
    await stage.app.httpAs(null).get('/admin/webhooks').set('Cookie', cookie).expect(401);
  });

  it('lets pages of its origins frame its page, and no other', async () => {
    const origins = ['https://app.example.com', 'http://localhost:5173'];
    const framed = await given({ origins });
    const alone = await given();
    const pages = stage.app.get<PortalPages>(PORTAL_PAGES);
    expect(await pages.findFrameOrigins(framed.id)).toEqual(origins);
    expect(await pages.findFrameOrigins(alone.id)).toEqual([]);
    expect(await pages.findFrameOrigins('unknown')).toBeNull();
  });

  it('ends with the value of ADMIN_TOKEN that made it', async () => {
    const { token } = await opened();
    await stage.app.restart({ adminToken: 'another-admin-token' });
    await stage.app.httpAs(token).get('/admin/webhooks').expect(401);
    await stage.app.restart();
    await stage.app.httpAs(token).get('/admin/webhooks').expect(200);
  });

  it('is in the audit log: made, opened, used and revoked', async () => {
    const { id, token } = await opened();
    const webhook = await createWebhook(stage.app.httpAs(token), stage.receiver.url);
    await stage.app.http.delete(`/admin/portal-sessions/${id}`).expect(200);
    const { body } = await stage.app.http.get('/admin/audit').expect(200);
    expect(
      body.data.map(({ action, tokenId, targetId, tenant }: Record<string, unknown>) => [
        action,
        tokenId,
        targetId,
        tenant,
      ]),
    ).toEqual([
      ['portal-session.revoke', 'environment', id, null],
      ['webhook.create', id, webhook.id, 'acme'],
      ['portal-session.redeem', id, id, 'acme'],
      ['portal-session.create', 'environment', id, null],
    ]);
  });

  it('sets of a webhook what the setting lets it', async () => {
    const { token } = await opened();
    const http = stage.app.httpAs(token);
    const refused = await http
      .post('/admin/webhooks')
      .send({ name: 'a', url: stage.receiver.url, headers: {}, events: [], timeoutMs: 5, ordering: 'entry' })
      .expect(400);
    expect(refused.body.error.details.errors.map(({ path }: { path: string[] }) => path)).toEqual([
      ['timeoutMs'],
      ['ordering'],
    ]);
    const { id } = await createWebhook(http, stage.receiver.url);
    const { body } = await http.get(`/admin/webhooks/${id}`).expect(200);
    await http
      .put(`/admin/webhooks/${id}`)
      .send({ ...body.data, name: 'renamed' })
      .expect(200);
    for (const change of [{ timeoutMs: 5 }, { isEnabled: false }, { rateLimit: 1 }, { filter: 'true' }]) {
      await http.patch(`/admin/webhooks/${id}`).send(change).expect(400);
    }
    await http.post(`/admin/webhooks/${id}/disable`).expect(403);
    await http.post(`/admin/webhooks/${id}/secret/rotate`).send({}).expect(403);
    await stage.app.http.patch(`/admin/webhooks/${id}`).send({ timeoutMs: 5 }).expect(200);
  });

  it('learns nothing of event types that are hidden from tenants', async () => {
    const { token } = await opened();
    const http = stage.app.httpAs(token);
    const namesFor = async (agent: typeof http) => {
      const { body } = await agent.get('/admin/event-types').expect(200);
      return body.data.map(({ name }: { name: string }) => name);
    };
    expect(await namesFor(stage.app.http)).toContain('entry.delete');
    expect(await namesFor(http)).not.toContain('entry.delete');
    const webhook = { name: 'a', url: stage.receiver.url, headers: {} };
    await http
      .post('/admin/webhooks')
      .send({ ...webhook, events: ['entry.delete'] })
      .expect(400);
    const { id } = await createWebhook(http, stage.receiver.url);
    await http.post(`/admin/webhooks/${id}/trigger`).send({ event: 'entry.delete' }).expect(400);
    await stage.app.http
      .post('/admin/webhooks')
      .send({ ...webhook, events: ['entry.delete'], tenant: 'acme' })
      .expect(201);
  });

  it('is told and sent nothing of events of hidden types', async () => {
    const { token } = await opened();
    const http = stage.app.httpAs(token);
    await createWebhook(http, stage.receiver.url);
    const named = await createWebhook(stage.app.http, stage.receiver.url, {
      events: ['entry.delete'],
      tenant: 'acme',
    });
    const hidden = await publish(stage.app.http, { n: 1 }, { tenant: 'acme' });
    const shown = await publish(stage.app.http, { n: 2 }, { tenant: 'acme', type: 'order.paid' });
    await stage.app.get(DeliveryWorker).runOnce();
    const seen = await http.get('/admin/events').expect(200);
    expect(seen.body.data.map(({ id }: { id: string }) => id)).toEqual([shown]);
    await http.get(`/admin/events/${hidden}`).expect(404);
    await stage.app.http.get(`/admin/events/${hidden}`).expect(200);
    const made = await deliveries(http);
    expect(made.map(({ eventId, webhookId }) => [eventId, webhookId === named.id])).toEqual([[shown, false]]);
  });
});
