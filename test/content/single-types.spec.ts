import { DataSource } from 'typeorm';
import { type ContentApp, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';

describeOnAnyDatabase('single types', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;

  beforeEach(async () => {
    database = await kind.create();
    app = await startContentApp(database.url);
  });

  afterEach(async () => {
    await app.running.close();
    await database.drop();
  });

  const SEO = { metaTitle: 'Home' };

  it('have one entry, which is made, changed, read and deleted without an id', async () => {
    await app.running.http.get('/api/global').expect(404);
    await app.running.http.delete('/api/global').expect(404);
    expect(await app.refused('put', '/api/global', { data: { siteName: 'Blog' } })).toEqual([
      'defaultSeo: defaultSeo is a required field',
    ]);
    const made = await app.put('/api/global', { siteName: 'Blog', defaultSeo: SEO, links: [{ url: '/' }] });
    expect(await app.got('/api/global')).toEqual(made);
    const changed = await app.put('/api/global', { siteName: 'Log' });
    expect(changed).toEqual({ ...made, siteName: 'Log' });
    expect(await app.refused('put', '/api/global', { data: { links: null, siteName: null } })).toEqual([
      'siteName: siteName is a required field',
    ]);
    const { body } = await app.running.http.delete('/api/global').expect(200);
    expect(body).toEqual({ data: changed, meta: {} });
    await app.running.http.get('/api/global').expect(404);
    expect(app.events.map(({ type, model }) => `${type} ${model}`)).toEqual([
      'entry.create global',
      'entry.update global',
      'entry.delete global',
    ]);
    expect(app.events[1]?.context.previous).toEqual({ siteName: 'Blog' });
  });

  it('are made once when many make them at the same moment', async () => {
    // Connections are opened first, so that all of them come at once.
    await Promise.all(Array.from({ length: 6 }, () => app.running.http.get('/api/global').expect(404)));
    await Promise.all(
      Array.from({ length: 6 }, (_, n) => app.put('/api/global', { siteName: `site ${n}`, defaultSeo: SEO })),
    );
    expect(app.events.filter(({ type }) => type === 'entry.create')).toHaveLength(1);
    const rows = (await app.running.get(DataSource).query('SELECT id FROM globals')) as unknown[];
    expect(rows).toHaveLength(1);
  });

  it('are one a tenant', async () => {
    const { body } = await app.running.http
      .post('/admin/tokens')
      .send({ name: 'acme', scopes: ['*'], tenant: 'acme' })
      .expect(201);
    const acme = app.running.httpAs((body as { data: { token: string } }).data.token);
    await app.put('/api/global', { siteName: 'ours', defaultSeo: SEO });
    await acme.get('/api/global').expect(404);
    await app.put('/api/global', { siteName: 'theirs', defaultSeo: SEO }, acme);
    expect(await app.got('/api/global')).toMatchObject({ siteName: 'ours' });
  });

  it('are found under their singular name alone, and take nothing that is for many', async () => {
    await app.running.http.get('/api/globals').expect(404);
    await app.running.http.post('/api/global').send({ data: {} }).expect(404);
    await app.running.http.get('/api/global/1').expect(404);
    await app.running.http
      .post('/api/global/bulk-create')
      .send({ data: [{}] })
      .expect(404);
    await app.running.http.put('/api/tags').send({ data: {} }).expect(404);
  });
});
