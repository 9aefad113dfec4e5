import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flush } from '../../src/testing/flush.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { openApiCheck } from '../support/described-bodies.js';
import { useStage } from '../support/stage.js';
import { testFolder } from '../support/test-folder.js';
import { createWebhook } from '../support/webhooks.js';

const describeType = (singularName: string, attributes: object, options: object = {}) => ({
  kind: 'collectionType',
  collectionName: `${singularName}s`,
  info: { singularName, pluralName: `${singularName}s`, displayName: singularName },
  options,
  attributes,
});

const PAGE = describeType(
  'page',
  {
    title: { type: 'string' },
    note: { type: 'string' },
    secret: { type: 'string' },
    editor: { type: 'relation', relation: 'manyToOne', target: 'api::author.author' },
    author: { type: 'relation', relation: 'manyToOne', target: 'api::author.author' },
    seo: { type: 'component', component: 'shared.seo' },
  },
  { privateAttributes: ['note', 'editor', 'createdAt', 'createdBy'] },
);
const AUTHOR = describeType('author', { name: { type: 'string' }, phone: { type: 'string' } });
const SEO = {
  info: { displayName: 'Seo' },
  options: { privateAttributes: ['internal'] },
  attributes: { title: { type: 'string' }, secret: { type: 'string' }, internal: { type: 'string' } },
};

/** Whatever is private has this in its value. */
const HIDDEN = 'never-told';

const DATA = {
  title: 'A',
  note: `${HIDDEN} 1`,
  secret: `${HIDDEN} 2`,
  seo: { title: 'S', secret: `${HIDDEN} 3`, internal: `${HIDDEN} 4` },
};

describeOnAnyDatabase('Private attributes, of a type and of the whole application', (kind) => {
  const types = mkdtempSync(join(testFolder(), 'private-'));
  mkdirSync(join(types, 'components', 'shared'), { recursive: true });
  for (const [name, content] of Object.entries({
    'page.json': PAGE,
    'author.json': AUTHOR,
    'components/shared/seo.json': SEO,
  })) {
    writeFileSync(join(types, name), JSON.stringify(content));
  }
  afterAll(() => rmSync(types, { recursive: true }));

  const privateAttributes = ['secret', 'phone', 'published_at', 'documentId'];
  const stage = useStage(kind, { settings: { content: { types, privateAttributes } } });

  const KEYS = ['id', 'title', 'author', 'seo', 'updated_at'];

  async function makePage(): Promise<{ id: number; [key: string]: unknown }> {
    const { http } = stage.app;
    const author = await http
      .post('/api/authors')
      .send({ data: { name: 'Ada', phone: `${HIDDEN} 5` } })
      .expect(201);
    const { id } = author.body.data as { id: number };
    const made = await http
      .post('/api/pages')
      .send({ data: { ...DATA, author: id, editor: id } })
      .expect(201);
    return made.body.data as { id: number };
  }

  it('are in no answer', async () => {
    const page = await makePage();
    const { http } = stage.app;
    const read = await http.get(`/api/pages/${page.id}`).expect(200);
    const list = await http.get('/api/pages').expect(200);
    const changed = await http
      .put(`/api/pages/${page.id}`)
      .send({ data: { secret: `${HIDDEN} 6` } })
      .expect(200);
    const removed = await http.delete(`/api/pages/${page.id}`).expect(200);
    for (const entry of [page, read.body.data, list.body.data[0], changed.body.data, removed.body.data]) {
      expect(Object.keys(entry)).toEqual(KEYS);
      expect(Object.keys(entry.author)).toEqual(['id', 'name', 'created_at', 'updated_at']);
      expect(Object.keys(entry.seo)).toEqual(['id', 'title']);
      expect(JSON.stringify(entry)).not.toContain(HIDDEN);
    }
  });

  it('are in no body, in any format, nor among its previous values, and bodies fit their schemas', async () => {
    const { http } = stage.app;
    for (const format of ['strapi-v3', 'strapi-v5', 'standard', 'cloudevents']) {
      await createWebhook(http, `${stage.receiver.url}/${format}`, { format, include: ['previous'] });
    }
    const { id } = await makePage();
    await http
      .put(`/api/pages/${id}`)
      .send({ data: { title: 'B', secret: `${HIDDEN} 6`, note: null } })
      .expect(200);
    await http.delete(`/api/pages/${id}`).expect(200);
    await flush(stage.app.app);
    const check = openApiCheck((await http.get('/openapi.json').expect(200)).body as object);
    const bodies = stage.receiver.requests.map(({ path, body }) => ({
      path: path.slice(1),
      body: String(body),
    }));
    expect(bodies).toHaveLength(16);
    for (const { path: format, body } of bodies) {
      expect(body).not.toContain(HIDDEN);
      expect(body).not.toMatch(/documentId|published_?at|secret|phone|note|internal|editor/i);
      const { event, type } = JSON.parse(body) as { event?: string; type?: string };
      expect(check(event ?? (type as string), format, body)).toBeNull();
    }
    const pages = bodies.filter(({ body }) => body.includes('"model":"page"'));
    const ofV5 = pages.find(({ path }) => path === 'strapi-v5');
    expect(Object.keys((JSON.parse(ofV5?.body ?? '') as { entry: object }).entry)).toEqual([
      'id',
      'title',
      'updatedAt',
      'author',
      'seo',
    ]);
    const updated = bodies.find(({ path, body }) => path === 'strapi-v3' && body.includes('entry.update'));
    expect((JSON.parse(updated?.body ?? '') as { previous: object }).previous).toEqual({ title: 'A' });
  });

  it('are in no schema', async () => {
    const { body } = await stage.app.http.get('/openapi.json').expect(200);
    const { schemas } = (body as { components: { schemas: Record<string, object> } }).components;
    const ofEntries = Object.entries(schemas).filter(([name]) => name.startsWith('entry.'));
    expect(ofEntries.length).toBeGreaterThan(0);
    for (const [, schema] of ofEntries) {
      const text = JSON.stringify(schema, (key, value: unknown) => (key === 'file' ? undefined : value));
      expect(text).toContain('"title":');
      expect(text).not.toMatch(/"(secret|phone|note|internal|editor|documentId|published_?[aA]t)"/);
    }
  });

  it.each(['secret', 'note', 'created_at', 'published_at'])('sort and filter no list: %s', async (name) => {
    await stage.app.http.get(`/api/pages?sort=${name}`).expect(400);
    await stage.app.http.get(`/api/pages?filters[${name}][$eq]=a`).expect(400);
  });
});
