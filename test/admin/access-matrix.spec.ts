import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import { RequestMethod, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AUDITED } from '../../src/auth/audit.js';
import { PUBLIC_ROUTE, REQUIRED_SCOPE, type Scope, SCOPES } from '../../src/auth/scopes.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

/**
 * What another tenant's token gets, with every scope, when it names what is acme's (`:webhook` and so on in the path are
 * acme's own; what is in a body is written `acme's webhook`):
 * - `gone`: 404, as if there were no such thing
 * - `hidden`: its own things, and not a word of acme's
 * - `untouched`: it is told nothing is wrong, and acme's things stay as they are
 * - `refused`: 403
 * - `invalid`: 400, as for ids that name nothing
 */
type ForAnotherTenant = 'gone' | 'hidden' | 'untouched' | 'refused' | 'invalid';

/**
 * Method, path, the scope that opens it, what another tenant's token gets, and what it sends; `any`: every token opens
 * it, and it shows the caller alone.
 */
type Row =
  | [method: string, path: string, scope: Scope, another: ForAnotherTenant, body?: object | 'a file']
  | [method: string, path: string, scope: 'public' | 'any'];

const WEBHOOK = { name: 'x', url: 'https://hooks.example.com', headers: {}, events: [] };
const OF_WEBHOOK = { filter: { webhookId: "acme's webhook" } };
const ENTRY = { data: { city: 'Paris' } };

