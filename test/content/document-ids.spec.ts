import { type ContentApp, startContentApp } from '../support/content-app.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { statementsOf, wholeScans } from '../support/explain.js';

describeOnEveryDatabase('an entry, by its document id', (kind) => {
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

  /** The document id of the entry that was changed last, as its event has it. */
  const lastDocumentId = (): string => {
    const document = app.events.at(-1)?.context.document;
    return document?.more['documentId'] as string;
  };

  it('is read, changed, published and deleted', async () => {
    const { id } = await app.made('/api/articles', { title: 'First' });
    await app.made('/api/articles', { title: 'Other' });
    const [first] = app.events;
    const documentId = first?.context.document?.more['documentId'] as string;
    expect(documentId).toMatch(/^[a-z0-9]{24}$/);
    expect(await app.got(`/api/articles/${documentId}?status=draft`)).toMatchObject({ id, title: 'First' });
    expect(await app.put(`/api/articles/${documentId}`, { title: 'Changed' })).toMatchObject({ id });
    expect(await app.acted(`/api/articles/${documentId}/actions/publish`)).toMatchObject({ id });
    expect(await app.got(`/api/articles/${documentId}`)).toMatchObject({ id, title: 'Changed' });
    const { body } = await app.running.http
      .get(`/api/articles?filters[documentId][$eq]=${documentId}`)
      .expect(200);
    expect((body as { data: object[] }).data).toMatchObject([{ id }]);
    await app.running.http.delete(`/api/articles/${documentId}`).expect(200);
    await app.running.http.get(`/api/articles/${documentId}?status=draft`).expect(404);
    await app.running.http.get(`/api/articles/${id}?status=draft`).expect(404);
  });

  it('is found by the index of its table', async () => {
    await app.made('/api/tags', { name: 'a' });
    const documentId = lastDocumentId();
    const statements = await statementsOf(app.running, () => app.got(`/api/tags/${documentId}`));
    const found = statements.filter(({ parameters }) => parameters.includes(documentId));
    expect(found).toHaveLength(1);
    expect(await wholeScans(app.running, found, ['tags', 'Entry_tag'])).toEqual([]);
  });

  it('is not found in another tenant, nor by what is no document id', async () => {
    await app.made('/api/tags', { name: 'a' });
    const documentId = lastDocumentId();
    const { body } = await app.running.http
      .post('/admin/tokens')
      .send({ name: 'acme', scopes: ['content:read'], tenant: 'acme' })
      .expect(201);
    const acme = app.running.httpAs((body as { data: { token: string } }).data.token);
    await acme.get(`/api/tags/${documentId}`).expect(404);
    for (const text of ['a'.repeat(24), 'A'.repeat(24), '0', 'x', '99999999999', '%C3%BC']) {
      await app.running.http.get(`/api/tags/${text}`).expect(404);
    }
  });
});
