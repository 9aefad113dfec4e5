import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { deriveDocumentId } from '../../src/content/document-id.js';
import { type ContentApp, CREATED, startContentApp } from '../support/content-app.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';

const TAG = {
  kind: 'collectionType',
  collectionName: 'tags',
  info: { singularName: 'tag', pluralName: 'tags' },
  options: {},
  attributes: { name: { type: 'string' } },
};

const PAGE = {
  kind: 'collectionType',
  collectionName: 'pages',
  info: { singularName: 'page', pluralName: 'pages' },
  options: {},
  attributes: {
    title: { type: 'string' },
    slug: { type: 'uid', unique: true },
    cover: { type: 'media' },
    tag: { type: 'relation', relation: 'manyToOne', target: 'api::tag.tag' },
    tags: { type: 'relation', relation: 'manyToMany', target: 'api::tag.tag' },
  },
};

describeOnEveryDatabase('content of before', (kind) => {
  let database: TestDatabase;
  let folder: string;
  let app: ContentApp;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-upgrade-'));
    database = await kind.create();
    app = await restart({ page: PAGE, tag: TAG });
  });

  afterEach(async () => {
    await app.running.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const restart = async (types: Record<string, object>): Promise<ContentApp> => {
    for (const [name, type] of Object.entries(types)) {
      await writeFile(join(folder, `${name}.json`), JSON.stringify(type));
    }
    return startContentApp(database.url, folder);
  };
  const query = <Row>(sql: string) => app.running.get(DataSource).query<Row[]>(sql);

  it('gets document ids, however much there is', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      const data = Array.from({ length: 100 }, () => ({ title: 'old' }));
      const { body } = await app.running.http.post('/api/pages/bulk-create').send({ data }).expect(201);
      ids.push(...(body as { data: { id: number }[] }).data.map(({ id }) => id));
    }
    // SQLite drops no column that an index names.
    if (kind.dialect === 'sqlite') await query('DROP INDEX pages_by_document');
    await query('ALTER TABLE pages DROP COLUMN document_id');
    await app.running.close();
    app = await restart({});
    const rows = await query<{ id: number; document_id: string }>(
      'SELECT id, document_id FROM pages ORDER BY id',
    );
    expect(rows.map(({ id }) => id)).toEqual(ids);
    for (const { id, document_id } of rows) expect(document_id).toBe(deriveDocumentId('api::page.page', id));
    const { id } = await app.made('/api/pages', { title: 'new' });
    const [fresh] = await query<{ document_id: string }>(`SELECT document_id FROM pages WHERE id = ${id}`);
    expect(fresh?.document_id).toMatch(/^[a-z0-9]{24}$/);
    expect(fresh?.document_id).not.toBe(deriveDocumentId('api::page.page', id));
  });

  it('tells the same document id when an instance of before writes none', async () => {
    const { id } = await app.made('/api/pages', { title: 'old' });
    await query(`UPDATE pages SET document_id = NULL WHERE id = ${id}`);
    app.forget();
    await app.put(`/api/pages/${id}`, { title: 'new' });
    expect(app.events[0]?.context.document?.more).toMatchObject({
      documentId: deriveDocumentId('api::page.page', id),
    });
  });

  it('is published as it stands when its type gains drafts', async () => {
    const tag = await app.made('/api/tags', { name: 'a' });
    const image = await app.uploaded();
    const data = { title: 'old', slug: 'old', tag: tag.id, tags: [tag.id], cover: image };
    const old = await app.made('/api/pages', data);
    await app.running.close();
    app = await restart({ page: { ...PAGE, options: { draftAndPublish: true } } });
    const shown = await app.got(`/api/pages/${old.id}`);
    expect(shown).toEqual({ ...old, published_at: CREATED });
    await app.put(`/api/pages/${old.id}`, { title: 'changed', tags: [] });
    expect(await app.got(`/api/pages/${old.id}`)).toEqual(shown);
    expect(await app.refused('post', '/api/pages', { data: { slug: 'old' } })).toHaveLength(1);
    expect(await app.acted(`/api/pages/${old.id}/actions/discard-draft`)).toMatchObject({
      title: 'old',
      tags: [{ id: tag.id }],
    });
    await app.running.close();
    app = await restart({});
    expect(await app.got('/api/pages')).toHaveLength(1);
  });

  it('gains relations, components and everything else beside what it has', async () => {
    const { id } = await app.made('/api/pages', { title: 'old' });
    const tag = await app.made('/api/tags', { name: 'a' });
    await app.running.close();
    const attributes = {
      ...PAGE.attributes,
      owner: { type: 'relation', relation: 'oneToOne', target: 'api::tag.tag' },
      parts: { type: 'relation', relation: 'oneToMany', target: 'api::tag.tag' },
      at: { type: 'time' },
      count: { type: 'biginteger' },
      story: { type: 'blocks' },
    };
    app = await restart({ page: { ...PAGE, attributes } });
    expect(await app.got(`/api/pages/${id}`)).toMatchObject({
      owner: null,
      parts: [],
      at: null,
      story: null,
    });
    const changed = await app.put(`/api/pages/${id}`, {
      owner: tag.id,
      parts: [tag.id],
      at: '10:00',
      count: '1',
    });
    expect(changed).toMatchObject({ owner: { id: tag.id }, parts: [{ id: tag.id }], count: '1' });
  });

  it('gains the order in which entries are linked: what was linked before comes first, by id', async () => {
    const tag = await app.made('/api/tags', { name: 'a' });
    const linked = { tag: tag.id, tags: [tag.id] };
    const [one, two, late] = [
      await app.made('/api/pages', { title: 'one', ...linked }),
      await app.made('/api/pages', { title: 'two', ...linked }),
      await app.made('/api/pages', { title: 'late' }),
    ];
    await app.running.close();
    const { tag: byTag, tags: byTags, ...others } = PAGE.attributes;
    const listed = { type: 'relation', target: 'api::page.page' };
    app = await restart({
      page: {
        ...PAGE,
        attributes: {
          ...others,
          tag: { ...byTag, inversedBy: 'pages' },
          tags: { ...byTags, inversedBy: 'tagged' },
        },
      },
      tag: {
        ...TAG,
        attributes: {
          ...TAG.attributes,
          pages: { ...listed, relation: 'oneToMany', mappedBy: 'tag' },
          tagged: { ...listed, relation: 'manyToMany', mappedBy: 'tags' },
        },
      },
    });
    const inOrder = (...pages: { id: number }[]) => {
      const ids = pages.map(({ id }) => ({ id }));
      return { pages: ids, tagged: ids };
    };
    expect(await app.got(`/api/tags/${tag.id}`)).toMatchObject(inOrder(one, two));
    await app.put(`/api/pages/${late.id}`, linked);
    await app.put(`/api/pages/${one.id}`, { tag: null, tags: [] });
    await app.put(`/api/pages/${one.id}`, linked);
    expect(await app.got(`/api/tags/${tag.id}`)).toMatchObject(inOrder(two, late, one));
  });

  it('stops the start when a single type has several entries', async () => {
    await app.made('/api/tags', { name: 'a' });
    await app.made('/api/tags', { name: 'b' });
    await app.running.close();
    await expect(restart({ tag: { ...TAG, kind: 'singleType' } })).rejects.toThrow(
      /tag\.json: cannot become a single type: the table "tags" has several entries/,
    );
    app = await restart({ tag: TAG });
  });
});
