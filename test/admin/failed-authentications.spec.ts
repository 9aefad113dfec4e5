import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type DeepPartial, type RunningApp, startApp } from '../support/start-app.js';
import type { Settings } from '../../src/settings/settings.js';

const FAILURES = 3;
const BLOCK_MS = 45_000;
const TOO_OFTEN = {
  data: null,
  error: {
    status: 429,
    name: 'RateLimitError',
    message: 'Too many requests, please try again later.',
    details: {},
  },
};

describeOnAnyDatabase('Failed authentications', (kind) => {
  let database: TestDatabase;
  let running: RunningApp;
  const clock = new ManualClock();

  beforeAll(async () => {
    database = await kind.create();
  });

  afterEach(async () => {
    await running.close();
  });

  afterAll(async () => {
    await database.drop();
  });

  async function begin(http: DeepPartial<Settings['http']> = {}): Promise<void> {
    const throttle = { failures: FAILURES, windowMs: 60_000, blockMs: BLOCK_MS };
    running = await startApp({ databaseUrl: database.url, clock, settings: { http, admin: { throttle } } });
  }

  const statusOf = async (token: string, forwardedFor = '') => {
    const request = running.httpAs(token).get('/admin/tokens');
    return (await (forwardedFor ? request.set('X-Forwarded-For', forwardedFor) : request)).status;
  };
  const statuses = async (count: number, forwardedFor?: (n: number) => string) => {
    const seen: number[] = [];
    for (let n = 0; n < count; n += 1) seen.push(await statusOf('pht_wrong', forwardedFor?.(n)));
    return seen;
  };

  it('are answered 401, and above the limit 429 until the block ends', async () => {
    await begin();
    expect(await statuses(5)).toEqual([401, 401, 401, 429, 429]);
    const { body, headers } = await running.httpAs(null).get('/admin/webhooks').expect(429);
    expect(body).toEqual(TOO_OFTEN);
    expect(headers['retry-after']).toBe('45');
    clock.advance(BLOCK_MS);
    expect(await statuses(1)).toEqual([401]);
  });

  it('never lock the owner out: valid tokens pass from the same address', async () => {
    await begin();
    const made = await running.http
      .post('/admin/tokens')
      .send({ name: 'owner', scopes: ['*'] })
      .expect(201);
    expect(await statuses(FAILURES + 2)).toContain(429);
    for (const token of [running.token, made.body.data.token as string]) {
      for (let n = 0; n < FAILURES + 2; n += 1) expect(await statusOf(token)).toBe(200);
    }
    expect(await statuses(1)).toEqual([429]);
  });

  it('are all that is counted: refusals of valid tokens and open routes are not', async () => {
    await begin();
    const made = await running.http
      .post('/admin/tokens')
      .send({ name: 'little', scopes: ['metrics:read'] })
      .expect(201);
    for (let n = 0; n < FAILURES + 2; n += 1) {
      await running.httpAs(made.body.data.token).get('/admin/tokens').expect(403);
      await running.http.get('/admin/webhooks/unknown').expect(404);
      await running.httpAs('pht_wrong').get('/health/live').expect(200);
    }
    expect(await statuses(1)).toEqual([401]);
  });

  it('count for the address of the connection, whatever a client writes', async () => {
    await begin();
    expect(await statuses(5, (n) => `192.0.2.${n}`)).toEqual([401, 401, 401, 429, 429]);
  });

  it('count for the client’s address where the proxy is believed, of IPv6 for its /64', async () => {
    await begin({ trustProxy: 'loopback' });
    expect(await statuses(5, (n) => `192.0.2.${n}`)).toEqual([401, 401, 401, 401, 401]);
    expect(await statuses(5, () => '198.51.100.1')).toEqual([401, 401, 401, 429, 429]);
    expect(await statuses(5, (n) => `2001:db8::${n + 1}`)).toEqual([401, 401, 401, 429, 429]);
    expect(await statuses(1, () => '2001:db8:0:1::1')).toEqual([401]);
    // What stands before the proxy's own entry was written by the client.
    expect(await statuses(2, (n) => `203.0.113.${n}, 198.51.100.1`)).toEqual([429, 429]);
  });
});

describeOnAnyDatabase('A token that is revoked', (kind) => {
  let database: TestDatabase;
  let instances: [RunningApp, RunningApp];
  const clock = new ManualClock();

  beforeAll(async () => {
    database = await kind.create();
    const settings = { admin: { throttle: { failures: 0 } }, delivery: { worker: false } };
    instances = [
      await startApp({ databaseUrl: database.url, settings, clock }),
      await startApp({ databaseUrl: database.url, settings, clock }),
    ];
  });

  afterAll(async () => {
    for (const one of instances) await one.close();
    await database.drop();
  });

  it('is refused at once where it was revoked, also in the midst of its requests, and within a second elsewhere', async () => {
    const [one, other] = instances;
    for (let round = 0; round < 5; round += 1) {
      const made = await one.http
        .post('/admin/tokens')
        .send({ name: 'busy', scopes: ['*'] })
        .expect(201);
      const { id, token } = made.body.data as { id: string; token: string };
      const ask = async (app: RunningApp) => (await app.httpAs(token).get('/admin/event-types')).status;
      const askMany = (app: RunningApp) => Array.from({ length: 20 }, () => ask(app));
      expect([await ask(one), await ask(other)]).toEqual([200, 200]);
      clock.advance(500);
      const during = askMany(one);
      await one.http.delete(`/admin/tokens/${id}`).expect(200);
      expect(new Set(await Promise.all(askMany(one)))).toEqual(new Set([401]));
      expect([200, 401]).toEqual(expect.arrayContaining([...new Set(await Promise.all(during))]));
      clock.advance(500);
      expect(new Set(await Promise.all(askMany(other)))).toEqual(new Set([401]));
    }
  });
});
