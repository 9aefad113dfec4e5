import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { type RunningApp, startApp } from '../support/start-app.js';

describeOnAnyDatabase('A request that cannot be served', (database) => {
  let store: TestDatabase;
  let posthorn: RunningApp;

  beforeAll(async () => {
    store = await database.create();
    posthorn = await startApp({ databaseUrl: store.url, settings: { http: { maxBodyBytes: 2048 } } });
  });

  afterAll(async () => {
    await posthorn?.close();
    await store?.drop();
  });

  it('is told 400 for broken JSON', async () => {
    const { body } = await posthorn.http
      .post('/admin/webhooks')
      .set('Content-Type', 'application/json')
      .send('{"name": ')
      .expect(400);
    expect(body).toEqual({
      data: null,
      error: {
        status: 400,
        name: 'BadRequestError',
        message: expect.stringContaining('The request body is no valid JSON'),
        details: {},
      },
    });
  });

  it('is told 413 for a body past the limit', async () => {
    const { body } = await posthorn.http
      .post('/admin/webhooks')
      .send({ name: 'x'.repeat(4096) })
      .expect(413);
    expect(body).toEqual({
      data: null,
      error: {
        status: 413,
        name: 'PayloadTooLargeError',
        message: 'The request body is larger than this server takes.',
        details: {},
      },
    });
  });

  it('is told 404 for an unknown route', async () => {
    const { body } = await posthorn.http.get('/nowhere').expect(404);
    expect(body).toEqual({
      data: null,
      error: { status: 404, name: 'NotFoundError', message: 'Not Found', details: {} },
    });
  });

  it('is told 400 for a path that cannot be decoded', async () => {
    const { body } = await posthorn.http.get('/admin/webhooks/%E0%A4%A').expect(400);
    expect(body).toMatchObject({ data: null, error: { status: 400, name: 'BadRequestError' } });
  });

  it('is told 400 for a body that is no object', async () => {
    const { body } = await posthorn.http.post('/admin/webhooks').send([1, 2]).expect(400);
    expect(body).toMatchObject({ data: null, error: { status: 400 } });
  });

  it('is told 415 for a body of another kind', async () => {
    const { body } = await posthorn.http.post('/admin/webhooks').type('text').send('name=x').expect(415);
    expect(body).toEqual({
      data: null,
      error: {
        status: 415,
        name: 'UnsupportedMediaTypeError',
        message: expect.stringContaining('must be JSON'),
        details: {},
      },
    });
  });

  it('is not told what runs here', async () => {
    const { headers } = await posthorn.http.get('/health/live').expect(200);
    expect(headers).not.toHaveProperty('x-powered-by');
  });
});
