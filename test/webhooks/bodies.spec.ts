import { readFileSync } from 'node:fs';
import { HTTP } from 'cloudevents';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { type ContentApp, PNG, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { asyncApiCheck, openApiCheck } from '../support/described-bodies.js';
import { type ReceivedRequest, type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { createWebhook, publish } from '../support/webhooks.js';

interface RecordedAttempt {
  /** What was done. */
  step: string;
  /** What was sent for it, in the order of the events. */
  bodies: unknown[];
}

/** What was recorded, and what each was recorded of. */
const RENDERINGS: [string, { format: string; include?: string[] }][] = [
  ['strapi-v3', { format: 'strapi-v3' }],
  ['strapi-v5', { format: 'strapi-v5' }],
  ['standard', { format: 'standard' }],
  ['cloudevents', { format: 'cloudevents' }],
  ['strapi-v5+previous+actor', { format: 'strapi-v5', include: ['previous', 'actor'] }],
];

/** Everything that is done, one line each. */
const SCRIPT: [string, (app: ContentApp) => Promise<unknown>][] = [
  ['upload', (app) => app.uploaded()],
  ['create', (app) => app.made('/api/tags', { name: 'News' })],
  ['create', (app) => app.made('/api/authors', { name: 'Ada', email: 'ada@example.com', avatar: 1 })],
  ['create a draft', (app) => app.made('/api/articles', ARTICLE)],
  ['update', (app) => app.put('/api/articles/1', { title: 'Two', tags: [1], seo: null })],
  ['link', (app) => linked(app, 'api::article.article', 1, 'cover')],
  ['publish', (app) => app.acted('/api/articles/1/actions/publish')],
  ['update the draft', (app) => app.put('/api/articles/1', { title: 'Three' })],
  ['discard the draft', (app) => app.acted('/api/articles/1/actions/discard-draft')],
  ['unpublish', (app) => app.acted('/api/articles/1/actions/unpublish')],
  ['update a single type', (app) => app.put('/api/global', GLOBAL)],
  ['describe a file', (app) => changed(app, 2, { fileInfo: '{"alternativeText":"A dot","caption":"Dot"}' })],
  ['replace a file', (app) => changed(app, 2, {}, GIF)],
  ['delete a file', (app) => app.running.http.delete('/api/upload/files/2').expect(200)],
  ['delete an entry', (app) => app.running.http.delete('/api/articles/1').expect(200)],
  ['publish an event', ({ running }) => publish(running.http, { n: 1 }, { model: 'order', key: '17' })],
];

const ARTICLE = {
  title: 'One',
  slug: 'one',
  gallery: [1],
  author: 1,
  seo: { metaTitle: 'A title', secret: 'never told', link: { url: 'https://example.com/' } },
  blocks: [
    { __component: 'shared.quote', title: 'created_at', body: 'Words' },
    { __component: 'shared.media', file: 1, files: [1] },
    { __component: 'blog.teaser', tag: 1, authors: [1] },
  ],
};

const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

const GLOBAL = {
  siteName: 'Here',
  defaultSeo: { metaTitle: 'Here' },
  links: [{ url: 'https://example.com/', since: '2020-01-10T08:47:36.649Z' }],
};

async function linked({ running }: ContentApp, ref: string, refId: number, field: string): Promise<void> {
  await running.http
    .post('/api/upload')
    .field({ ref, refId: String(refId), field })
    .attach('files', PNG, 'cover.png')
    .expect(201);
}

async function changed(app: ContentApp, id: number, fields: object, bytes?: Buffer): Promise<void> {
  const request = app.running.http.post(`/api/upload?id=${id}`).field(fields as Record<string, string>);
  if (bytes) request.attach('files', bytes, 'cover.gif');
  await request.expect(200);
}

/** Ids that are made up anew each time. Times stand still in these tests and are compared as they are. */
function normalised(body: string): string {
  return body
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<event id>')
    .replaceAll(/"documentId":"[0-9a-z]{24}"/g, '"documentId":"<document id>"')
    .replaceAll(/\b[0-9a-f]{32}\b/g, '<hash>');
}

const expectationsOf = (rendering: string): RecordedAttempt[] =>
  JSON.parse(
    readFileSync(new URL(`../fixtures/bodies/${rendering}.json`, import.meta.url), 'utf8'),
  ) as RecordedAttempt[];

describeOnAnyDatabase('The bodies of the same changes', (kind) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let app: ContentApp;
  /** Of each step and rendering, what was sent. */
  const sent = new Map<string, ReceivedRequest[][]>();

  beforeAll(async () => {
    database = await kind.create();
    receiver = await startReceiver();
    app = await startContentApp(database.url);
    for (const [name, asked] of RENDERINGS) {
      await createWebhook(app.running.http, `${receiver.url}/${name}`, asked);
      sent.set(name, []);
    }
    for (const [, act] of SCRIPT) {
      app.clock.advance(1_000);
      await act(app);
      await app.running.get(DeliveryWorker).runOnce();
      const arrived = receiver.requests.splice(0);
      for (const [name, steps] of sent)
        steps.push(inOrder(arrived.filter(({ path }) => path === `/${name}`)));
    }
  });

  afterAll(async () => {
    await app.running.close();
    await receiver.close();
    await database.drop();
  });

  it.each(RENDERINGS)('are as recorded, byte for byte, as %s', (name) => {
    const told = (sent.get(name) ?? []).map((requests) =>
      requests.map(({ body }) => normalised(body.toString())),
    );
    const expected = expectationsOf(name);
    expect(expected.map(({ step }) => step)).toEqual(SCRIPT.map(([step]) => step));
    expect(told).toEqual(expected.map(({ bodies }) => bodies.map((body) => JSON.stringify(body))));
  });

  it('fit what the API’s descriptions say of them', async () => {
    const { http } = app.running;
    const checks = [
      openApiCheck((await http.get('/openapi.json').expect(200)).body as object),
      asyncApiCheck((await http.get('/asyncapi.json').expect(200)).body as object),
    ];
    for (const [name, { format }] of RENDERINGS) {
      for (const { headers, body } of (sent.get(name) ?? []).flat()) {
        const type = String(headers['x-strapi-event']);
        // What nobody registered, nobody describes.
        if (type === 'order.shipped') continue;
        for (const check of checks) expect(check(type, format, body.toString())).toBeNull();
      }
    }
  });

  it('are CloudEvents that the SDK of CloudEvents reads', () => {
    for (const { headers, body } of (sent.get('cloudevents') ?? []).flat()) {
      const event = HTTP.toEvent({ headers, body: body.toString() });
      expect(event).toMatchObject({ id: headers['webhook-id'], type: headers['x-strapi-event'] });
    }
  });
});

/** In the order of the events: ids are in the order of time. */
function inOrder(requests: ReceivedRequest[]): ReceivedRequest[] {
  return requests.toSorted((a, b) =>
    String(a.headers['webhook-id']).localeCompare(String(b.headers['webhook-id'])),
  );
}
