import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { type ContentApp, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { testFolder } from '../support/test-folder.js';

const describeType = (singularName: string, attributes: object) => ({
  kind: 'collectionType',
  collectionName: `${singularName}s`,
  info: { singularName, pluralName: `${singularName}s`, displayName: singularName },
  options: {},
  attributes,
});

const TYPES = {
  page: describeType('page', {
    body: { type: 'text' },
    files: { type: 'media', multiple: true },
    albums: {
      type: 'relation',
      relation: 'manyToMany',
      target: 'api::album.album',
      mappedBy: 'pages',
      private: true,
    },
  }),
  leaflet: describeType('leaflet', { body: { type: 'text' } }),
  note: describeType('note', { page: { type: 'relation', relation: 'manyToOne', target: 'api::page.page' } }),
  album: describeType('album', {
    pages: {
      type: 'relation',
      relation: 'manyToMany',
      target: 'api::page.page',
      inversedBy: 'albums',
    },
  }),
};

const MEGABYTE = 1_000_000;

describeOnAnyDatabase('A small request that would make very much', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;
  let types: string;

  beforeAll(async () => {
    types = mkdtempSync(join(testFolder(), 'amplified-'));
    for (const [name, type] of Object.entries(TYPES)) {
      writeFileSync(join(types, `${name}.json`), JSON.stringify(type));
    }
    database = await kind.create();
    app = await startContentApp(database.url, types);
  });

  afterAll(async () => {
    await app.running.close();
    await database.drop();
    rmSync(types, { recursive: true });
  });

  async function createAll(route: string, data: object[]): Promise<number[]> {
    const { body } = await app.running.http.post(`/api/${route}/bulk-create`).send({ data }).expect(201);
    return (body as { data: { id: number }[] }).data.map(({ id }) => id);
  }

  it('of the same long text for many entries is refused before the commit, with the bound', async () => {
    const page = await app.made('/api/pages', { body: 'x'.repeat(MEGABYTE) });
    const ids = await createAll(
      'notes',
      Array.from({ length: 80 }, () => ({})),
    );
    const { http } = app.running;
    const { body } = await http
      .post('/api/notes/bulk-update')
      .send({ ids, data: { page: page.id } })
      .expect(413);
    expect(body.error.message).toBe(
      'This request would come to more than 64 MiB of events, with what the changed things link to: change fewer at once, or link to fewer. Nothing was changed.',
    );
    expect(await app.got(`/api/notes/${ids[0]}`)).toMatchObject({ page: null });
    expect(await app.got('/admin/events?type=entry.update')).toEqual([]);
    await http
      .post('/api/notes/bulk-update')
      .send({ ids: ids.slice(0, 2), data: { page: page.id } })
      .expect(200);
  });

  it('of previous values counts them too', async () => {
    const first = await app.made('/api/pages', { body: 'x'.repeat(MEGABYTE) });
    const second = await app.made('/api/pages', { body: 'y'.repeat(MEGABYTE) });
    const ids = await createAll(
      'notes',
      Array.from({ length: 40 }, () => ({ page: first.id })),
    );
    const { http } = app.running;
    const change = { ids, data: { page: second.id } };
    const { body } = await http.post('/api/notes/bulk-update').send(change).expect(413);
    expect(body.error.message).toContain('more than 64 MiB of events');
    expect(await app.got(`/api/notes/${ids[0]}`)).toMatchObject({ page: { id: first.id } });
  });

  it('of long entries on one page of a list is refused', async () => {
    await app.made('/api/leaflets', { body: 'x'.repeat(MEGABYTE) });
    const { manager } = app.running.get(DataSource);
    for (let n = 0; n < 7; n += 1) {
      await manager.query(
        'INSERT INTO leaflets (created_at, updated_at, body) SELECT created_at, updated_at, body FROM leaflets',
      );
    }
    await app.running.http.get('/api/leaflets?pagination[pageSize]=50').expect(200);
    const { body } = await app.running.http.get('/api/leaflets?pagination[pageSize]=70').expect(413);
    expect(body.error.message).toContain('more than 64 MiB of stored entries');
  });

  it('of a long text beside each of many files is refused', async () => {
    const page = await app.made('/api/pages', { body: 'x'.repeat(MEGABYTE) });
    const files: number[] = [];
    for (let n = 0; n < 70; n += 1) files.push(await app.uploaded(`${n}.txt`, Buffer.from('a')));
    await app.put(`/api/pages/${page.id}`, { files });
    await app.running.http.get('/api/upload/files?pagination[pageSize]=10').expect(200);
    const { body } = await app.running.http.get('/api/upload/files?pagination[pageSize]=100').expect(413);
    expect(body.error.message).toContain('more than 64 MiB of entries that the files are linked to');
  });

  it('of many links to many long texts is refused, in lists too', async () => {
    const pages: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      pages.push((await app.made('/api/pages', { body: 'x'.repeat(MEGABYTE) })).id);
    }
    for (let n = 0; n < 9; n += 1) await app.made('/api/albums', { pages });
    await app.running.http.get('/api/albums?pagination[pageSize]=2').expect(200);
    const { body } = await app.running.http.get('/api/albums').expect(413);
    expect(body.error.message).toContain('more than 64 MiB of linked entries');
  });
});
