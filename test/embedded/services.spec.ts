import { Deliveries } from '../../src/app/embedded/services/deliveries.js';
import { Events } from '../../src/app/embedded/services/events.js';
import { Recoveries } from '../../src/app/embedded/services/recoveries.js';
import { Webhooks } from '../../src/app/embedded/services/webhooks.js';
import type { HostCaller } from '../../src/app/embedded/host-caller.js';
import { EnvelopeError, ForbiddenError, NotFoundError } from '../../src/http/envelope-error.js';
import { flush } from '../../src/testing/flush.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { type HostApp, startHost } from './host-app.js';

const ANN: HostCaller = { name: 'ann', tenant: 'acme', scopes: ['*'] };
const NOBODY: HostCaller = { name: 'bob', tenant: 'acme', scopes: [] };
const OF_ANOTHER: HostCaller = { name: 'eve', tenant: 'globex', scopes: ['*'] };
const LONG_AGO = '2020-01-01T00:00:00.000Z';

/** Something that can be done by a route and by a service. */
interface Deed {
  name: string;
  route: [method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, body?: object];
  service: (viewer: HostCaller) => Promise<unknown>;
}

interface Things {
  webhook: string;
  delivery: string;
  event: string;
  /** The event's. */
  type: string;
}

describeOnAnyDatabase('The services of a host', (kind) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let host: HostApp;

  beforeEach(async () => {
    database = await kind.createEmpty();
    receiver = await startReceiver();
    host = await startHost({ databaseUrl: database.url, module: { worker: false, caller: () => ANN } });
  });

  afterEach(async () => {
    await host.close();
    await receiver.close();
    await database.drop();
  });

  const services = () => ({
    webhooks: host.app.get(Webhooks),
    deliveries: host.app.get(Deliveries),
    events: host.app.get(Events),
    recoveries: host.app.get(Recoveries),
  });
  const input = () => ({ name: 'crm', url: receiver.url, headers: { 'X-Key': 'k' }, events: ['*'] });

  /** What can be done with a webhook that has a delivery, in an order in which it can all be done. */
  const listDeeds = ({ webhook, delivery, event, type }: Things): Deed[] => {
    const { webhooks, deliveries, events, recoveries } = services();
    const filter = { webhookId: webhook, state: 'pending' as const };
    const at = `/admin/webhooks/${webhook}`;
    // prettier-ignore
    return [
      { name: 'list', route: ['get', '/admin/webhooks?limit=2&search=crm'], service: (v) => webhooks.list(v, { limit: 2, search: 'crm' }) },
      { name: 'get', route: ['get', at], service: (v) => webhooks.get(v, webhook) },
      { name: 'create', route: ['post', '/admin/webhooks', input()], service: (v) => webhooks.create(v, input()) },
      { name: 'create, refused', route: ['post', '/admin/webhooks', { ...input(), url: 'nowhere' }], service: (v) => webhooks.create(v, { ...input(), url: 'nowhere' }) },
      { name: 'create, of another tenant', route: ['post', '/admin/webhooks', { ...input(), tenant: 'globex' }], service: (v) => webhooks.create(v, { ...input(), tenant: 'globex' }) },
      { name: 'update', route: ['patch', at, { name: 'crm 2' }], service: (v) => webhooks.update(v, webhook, { name: 'crm 2' }) },
      { name: 'replace', route: ['put', at, input()], service: (v) => webhooks.replace(v, webhook, input()) },
      { name: 'trigger', route: ['post', `${at}/trigger`, {}], service: (v) => webhooks.trigger(v, webhook) },
      { name: 'disable', route: ['post', `${at}/disable`], service: (v) => webhooks.disable(v, webhook) },
      { name: 'recover, disabled', route: ['post', `${at}/recover`, { since: LONG_AGO }], service: (v) => recoveries.recover(v, webhook, { since: LONG_AGO }) },
      { name: 'enable', route: ['post', `${at}/enable`], service: (v) => webhooks.enable(v, webhook) },
      { name: 'secrets', route: ['get', `${at}/secret`], service: (v) => webhooks.readSecrets(v, webhook) },
      { name: 'rotate', route: ['post', `${at}/secret/rotate`, { graceSeconds: 0 }], service: (v) => webhooks.rotateSecret(v, webhook, { graceSeconds: 0 }) },
      { name: 'deliveries', route: ['get', `/admin/deliveries?webhookId=${webhook}&statusCode=204`], service: (v) => deliveries.list(v, { webhookId: webhook, statusCode: 204 }) },
      { name: 'delivery', route: ['get', `/admin/deliveries/${delivery}`], service: (v) => deliveries.get(v, delivery) },
      { name: 'count', route: ['post', '/admin/deliveries/count', { filter }], service: (v) => deliveries.count(v, filter) },
      { name: 'count, refused', route: ['post', '/admin/deliveries/count', { filter: {} }], service: (v) => deliveries.count(v, {}) },
      { name: 'redeliver', route: ['post', `/admin/deliveries/${delivery}/redeliver`], service: (v) => deliveries.redeliver(v, delivery) },
      { name: 'cancel', route: ['post', `/admin/deliveries/${delivery}/cancel`], service: (v) => deliveries.cancel(v, delivery) },
      { name: 'cancel many', route: ['post', '/admin/deliveries/cancel', { filter }], service: async (v) => ({ cancelled: await deliveries.cancelMany(v, filter) }) },
      { name: 'redeliver many', route: ['post', '/admin/deliveries/redeliver', { filter }], service: (v) => recoveries.redeliver(v, filter) },
      { name: 'recover', route: ['post', `${at}/recover`, { since: LONG_AGO }], service: (v) => recoveries.recover(v, webhook, { since: LONG_AGO }) },
      { name: 'recovery', route: ['get', '/admin/recoveries/none'], service: (v) => recoveries.get(v, 'none') },
      { name: 'events', route: ['get', `/admin/events?type=${type}`], service: (v) => events.list(v, { type }) },
      { name: 'event', route: ['get', `/admin/events/${event}`], service: (v) => events.get(v, event) },
      { name: 'publish', route: ['post', '/admin/events', { type: 'order.paid', data: { total: 1 } }], service: async (v) => ({ id: await events.publish(v, { type: 'order.paid', data: { total: 1 } }) }) },
      { name: 'publish, refused', route: ['post', '/admin/events', { type: 'order paid', data: {} }], service: (v) => events.publish(v, { type: 'order paid', data: {} }) },
      { name: 'publish many', route: ['post', '/admin/events', [{ type: 'order.paid', data: { total: 1 }, idempotencyKey: type }, { type: 'order.paid', data: {} }]], service: async (v) => (await events.publishAll(v, [{ type: 'order.paid', data: { total: 1 }, idempotencyKey: type }, { type: 'order.paid', data: {} }])).map((id) => ({ id })) },
      { name: 'publish many, refused', route: ['post', '/admin/events', [{ type: 'order.paid', data: {} }, { type: 'order paid', data: {} }]], service: (v) => events.publishAll(v, [{ type: 'order.paid', data: {} }, { type: 'order paid', data: {} }]) },
      { name: 'publish none', route: ['post', '/admin/events', []], service: (v) => events.publishAll(v, []) },
      { name: 'remove', route: ['delete', at], service: (v) => webhooks.remove(v, webhook) },
      { name: 'get, gone', route: ['get', at], service: (v) => webhooks.get(v, webhook) },
    ];
  };

  const prepare = async (type = 'order.placed'): Promise<Things> => {
    const { webhooks, deliveries, events } = services();
    const webhook = await webhooks.create(ANN, input());
    const event = await events.publish(ANN, { type, data: { total: 1 } });
    await flush(host.app);
    const { data } = await deliveries.list(ANN, { webhookId: webhook.id });
    return { webhook: webhook.id, delivery: data[0]?.id ?? '', event, type };
  };

  const byRoute = async ({ route: [method, path, body] }: Deed) => {
    const answer = await host.http[method](path).send(body);
    const { data, error, meta } = answer.body as { data: unknown; error?: object; meta?: object };
    return error ?? (meta ? { data, meta } : data);
  };
  const byService = async ({ service }: Deed) => {
    try {
      return await service(ANN);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      const { message, details } = error;
      return { status: error.getStatus(), name: error.errorName, message, details };
    }
  };

  /** Lines of the audit log in their order, without what tells one run from another. */
  const readAudit = async () => {
    const { body } = await host.http.get('/admin/audit?limit=200').expect(200);
    const lines = (body as { data: Record<string, unknown>[] }).data.toReversed();
    return lines.map(({ id: _id, at: _at, ...line }) => line);
  };

  /** Ids, secrets and times are other ones in another run. */
  const hideIds = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')
        .replaceAll(/whsec_[A-Za-z0-9+/=]+/g, 'secret')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
        .replaceAll(/order\.placed\d/g, 'order.placed')
        .replaceAll(/"[Dd]ate":"[^"]*"/g, '"date":""')
        .replaceAll(/"durationMs":[\d.]+/g, '"durationMs":0')
        .replaceAll(/"(webhook-timestamp|latencyMs|p50Ms|p95Ms)":"?[\d.]+"?/g, '"$1":0'),
    );

  it('do and write down what the routes do', async () => {
    const told: { answers: unknown; audit: unknown }[] = [];
    for (const run of [byRoute, byService]) {
      const things = await prepare(run === byRoute ? 'order.placed1' : 'order.placed2');
      const before = (await readAudit()).length;
      const answers: [string, unknown][] = [];
      for (const deed of listDeeds(things)) answers.push([deed.name, await run(deed)]);
      told.push({ answers: hideIds(answers), audit: hideIds((await readAudit()).slice(before)) });
      for (const { id } of (await services().webhooks.list(ANN)).data) {
        await services().webhooks.remove(ANN, id);
      }
    }
    const [routes, viaServices] = told;
    expect(viaServices?.audit).toEqual(routes?.audit);
    expect(viaServices?.answers).toEqual(routes?.answers);
  });

  it('refuse a viewer without the scope, and write it down where the route does', async () => {
    const things = await prepare();
    const before = (await readAudit()).length;
    const deeds = listDeeds(things);
    for (const { service } of deeds) await expect(service(NOBODY)).rejects.toThrow(ForbiddenError);
    const refused = (await readAudit()).slice(before);
    expect(refused.every(({ status }) => status === 403)).toBe(true);
    expect(new Set(refused.map(({ action }) => action))).toEqual(
      new Set([
        'webhook.create',
        'webhook.update',
        'webhook.trigger',
        'webhook.disable',
        'webhook.recover',
        'webhook.enable',
        'webhook.read-secret',
        'webhook.rotate',
        'delivery.redeliver',
        'delivery.cancel',
        'deliveries.cancel',
        'deliveries.redeliver',
        'event.publish',
        'webhook.delete',
      ]),
    );
    await expect(services().webhooks.list(undefined as never)).rejects.toThrow(
      'The call is refused, because its viewer must be an object, and is undefined.',
    );
    await expect(services().webhooks.list({ scopes: ['*'] } as never)).rejects.toThrow(
      'its viewer must have a "tenant"',
    );
  });

  it('show nothing of another tenant, and nothing that is sealed', async () => {
    const { webhook, delivery, event } = await prepare();
    const { webhooks, deliveries, events, recoveries } = services();
    const seen = [
      await webhooks.list(OF_ANOTHER),
      await deliveries.list(OF_ANOTHER),
      await events.list(OF_ANOTHER),
    ];
    expect(seen).toEqual(seen.map(() => ({ data: [], meta: { nextCursor: null } })));
    for (const call of [
      webhooks.get(OF_ANOTHER, webhook),
      webhooks.update(OF_ANOTHER, webhook, { name: 'mine' }),
      webhooks.remove(OF_ANOTHER, webhook),
      webhooks.readSecrets(OF_ANOTHER, webhook),
      webhooks.trigger(OF_ANOTHER, webhook),
      deliveries.get(OF_ANOTHER, delivery),
      deliveries.redeliver(OF_ANOTHER, delivery),
      events.get(OF_ANOTHER, event),
      recoveries.recover(OF_ANOTHER, webhook, { since: LONG_AGO }),
    ]) {
      await expect(call).rejects.toThrow(NotFoundError);
    }
    const masked = await webhooks.get({ ...ANN, scopes: ['webhooks:read'] }, webhook);
    expect(masked.headers['X-Key']).not.toBe('k');
    expect(JSON.stringify([masked, await deliveries.get(ANN, delivery)])).not.toMatch(/seal/i);
  });
});