// Every route of the application has its row here. A new route: one line more.
// prettier-ignore
const MATRIX: Row[] = [
  ['GET',    '/admin/event-types',                      'webhooks:read',    'hidden'],
  ['GET',    '/admin/webhooks',                         'webhooks:read',    'hidden'],
  ['POST',   '/admin/webhooks',                         'webhooks:create',  'refused',   { ...WEBHOOK, tenant: 'acme' }],
  ['POST',   '/admin/webhooks/batch-delete',            'webhooks:delete',  'untouched', { ids: ["acme's webhook"] }],
  ['GET',    '/admin/webhooks/health',                  'webhooks:read',    'hidden'],
  ['GET',    '/admin/webhooks/:webhook',                'webhooks:read',    'gone'],
  ['POST',   '/admin/webhooks/filter/check',            'webhooks:read',    'hidden',    { filter: 'true' }],
  ['PUT',    '/admin/webhooks/:webhook',                'webhooks:update',  'gone',      WEBHOOK],
  ['PATCH',  '/admin/webhooks/:webhook',                'webhooks:update',  'gone',      { name: 'x' }],
  ['DELETE', '/admin/webhooks/:webhook',                'webhooks:delete',  'gone'],
  ['POST',   '/admin/webhooks/:webhook/enable',         'webhooks:update',  'gone'],
  ['POST',   '/admin/webhooks/:webhook/disable',        'webhooks:update',  'gone'],
  ['POST',   '/admin/webhooks/:webhook/trigger',        'webhooks:update',  'gone'],
  ['GET',    '/admin/webhooks/:webhook/secret',         'secrets:read',     'gone'],
  ['POST',   '/admin/webhooks/:webhook/secret/rotate',  'webhooks:update',  'gone'],
  ['GET',    '/admin/webhooks/:webhook/deliveries',     'deliveries:read',  'gone'],
  ['POST',   '/admin/webhooks/:webhook/recover',        'deliveries:write', 'gone',      { since: '2020-01-01' }],
  ['GET',    '/admin/deliveries',                       'deliveries:read',  'hidden'],
  ['POST',   '/admin/deliveries/count',                 'deliveries:read',  'hidden',    OF_WEBHOOK],
  ['GET',    '/admin/deliveries/:delivery',             'deliveries:read',  'gone'],
  ['POST',   '/admin/deliveries/:delivery/redeliver',   'deliveries:write', 'gone'],
  ['POST',   '/admin/deliveries/:delivery/cancel',      'deliveries:write', 'gone'],
  ['POST',   '/admin/deliveries/redeliver',             'deliveries:write', 'untouched', OF_WEBHOOK],
  ['POST',   '/admin/deliveries/cancel',                'deliveries:write', 'untouched', OF_WEBHOOK],
  ['GET',    '/admin/recoveries/:recovery',             'deliveries:read',  'gone'],
  ['POST',   '/admin/erase',                            'erase:write',      'refused',   { tenant: 'acme' }],
  ['GET',    '/admin/erasures',                         'erase:write',      'hidden'],
  ['GET',    '/admin/erasures/:erasure',                'erase:write',      'gone'],
  ['GET',    '/admin/events',                           'deliveries:read',  'hidden'],
  ['GET',    '/admin/events/:event',                    'deliveries:read',  'gone'],
  ['POST',   '/admin/events',                           'events:write',     'refused',   { type: 'order.shipped', data: {}, tenant: 'acme' }],
  ['POST',   '/intake/strapi',                          'events:write',     'hidden',    { event: 'entry.create', model: 'address', entry: { id: 1 } }],
  ['GET',    '/admin/overview',                         'deliveries:read',  'hidden'],
  ['GET',    '/admin/stream',                           'deliveries:read',  'hidden'],
  ['GET',    '/admin/sending',                          'deliveries:read',  'hidden'],
  ['POST',   '/admin/sending/pause',                    'deliveries:write', 'refused'],
  ['POST',   '/admin/sending/resume',                   'deliveries:write', 'refused'],
  ['GET',    '/admin/session',                          'any'],
  ['GET',    '/admin/tokens',                           'tokens:read',      'hidden'],
  ['POST',   '/admin/tokens',                           'tokens:write',     'refused',   { name: 'x', scopes: ['*'], tenant: 'acme' }],
  ['DELETE', '/admin/tokens/:token',                    'tokens:write',     'gone'],
  ['GET',    '/admin/portal-sessions',                  'tokens:read',      'hidden'],
  ['POST',   '/admin/portal-sessions',                  'tokens:write',     'refused',   { tenant: 'acme' }],
  ['DELETE', '/admin/portal-sessions/:portal',          'tokens:write',     'gone'],
  ['POST',   '/portal/:id/session',                     'public'],
  ['DELETE', '/portal/:id/session',                     'public'],
  ['GET',    '/portal/:id',                             'public'],
  ['GET',    '/portal/:id/*path',                       'public'],
  ['GET',    '/admin/audit',                            'audit:read',       'hidden'],
  ['POST',   '/api/upload',                             'media:write',      'hidden',    'a file'],
  ['GET',    '/api/upload/files',                       'media:read',       'hidden'],
  ['GET',    '/api/upload/files/:file',                 'media:read',       'gone'],
  ['DELETE', '/api/upload/files/:file',                 'media:write',      'gone'],
  ['GET',    '/api/:plural',                            'content:read',     'hidden'],
  ['POST',   '/api/:plural',                            'content:write',    'hidden',    ENTRY],
  ['GET',    '/api/:plural/:entry',                     'content:read',     'gone'],
  ['PUT',    '/api/:plural/:entry',                     'content:write',    'gone',      ENTRY],
  ['DELETE', '/api/:plural/:entry',                     'content:write',    'gone'],
  ['PUT',    '/api/:plural',                            'content:write',    'gone',      ENTRY],
  ['DELETE', '/api/:plural',                            'content:write',    'gone'],
  ['POST',   '/api/:plural/bulk-create',                'content:write',    'hidden',    { data: [{ city: 'Paris' }] }],
  ['POST',   '/api/:plural/bulk-update',                'content:write',    'invalid',     { ids: ["acme's entry"], data: { city: 'Paris' } }],
  ['POST',   '/api/:plural/bulk-delete',                'content:write',    'invalid',     { ids: ["acme's entry"] }],
  ['POST',   '/api/:plural/:entry/actions/:action',     'content:write',    'gone'],
  ['POST',   '/api/:plural/actions/:action',            'content:write',    'gone'],
  ['GET',    '/uploads/:name',                          'public'],
  ['GET',    '/dashboard',                              'public'],
  ['GET',    '/dashboard/*path',                        'public'],
  ['GET',    '/admin/system',                           'metrics:read',     'refused'],
  ['GET',    '/metrics',                                'metrics:read',     'refused'],
  ['GET',    '/health/live',                            'public'],
  ['GET',    '/health/ready',                           'public'],
  ['GET',    '/docs',                                   'public'],
  ['GET',    '/openapi.json',                           'public'],
  ['GET',    '/asyncapi.json',                          'public'],
];

const GUARDED = MATRIX.filter(
  (row): row is Exclude<Row, [string, string, 'public' | 'any']> => row[2] !== 'public' && row[2] !== 'any',
);
const FOR_EVERY_TOKEN = MATRIX.filter(([, , scope]) => scope === 'any').map(
  ([method, path]) => [method, path] as const,
);
const PUBLIC = MATRIX.filter(([, , scope]) => scope === 'public').map(
  ([method, path]) => [method, path] as const,
);

