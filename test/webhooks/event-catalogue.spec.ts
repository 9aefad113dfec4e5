import { createRequire } from 'node:module';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { HTTP, type CloudEventV1 } from 'cloudevents';
import { EventCatalogue } from '../../src/events/event-catalogue.js';
import { oneDatabase, type TestDatabase } from '../support/databases.js';
import { ajv2020, asyncApiCheck, type BodyCheck, openApiCheck } from '../support/described-bodies.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook } from '../support/webhooks.js';

const FORMATS = ['strapi-v3', 'strapi-v5', 'standard', 'cloudevents'];

const ORDER_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://example.com/order',
  type: 'object',
  properties: {
    order: { $ref: '#/$defs/number' },
    lines: { type: 'array', items: { $ref: '#/$defs/line' }, minItems: 1 },
  },
  required: ['order', 'lines'],
  additionalProperties: false,
  $defs: {
    number: { type: 'integer', minimum: 1 },
    line: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] },
  },
};

interface EventTypeView {
  name: string;
  description: string;
  schema: Record<string, unknown>;
  example: Record<string, unknown>;
}

describe('The event catalogue', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let app: RunningApp;

  beforeAll(async () => {
    database = await oneDatabase().create();
    receiver = await startReceiver();
    app = await startApp({
      databaseUrl: database.url,
      settings: {
        events: {
          custom: [
            { name: 'order.shipped', description: 'An order left the house.', schema: ORDER_SCHEMA },
            { name: 'order.lost', description: 'An order was lost.' },
          ],
        },
      },
    });
  });

  afterAll(async () => {
    await app.close();
    await receiver.close();
    await database.drop();
  });

  const eventTypes = async (): Promise<EventTypeView[]> =>
    ((await app.http.get('/admin/event-types').expect(200)).body as { data: EventTypeView[] }).data;

  const served = async (path: string): Promise<Record<string, unknown>> =>
    (await app.httpAs(null).get(path).expect(200)).body as Record<string, unknown>;

  const checks = async (): Promise<BodyCheck[]> => [
    openApiCheck(await served('/openapi.json')),
    asyncApiCheck(await served('/asyncapi.json')),
  ];

  it('has a schema of every type that its example fits, and that takes nothing else', async () => {
    for (const { name, description, schema, example } of await eventTypes()) {
      const validate = ajv2020().compile(schema);
      expect([name, validate(example), validate.errors]).toEqual([name, true, null]);
      expect(description).toMatch(/\.$/);
      expect([name, validate(null)]).toEqual([name, false]);
      if (name !== 'order.lost')
        expect([name, validate({ ...example, unheardOf: 1 })]).toEqual([name, false]);
    }
  });

  it('derives the schema of entry events from the content types', async () => {
    const [create] = (await eventTypes()) as [EventTypeView];
    const anyOf = create.schema['anyOf'] as { properties: { model: unknown } }[];
    expect(anyOf.map(({ properties }) => properties.model)).toEqual([
      { const: 'address' },
      { const: 'category' },
    ]);
    const validate = ajv2020().compile(create.schema);
    const { entry } = create.example as { entry: Record<string, unknown> };
    expect(validate({ model: 'address', entry })).toBe(true);
    expect(validate({ model: 'address', entry: { ...entry, city: null } })).toBe(false);
    expect(validate({ model: 'address', entry: { ...entry, geolocation: [{ any: 'JSON' }] } })).toBe(true);
    expect(validate({ model: 'category', entry })).toBe(false);
    expect(validate({ model: 'novel', entry })).toBe(false);
  });

  it.each(FORMATS)('sends examples of every type as %s, which both descriptions know', async (format) => {
    const all = await checks();
    for (const include of [[], ['previous', 'actor']]) {
      const { id } = await createWebhook(app.http, receiver.url, { format, include, events: [] });
      for (const { name } of await eventTypes()) {
        const before = receiver.requests.length;
        await app.http.post(`/admin/webhooks/${id}/trigger`).send({ event: name }).expect(200);
        const { headers, body } = (await receiver.received(before + 1))[before]!;
        for (const check of all) expect(check(name, format, body.toString())).toBeNull();
        expect(headers['x-strapi-event']).toBe(name);
        if (format !== 'cloudevents') continue;
        expect(headers['content-type']).toBe('application/cloudevents+json');
        const event = HTTP.toEvent({ headers, body: body.toString() }) as CloudEventV1<unknown>;
        expect(event).toMatchObject({ id: headers['webhook-id'], type: name, source: '/posthorn' });
      }
    }
  });

  it('is described by an OpenAPI document that Redocly recommends', async () => {
    const source = JSON.stringify(await served('/openapi.json'));
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({ source, config });
    const errors = problems.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
      [],
    );
  });

  it('is described by an AsyncAPI 3 document that fits its specification', async () => {
    const specification = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json') as object;
    // The specification brings its dialect along, under the name by which ajv would have it already.
    const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
    formats.default(ajv);
    const validate = ajv.compile(specification);
    const document = await served('/asyncapi.json');
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(Object.keys((document['components'] as { messages: object }).messages)).toEqual(
      expect.arrayContaining(FORMATS.map((format) => `entry.create.${format}`)),
    );
  });

  it('holds what is published to the schema of its type', async () => {
    const publish = (data: object) => app.http.post('/admin/events').send({ type: 'order.shipped', data });
    await publish({ order: 1, lines: [{ sku: 'a' }] }).expect(202);
    const { body } = await publish({ order: '1', lines: [{ sku: 'a' }, {}], more: true }).expect(400);
    expect(body.error).toMatchObject({ status: 400, name: 'ValidationError', message: '3 errors occurred' });
    expect(body.error.details.errors).toEqual(
      expect.arrayContaining([
        {
          path: ['data', 'order'],
          message: 'data.order must be integer',
          name: 'ValidationError',
          value: '1',
        },
        {
          path: ['data', 'lines', '1', 'sku'],
          message: 'data.lines.1.sku is a required field',
          name: 'ValidationError',
        },
        {
          path: ['data', 'more'],
          message: 'data.more is not known to the schema',
          name: 'ValidationError',
          value: true,
        },
      ]),
    );
    await app.http
      .post('/admin/events')
      .send({ type: 'order.lost', data: { any: 'thing' } })
      .expect(202);
    await app.http
      .post('/admin/events')
      .send({ type: 'nobody.knows', data: { any: 'thing' } })
      .expect(202);
  });

  it('takes types of a host with a schema, and none with a schema that is none', async () => {
    const catalogue = app.get(EventCatalogue);
    const type = { name: 'host.own', description: 'A host’s own.', example: { n: 1 }, hasUid: false };
    expect(() => catalogue.register({ ...type, schema: { type: 'no such type' } })).toThrow(
      /The schema of the event type "host.own" cannot be used/,
    );
    expect(catalogue.has('host.own')).toBe(false);
    catalogue.register({ ...type, schema: { type: 'object', properties: { n: { type: 'integer' } } } });
    const check = asyncApiCheck(await served('/asyncapi.json'));
    const body = '{"type":"host.own","timestamp":"2020-01-10T08:47:36.649Z","data":{"n":"1"}}';
    expect(check('host.own', 'standard', body)).toContain('/data/n');
  });
});
