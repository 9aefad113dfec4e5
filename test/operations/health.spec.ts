import { DataSource } from 'typeorm';
import { describeOnAnyDatabase, oneDatabase, type TestDatabase } from '../support/databases.js';
import { type RunningApp, startApp } from '../support/start-app.js';

describeOnAnyDatabase('Health', (database) => {
  let store: TestDatabase;
  let posthorn: RunningApp;

  beforeAll(async () => {
    store = await database.create();
    posthorn = await startApp({ databaseUrl: store.url });
  });

  afterAll(async () => {
    await posthorn?.close();
    await store?.drop();
  });

  it('is live and ready without a token', async () => {
    const anyone = posthorn.httpAs(null);
    await anyone.get('/health/live').expect(200, { status: 'ok' });
    const { body } = await anyone.get('/health/ready').expect(200);
    expect(body).toMatchObject({ status: 'ok', details: { database: { status: 'up' } } });
  });

  it('describes its API as OpenAPI 3.1, with the events as webhooks', async () => {
    const { body } = await posthorn.httpAs(null).get('/openapi.json').expect(200);
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths)).toContain('/admin/webhooks');
    expect(Object.keys(body.webhooks)).toContain('entry.create');
    // What their bodies are is held by event-catalogue.spec.ts.
    expect(Object.keys(body.webhooks['entry.create'].post.requestBody.content)).toEqual([
      'application/json',
      'application/cloudevents+json',
    ]);
  });

  it('shows the API on a page that loads nothing from elsewhere', async () => {
    const { text } = await posthorn.httpAs(null).get('/docs').expect(200);
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
    await posthorn.httpAs(null).get('/docs/swagger-ui-bundle.js').expect(200);
  });
});

it('is not ready, but live, when the database does not answer', async () => {
  const database = oneDatabase();
  const store = await database!.create();
  const posthorn = await startApp({ databaseUrl: store.url });
  try {
    await posthorn.get(DataSource).destroy();
    const { body } = await posthorn.http.get('/health/ready').expect(503);
    expect(body).toEqual({
      data: null,
      error: {
        status: 503,
        name: 'ServiceUnavailableError',
        message: 'The database does not answer.',
        details: {},
      },
    });
    await posthorn.http.get('/health/live').expect(200);
  } finally {
    await posthorn.close();
    await store.drop();
  }
});
