import { DataSource } from 'typeorm';
import { AdminTokenEntity } from '../../src/admin/tokens/admin-token.entity.js';
import { FirstToken } from '../../src/admin/tokens/first-token.js';
import { TokenUses } from '../../src/admin/tokens/token-uses.js';
import { describeOnAnyDatabase, describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type RunningApp, startApp } from '../support/start-app.js';

const START = Date.parse('2026-01-10T08:47:36.649Z');
const UNAUTHORIZED = {
  data: null,
  error: { status: 401, name: 'UnauthorizedError', message: 'Missing or invalid credentials', details: {} },
};
const FORBIDDEN = {
  data: null,
  error: { status: 403, name: 'ForbiddenError', message: 'Forbidden', details: {} },
};

describeOnAnyDatabase('admin tokens', (kind) => {
  let database: TestDatabase;
  let running: RunningApp;
  const clock = new ManualClock(START);

  beforeAll(async () => {
    database = await kind.create();
    running = await startApp({ databaseUrl: database.url, clock });
  });

  afterAll(async () => {
    await running.close();
    await database.drop();
  });

  async function given(body: object = {}): Promise<{ id: string; token: string; [key: string]: unknown }> {
    const answer = await running.http
      .post('/admin/tokens')
      .send({ name: 'one', scopes: ['*'], ...body })
      .expect(201);
    return answer.body.data;
  }

  it('are shown once, and kept as a hash', async () => {
    const { token, ...shown } = await given({ name: 'ci', scopes: ['webhooks:read', 'webhooks:read'] });

    expect(token).toMatch(/^pht_[A-Za-z0-9_-]{43}$/);
    expect(Object.entries(shown)).toEqual([
      ['id', expect.any(String)],
      ['name', 'ci'],
      ['scopes', ['webhooks:read']],
      ['tenant', null],
      ['expiresAt', null],
      ['lastUsedAt', null],
      ['createdAt', '2026-01-10T08:47:36.649Z'],
    ]);
    const { body, text } = await running.http.get('/admin/tokens').expect(200);
    expect(body.data).toContainEqual(shown);
    expect(text).not.toContain(token);
    const rows = await running.get(DataSource).query<object[]>('SELECT * FROM admin_tokens');
    expect(JSON.stringify(rows)).not.toContain(token.slice(4));
  });

  it('open what their scopes say, and nothing else', async () => {
    const { token } = await given({ scopes: ['webhooks:read'] });
    await running.httpAs(token).get('/admin/webhooks').expect(200);
    await running.httpAs(token).get('/admin/tokens').expect(403, FORBIDDEN);
    await running.httpAs(token).post('/admin/tokens').send({ name: 'a', scopes: [] }).expect(403, FORBIDDEN);
  });

  it.each([undefined, '', 'Bearer', 'Bearer pht_wrong', 'Basic dGVzdDp0ZXN0', 'Bearer a b'])(
    'are asked for: the credentials %j are refused',
    async (authorization) => {
      const request = running.httpAs(null).get('/admin/tokens');
      if (authorization !== undefined) request.set('Authorization', authorization);
      await request.expect(401, UNAUTHORIZED);
    },
  );

  it('are refused from the moment at which they expire', async () => {
    const { token, expiresAt } = await given({ expiresAt: new Date(clock.now() + 1000).toISOString() });
    expect(expiresAt).toBe(new Date(clock.now() + 1000).toISOString());
    clock.advance(999);
    await running.httpAs(token).get('/admin/webhooks').expect(200);
    clock.advance(1);
    await running.httpAs(token).get('/admin/webhooks').expect(401, UNAUTHORIZED);
  });

  it('make none that lives longer than they do', async () => {
    const at = (ms: number) => new Date(clock.now() + ms).toISOString();
    const { token } = await given({ expiresAt: at(1_000) });
    const make = (body: object) =>
      running
        .httpAs(token)
        .post('/admin/tokens')
        .send({ name: 'child', scopes: ['webhooks:read'], ...body });
    for (const body of [{}, { expiresAt: null }, { expiresAt: at(1_001) }]) {
      const answer = await make(body).expect(403);
      expect(answer.body.error.message).toBe(
        `A token can make no token that lives longer than itself: set expiresAt to ${at(1_000)} or earlier.`,
      );
    }
    await make({ expiresAt: at(1_000) }).expect(201);
  });

  it('are shown by an answer that nobody keeps', async () => {
    const answer = await running.http
      .post('/admin/tokens')
      .send({ name: 'a', scopes: ['*'] })
      .expect(201);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('are refused from the moment at which they are revoked', async () => {
    const { token, ...shown } = await given();
    await running.http.delete(`/admin/tokens/${shown.id}`).expect(200, { data: shown });
    await running.httpAs(token).get('/admin/webhooks').expect(401, UNAUTHORIZED);
  });

  it.each(['x', 'a'.repeat(300), '%C3%BC'])('are not found under the id %s', async (id) => {
    const { body } = await running.http.delete(`/admin/tokens/${id}`).expect(404);
    expect(body.error).toEqual({
      status: 404,
      name: 'NotFoundError',
      message: 'token.notFound',
      details: {},
    });
  });

  it('tell when they were last used, written in batches', async () => {
    const used = await given();
    const unused = await given();
    const lastUses = async () => {
      const { body } = await running.http.get('/admin/tokens').expect(200);
      const uses = new Map(
        body.data.map((one: { id: string; lastUsedAt: string | null }) => [one.id, one.lastUsedAt]),
      );
      return [uses.get(used.id), uses.get(unused.id)];
    };

    for (let use = 0; use < 2; use += 1) {
      clock.advance(60_000);
      await running.httpAs(used.token).get('/admin/webhooks').expect(200);
      await running.get(TokenUses).flush();
      expect(await lastUses()).toEqual([new Date(clock.now()).toISOString(), null]);
    }
  });

  it.each<[string, object, string]>([
    ['no name', { scopes: ['*'] }, 'name is a required field'],
    ['no scopes', { name: 'a' }, 'scopes is a required field'],
    ['an empty list of scopes', { name: 'a', scopes: [] }, 'scopes must name at least one scope'],
    ['a scope that there is not', { name: 'a', scopes: ['x'] }, 'There is no scope "x".'],
    ['a tenant without a name', { name: 'a', scopes: ['*'], tenant: '' }, 'tenant must have 1 to 255'],
    [
      'a time that is none',
      { name: 'a', scopes: ['*'], expiresAt: 'soon' },
      'expiresAt must be a date and time',
    ],
    [
      'a time that is past',
      { name: 'a', scopes: ['*'], expiresAt: '2020-01-01T00:00:00Z' },
      'expiresAt must be in the future',
    ],
    ['unknown keys', { name: 'a', scopes: ['*'], id: 'a' }, 'this field has unspecified keys: id'],
  ])('are not made with %s', async (_, body, message) => {
    const answer = await running.http.post('/admin/tokens').send(body).expect(400);
    expect(answer.body.error.name).toBe('ValidationError');
    expect(answer.body.error.message).toContain(message);
  });

  it('give no more than they have', async () => {
    const { token } = await given({ scopes: ['tokens:write', 'webhooks:read'] });
    const giver = running.httpAs(token);
    await giver
      .post('/admin/tokens')
      .send({ name: 'a', scopes: ['webhooks:read'] })
      .expect(201);
    for (const scope of ['webhooks:create', '*']) {
      const { body } = await giver
        .post('/admin/tokens')
        .send({ name: 'a', scopes: [scope] })
        .expect(403);
      expect(body.error.message).toContain(scope);
    }
  });

  it('of a tenant see, make and revoke that tenant’s alone', async () => {
    const acme = await given({ name: 'acme', tenant: 'acme' });
    const beta = await given({ name: 'beta', tenant: 'beta' });
    const giver = running.httpAs(acme.token);

    const made = await giver
      .post('/admin/tokens')
      .send({ name: 'more', scopes: ['*'] })
      .expect(201);
    expect(made.body.data.tenant).toBe('acme');
    for (const tenant of ['beta', null]) {
      await giver
        .post('/admin/tokens')
        .send({ name: 'more', scopes: ['*'], tenant })
        .expect(403);
    }
    const { body } = await giver.get('/admin/tokens').expect(200);
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual(['acme', 'more']);
    await giver.delete(`/admin/tokens/${beta.id}`).expect(404);
    await giver.delete(`/admin/tokens/${made.body.data.id}`).expect(200);
  });
});

describeOnEveryDatabase('the last use of a token', (kind) => {
  it('is written when the process stops', async () => {
    const database = await kind.create();
    try {
      const before = await startApp({ databaseUrl: database.url });
      const given = await before.http
        .post('/admin/tokens')
        .send({ name: 'one', scopes: ['*'] })
        .expect(201);
      await before.httpAs(given.body.data.token).get('/admin/tokens').expect(200);
      await before.close();

      const after = await startApp({ databaseUrl: database.url });
      const { body } = await after.http.get('/admin/tokens').expect(200);
      await after.close();
      expect(body.data).toEqual([expect.objectContaining({ lastUsedAt: expect.any(String) })]);
    } finally {
      await database.drop();
    }
  });
});

describeOnEveryDatabase('the first token', (kind) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await kind.create();
  });

  afterEach(async () => {
    await database.drop();
  });

  const start = (adminToken: string | null) =>
    startApp({ databaseUrl: database.url, settings: { adminToken } });

  it('is made once by instances that start together, and opens everything', async () => {
    const instances = [await start(null), await start(null)] as const;
    try {
      await instances[0].get(DataSource).manager.deleteAll(AdminTokenEntity);
      const tokens = await Promise.all(instances.map((one) => one.get(FirstToken).ensure()));
      const made = tokens.filter((one) => one !== null);
      expect(made).toHaveLength(1);
      for (const one of instances)
        await one
          .httpAs(made[0] ?? '')
          .get('/admin/tokens')
          .expect(200);
      expect(await instances[0].get(FirstToken).ensure()).toBeNull();
    } finally {
      for (const one of instances) await one.close();
    }
  });

  it('is not made where ADMIN_TOKEN is set', async () => {
    const running = await start('from-the-environment');
    try {
      expect(await running.get(FirstToken).ensure()).toBeNull();
      await running.httpAs('from-the-environment').get('/admin/tokens').expect(200, { data: [] });
    } finally {
      await running.close();
    }
  });
});
