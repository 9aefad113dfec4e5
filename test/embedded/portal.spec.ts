import { PortalSessions } from '../../src/app/embedded/portal-sessions.js';
import { ForbiddenError, NotFoundError } from '../../src/http/envelope-error.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { type HostApp, type HostAppOptions, startHost } from './host-app.js';

/** Who sees all and may do all. */
const ANN = { name: 'ann', tenant: null, scopes: ['*' as const] };
const PUBLIC_URL = 'https://shop.example.com/internal';

describeOnAnyDatabase('The portal inside a host', (kind) => {
  let database: TestDatabase;
  let host: HostApp | null = null;

  beforeEach(async () => {
    database = await kind.createEmpty();
  });

  afterEach(async () => {
    await host?.close();
    host = null;
    await database.drop();
  });

  async function start(module: HostAppOptions['module'] = {}) {
    host = await startHost({
      databaseUrl: database.url,
      module: { portal: true, publicUrl: PUBLIC_URL, routePrefix: 'internal', ...module },
    });
    const { app, anonymous, http } = host;
    const sessions = app.get(PortalSessions, { strict: false });
    const openLink = async (url: string) => {
      const { pathname, hash } = new URL(url);
      const { body } = await anonymous
        .post(`${pathname}/session`)
        .set({ Origin: 'https://shop.example.com', 'Sec-Fetch-Site': 'same-origin' })
        .send({ secret: hash.slice(1) })
        .expect(200);
      return (body as { data: { token: string } }).data.token;
    };
    const as = (token: string) => ({ Authorization: `Bearer ${token}` });
    return { sessions, openLink, as, anonymous, http };
  }

  it('is opened by a link of the service, past the guards that know no customer', async () => {
    const { sessions, openLink, as, anonymous, http } = await start();
    const webhook = { name: 'a', url: 'http://127.0.0.1:9/hook', headers: {}, events: [] };
    const made = await http
      .post('/internal/admin/webhooks')
      .send({ ...webhook, tenant: 'beta' })
      .expect(201);

    const { id, url, expiresAt } = await sessions.create(ANN, {
      tenant: 'acme',
      scopes: ['webhooks:read', 'webhooks:create'],
      expiresInSeconds: 600,
    });
    expect(url).toContain(`${PUBLIC_URL}/portal/${id}#`);
    expect(expiresAt).toMatch(/^\d{4}-.*Z$/);
    const token = await openLink(url);
    await anonymous.get('/internal/admin/webhooks').expect(403);
    await anonymous.get('/internal/admin/webhooks').set(as(token)).expect(200, { data: [] });
    await anonymous.get(`/internal/admin/webhooks/${made.body.data.id}`).set(as(token)).expect(404);
    await anonymous.get('/internal/admin/deliveries').set(as(token)).expect(403);
    await anonymous.get('/internal/admin/portal-sessions').set(as(token)).expect(403);
    const own = await anonymous.post('/internal/admin/webhooks').set(as(token)).send(webhook).expect(201);
    expect(own.body.data.tenant).toBe('acme');

    await sessions.revoke(ANN, id);
    await anonymous.get('/internal/admin/webhooks').set(as(token)).expect(401);
    await anonymous
      .get('/internal/admin/webhooks')
      .set(as(`phs_${'A'.repeat(43)}`))
      .expect(401);
    const { data } = await sessions.list(ANN);
    expect(data).toEqual([
      expect.objectContaining({ id, state: 'revoked', tokenId: null, tokenName: 'ann' }),
    ]);
  });

  it('writes the links of the service to the audit log', async () => {
    const { sessions, http } = await start();
    const { id } = await sessions.create(ANN, { tenant: 'acme' });
    await expect(sessions.create(ANN, { tenant: 'acme', scopes: ['*'] })).rejects.toThrow(
      'no portal session has them',
    );
    await expect(sessions.create(ANN, { tenant: 'acme ' })).rejects.toThrow('must not begin or end');
    await sessions.revoke(ANN, id);
    const { body } = await http.get('/internal/admin/audit').expect(200);
    expect(
      body.data.map(({ action, tokenName, targetId }: Record<string, unknown>) => [
        action,
        tokenName,
        targetId,
      ]),
    ).toEqual([
      ['portal-session.revoke', 'ann', id],
      ['portal-session.create', 'ann', null],
      ['portal-session.create', 'ann', null],
      ['portal-session.create', 'ann', id],
    ]);
  });

  it('gives a caller of the host no link for another tenant', async () => {
    const { http } = await start({ caller: () => ({ tenant: 'acme', scopes: ['webhooks:read'] }) });
    const ask = (body: object) => http.post('/internal/admin/portal-sessions').send(body);
    await ask({ tenant: 'beta', scopes: ['webhooks:read'] }).expect(403);
    await ask({ tenant: 'acme', scopes: ['webhooks:create'] }).expect(403);
    await ask({ tenant: 'acme', scopes: ['webhooks:read'] }).expect(201);
  });

  it('shows and gives a viewer of one tenant the sessions of that tenant alone, by its scopes', async () => {
    const { sessions } = await start();
    const acme = {
      name: 'bo',
      tenant: 'acme',
      scopes: ['tokens:read', 'tokens:write', 'webhooks:read'],
    } as const;
    const ofBeta = await sessions.create(ANN, { tenant: 'beta' });
    const ofAcme = await sessions.create(
      { ...acme, scopes: [...acme.scopes] },
      { tenant: 'acme', scopes: ['webhooks:read'] },
    );
    const bo = { ...acme, scopes: [...acme.scopes] };
    expect((await sessions.list(bo)).data.map(({ id }) => id)).toEqual([ofAcme.id]);
    await expect(sessions.create(bo, { tenant: 'beta', scopes: ['webhooks:read'] })).rejects.toThrow(
      ForbiddenError,
    );
    await expect(sessions.create(bo, { tenant: 'acme', scopes: ['webhooks:create'] })).rejects.toThrow(
      'only what its maker has itself',
    );
    await expect(sessions.revoke(bo, ofBeta.id)).rejects.toThrow(NotFoundError);
    const reader = { ...bo, scopes: ['webhooks:read' as const] };
    await expect(sessions.list(reader)).rejects.toThrow('lacks the scope "tokens:read"');
    await expect(sessions.create(reader, { tenant: 'acme' })).rejects.toThrow(
      'lacks the scope "tokens:write"',
    );
    await expect(sessions.revoke(reader, ofAcme.id)).rejects.toThrow('lacks the scope "tokens:write"');
    // A viewer is no token that could end.
    const tied = await sessions.create({ ...ANN, tokenId: 'of the host' }, { tenant: 'gamma' });
    const { data } = await sessions.list(ANN);
    expect(data.find(({ id }) => id === tied.id)).toMatchObject({ state: 'unused', tokenId: null });
  });

  it('is not there unless it is asked for', async () => {
    const { sessions, http, anonymous } = await start({ portal: false });
    await expect(sessions.create(ANN, { tenant: 'acme' })).rejects.toThrow('Set "portal" to true');
    await http.post('/internal/admin/portal-sessions').send({ tenant: 'acme' }).expect(404);
    await anonymous.post('/internal/portal/1/session').send({}).expect(404);
    await anonymous.get('/internal/admin/webhooks').set('Authorization', 'Bearer phs_x').expect(403);
  });
});