/** What stands in the name of everything that is acme's. */
const MARK = 'acme-only';

/** Statuses that say who may do it; everything else says what came of it. */
const REFUSALS = [401, 403, 429];

/** A route without the names of its parameters: `GET /admin/webhooks/:`. Pages beneath /docs are the page's own. */
function shapeOf(method: string, path: string): string {
  const shape = path.replaceAll(/:\w+/g, ':');
  return `${method} ${shape.startsWith('/docs/') ? '/docs' : shape}`;
}

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** Every route that the HTTP server knows, whoever put it there. */
function servedBy(app: RunningApp): string[] {
  const { router } = app.app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } };
  const shapes = router.stack.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => shapeOf(method.toUpperCase(), route.path)) : [],
  );
  return [...new Set(shapes)].toSorted();
}

interface Handler {
  shape: string;
  scope: Scope | 'public' | 'any' | undefined;
  isAudited: boolean;
}

/** Every handler of every controller, with what its decorators say. */
function handlersOf(app: RunningApp): Handler[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) =>
    [...module.controllers.values()].flatMap(({ metatype }) => (metatype ? [metatype as Type] : [])),
  );
  return controllers.flatMap((controller) => {
    const prototype = controller.prototype as Record<string, object>;
    return Object.getOwnPropertyNames(prototype).flatMap((name): Handler[] => {
      const handler = prototype[name]!;
      const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
      if (method === undefined) return [];
      const parts = [controller, handler].map((of) => Reflect.getMetadata('path', of) as string);
      const path = `/${parts.join('/')}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1');
      const said = (key: string): unknown =>
        Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller);
      const scope = said(PUBLIC_ROUTE) ? 'public' : (said(REQUIRED_SCOPE) as Scope | 'any' | undefined);
      const isAudited = Reflect.hasMetadata(AUDITED, handler);
      return [{ shape: shapeOf(RequestMethod[method], path), scope, isAudited }];
    });
  });
}

describeOnAnyDatabase('The matrix of access', (kind) => {
  let database: TestDatabase;
  let app: RunningApp;
  let receiver: Receiver;
  let acme: HttpAgent;
  /** The ids of acme's things, by the names that the matrix has for them. */
  let things: Record<string, string>;
  const ofScope = new Map<Scope, HttpAgent>();

  beforeAll(async () => {
    database = await kind.create();
    receiver = await startReceiver();
    app = await startApp({
      databaseUrl: database.url,
      settings: { admin: { throttle: { failures: 0 } }, publicUrl: 'https://hooks.example.com' },
    });
    for (const scope of SCOPES) ofScope.set(scope, await tokenWith({ scopes: [scope] }));
    acme = await tokenWith({ name: MARK, tenant: 'acme' });
    things = await makeThings();
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await receiver?.close();
    await database?.drop();
  });

  async function tokenWith(body: object): Promise<HttpAgent> {
    const { body: made } = await app.http
      .post('/admin/tokens')
      .send({ name: 'one', scopes: ['*'], ...body })
      .expect(201);
    return app.httpAs(made.data.token);
  }

  async function makeThings(): Promise<Record<string, string>> {
    const webhook = await createWebhook(acme, `${receiver.url}/${MARK}`, { name: MARK });
    const event = await publish(acme, { mark: MARK });
    await receiver.received(1);
    const delivery = await eventually(async () => {
      const [only] = await deliveries(acme, '?state=succeeded');
      expect(only).toBeDefined();
      return only?.id ?? '';
    });
    const recovery = await acme.post(`/admin/webhooks/${webhook.id}/recover`).send({ since: '2020-01-01' });
    const erasure = await acme.post('/admin/erase').send({ key: MARK });
    const token = await acme.post('/admin/tokens').send({ name: MARK, scopes: ['*'] });
    const portal = await acme.post('/admin/portal-sessions').send({ tenant: 'acme' });
    const entry = await acme.post('/api/addresses').send({ data: { city: MARK } });
    const file = await acme.post('/api/upload').attach('files', GIF, `${MARK}.gif`);
    return {
      webhook: webhook.id,
      event,
      delivery,
      recovery: recovery.body.data.id,
      erasure: erasure.body.data.id,
      token: token.body.data.id,
      portal: portal.body.data.id,
      entry: String(entry.body.data.id),
      file: String(file.body[0].id),
      plural: 'addresses',
      action: 'publish',
      name: 'unknown.gif',
    };
  }

  async function call(http: HttpAgent, method: string, path: string, body?: object | 'a file') {
    const request = http[method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'](path);
    if (path === '/admin/stream') return request.buffer(true).parse(beginningOf as never);
    if (body === 'a file') return request.attach('files', GIF, 'dot.gif');
    return body === undefined ? request : request.send(body);
  }

  /** The path of what there is not, of which nothing comes whoever asks. */
  const nowhere = (path: string) =>
    path.replaceAll(/:(\w+)/g, (_, name: string) => (name === 'plural' ? 'addresses' : 'unknown'));
  const acmes = (path: string) => path.replaceAll(/:(\w+)/g, (_, name: string) => things[name] ?? name);
  const acmesIn = (body: object | 'a file' | undefined) =>
    typeof body === 'object'
      ? (JSON.parse(
          JSON.stringify(body)
            // Ids of entries are numbers.
            .replaceAll('"acme\'s entry"', things['entry'] ?? '')
            .replaceAll(/acme's (\w+)/g, (_, name: string) => things[name] ?? name),
        ) as object)
      : body;

  /** Acme's things as they are now. */
  async function stateOfAcme(): Promise<unknown[]> {
    const paths = [
      '/admin/webhooks',
      `/admin/webhooks/${things['webhook']}/secret`,
      '/admin/deliveries',
      `/admin/deliveries/${things['delivery']}`,
      '/admin/events',
      `/admin/recoveries/${things['recovery']}`,
      '/admin/sending',
      '/admin/portal-sessions',
      '/api/addresses',
      '/api/upload/files',
    ];
    const answers = await Promise.all(paths.map((path) => acme.get(path).expect(200)));
    const tokens = await acme.get('/admin/tokens').expect(200);
    return [
      ...answers.map(({ body }) => body as unknown),
      tokens.body.data.map(({ id }: { id: string }) => id),
    ];
  }

  it('has every route that is served, and no other', () => {
    expect(MATRIX.map(([method, path]) => shapeOf(method, path)).toSorted()).toEqual(servedBy(app));
  });

  it('says of every route what its decorators say', () => {
    const handlers = handlersOf(app).map(({ shape, scope }): [string, unknown] => [shape, scope]);
    const rows = new Map(MATRIX.map(([method, path, scope]) => [shapeOf(method, path), scope]));
    expect(handlers.map(([shape]): [string, unknown] => [shape, rows.get(shape)])).toEqual(handlers);
  });

  // What a scope to read opens changes nothing, whatever its method.
  it('has no admin route that changes something and is not in the audit log', () => {
    const changing = handlersOf(app).filter(
      ({ shape, scope }) => /^(?!GET )\w+ \/admin\//.test(shape) && !scope?.endsWith(':read'),
    );
    expect(changing.length).toBeGreaterThan(15);
    expect(changing.filter(({ isAudited }) => !isAudited).map(({ shape }) => shape)).toEqual([]);
  });

  it.each(GUARDED)('%s %s is opened by %s and * alone', async (method, path, scope) => {
    const opened: Scope[] = [];
    for (const [one, http] of ofScope) {
      const { status, body } = await call(http, method, nowhere(path), method === 'GET' ? undefined : {});
      expect(status).toBeLessThan(500);
      if (REFUSALS.includes(status)) {
        expect(body).toEqual({
          data: null,
          error: { status: 403, name: 'ForbiddenError', message: 'Forbidden', details: {} },
        });
      } else opened.push(one);
    }
    expect(opened).toEqual(SCOPES.filter((one) => one === scope || one === '*'));
  });

  it.each(FOR_EVERY_TOKEN)('%s %s is opened by every token, and by nothing else', async (method, path) => {
    for (const http of ofScope.values()) expect((await call(http, method, path)).status).toBe(200);
    for (const token of [null, 'pht_wrong']) {
      expect((await call(app.httpAs(token), method, path)).status).toBe(401);
    }
  });

  it.each(GUARDED)('%s %s is closed without a token, and with a wrong one', async (method, path) => {
    for (const token of [null, 'pht_wrong', `pht_${'A'.repeat(43)}`]) {
      const { status, body } = await call(app.httpAs(token), method, nowhere(path));
      expect([status, body]).toEqual([
        401,
        {
          data: null,
          error: {
            status: 401,
            name: 'UnauthorizedError',
            message: 'Missing or invalid credentials',
            details: {},
          },
        },
      ]);
    }
  });

  it.each(
    GUARDED.map(([method, path, , another, body]): [string, string, ForAnotherTenant, unknown] => [
      method,
      path,
      another,
      body,
    ]),
  )('%s %s of what is another tenant’s: %s', async (method, path, another, body) => {
    // A tenant of its own for each row, so that nothing that one has done is shown to the next.
    const http = await tokenWith({ tenant: `beta ${method} ${path}` });
    const before = await stateOfAcme();
    const answer = await call(http, method, acmes(path), acmesIn(body as object | 'a file' | undefined));
    expect(await stateOfAcme()).toEqual(before);
    if (another === 'gone') expect(answer.status).toBe(404);
    else if (another === 'refused') expect(answer.status).toBe(403);
    else if (another === 'invalid') expect(answer.status).toBe(400);
    else expect(answer.status).toBeLessThan(300);
    expect(answer.text).not.toContain(MARK);
    if (another === 'hidden') {
      for (const name of [
        'webhook',
        'event',
        'delivery',
        'recovery',
        'erasure',
        'token',
        'portal',
      ] as const) {
        expect(answer.text).not.toContain(things[name]);
      }
    }
  });

  /** Every scope that a portal session can have. */
  const OF_PORTALS = SCOPES.filter((scope) => !/^(\*|tokens:.*|events:write|erase:write)$/.test(scope));

  /** A portal session with these scopes, opened. */
  async function portalWith(scopes: readonly Scope[], tenant = 'acme'): Promise<HttpAgent> {
    const made = await app.http.post('/admin/portal-sessions').send({ tenant, scopes }).expect(201);
    const { pathname, hash } = new URL(made.body.data.url as string);
    const opened = await app
      .httpAs(null)
      .post(`${pathname}/session`)
      .set({ Origin: 'https://hooks.example.com', 'Sec-Fetch-Site': 'same-origin' })
      .send({ secret: hash.slice(1) })
      .expect(200);
    return app.httpAs(opened.body.data.token);
  }

  it.each(GUARDED)('%s %s is opened by a portal session with %s alone', async (method, path, scope) => {
    const [only, others] = [[scope], OF_PORTALS.filter((one) => one !== scope)];
    const body = method === 'GET' ? undefined : {};
    const { status } = await call(await portalWith(others), method, nowhere(path), body);
    expect(status).toBe(403);
    if (!OF_PORTALS.includes(scope)) return;
    const opened = await call(await portalWith(only), method, nowhere(path), body);
    // What is of the whole deployment is for nobody with a tenant.
    if (['/metrics', '/admin/system'].includes(path) || path.startsWith('/admin/sending/')) return;
    expect([401, 403]).not.toContain(opened.status);
  });

  it.each(
    GUARDED.map(([method, path, , another, body]): [string, string, ForAnotherTenant, unknown] => [
      method,
      path,
      another,
      body,
    ]),
  )(
    '%s %s of what is another tenant’s is closed to a portal session',
    async (method, path, another, body) => {
      const http = await portalWith(OF_PORTALS, `gamma ${method} ${path}`);
      const before = await stateOfAcme();
      const answer = await call(http, method, acmes(path), acmesIn(body as object | 'a file' | undefined));
      expect(await stateOfAcme()).toEqual(before);
      if (another === 'gone') expect([403, 404]).toContain(answer.status);
      if (another === 'refused') expect(answer.status).toBe(403);
      expect(answer.text).not.toContain(MARK);
      for (const name of [
        'webhook',
        'event',
        'delivery',
        'recovery',
        'erasure',
        'token',
        'portal',
      ] as const) {
        if (another === 'hidden') expect(answer.text).not.toContain(things[name]);
      }
    },
  );

  it.each(PUBLIC)('%s %s is open to everyone', async (method, path) => {
    for (const token of [null, 'pht_wrong']) {
      const { status } = await call(app.httpAs(token), method, nowhere(path));
      // There is no page before it was built.
      const expected = path.startsWith('/dashboard') ? [200, 404] : [path.includes(':') ? 404 : 200];
      expect(expected).toContain(status);
    }
  });
});

/** Of a stream that does not end: what it begins with. Of everything else all of it, as JSON. */
function beginningOf(response: IncomingMessage, done: (error: Error | null, body: unknown) => void): void {
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
  let text = '';
  response.on('data', (piece: Buffer) => {
    text += piece.toString();
    Object.assign(response, { text });
    if (!isStream) return;
    done(null, text);
    response.destroy();
  });
  response.on('end', () => {
    if (!isStream) done(null, JSON.parse(text));
  });
}

/** A single dot. */
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
