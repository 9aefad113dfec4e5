import { oneDatabase } from '../support/databases.js';
import { useStage } from '../support/stage.js';

const ADMIN = 'https://admin.example.com';
const HOOK = { name: 'a', url: 'https://example.com/', headers: {}, events: ['*'] };
const EVIL = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };

describe('A browser', () => {
  const { app } = useStage(oneDatabase(), {
    settings: {
      http: { corsOrigins: [ADMIN], allowedHosts: ['localhost', 'posthorn.test'] },
      content: { requireToken: false },
    },
  });

  it('changes nothing for a page of another site, with a token, and without one where content is open', async () => {
    await app.http.post('/admin/webhooks').set(EVIL).send(HOOK).expect(403);
    await app.http.post('/admin/sending/pause').set(EVIL).expect(403);
    await app.http.delete('/admin/webhooks/1').set('Sec-Fetch-Site', 'cross-site').expect(403);
    const anonymous = app.httpAs(null);
    await anonymous
      .post('/api/categories')
      .set(EVIL)
      .send({ data: { name: 'a' } })
      .expect(403);
    await anonymous.post('/api/categories').type('text').send('{"data":{"name":"a"}}').expect(415);
    await anonymous.post('/api/upload').set(EVIL).attach('files', Buffer.from('a'), 'a.txt').expect(403);
    const { body } = await anonymous.get('/api/categories').set(EVIL).expect(200);
    expect(body.data).toEqual([]);
  });

  it('changes something for a page of this server, and of one that is allowed', async () => {
    const { host } = new URL(app.baseUrl);
    await app.http.post('/admin/webhooks').set('Origin', `http://${host}`).send(HOOK).expect(201);
    const answer = await app.http
      .post('/admin/webhooks')
      .set({ Origin: ADMIN, 'Sec-Fetch-Site': 'cross-site' })
      .send(HOOK)
      .expect(201);
    expect(answer.headers['access-control-allow-origin']).toBe(ADMIN);
    await app.httpAs(null).post('/api/upload').attach('files', Buffer.from('a'), 'a.txt').expect(201);
  });

  it('reaches nothing under a name that leads here without being ours (DNS rebinding)', async () => {
    for (const path of ['/api/categories', '/admin/webhooks', '/docs', '/health/live']) {
      const { body } = await app.http.get(path).set('Host', 'rebound.evil.example:3000').expect(403);
      expect(body.error.message).toMatch(/a name that this server does not answer to.*HTTP_ALLOWED_HOSTS/);
    }
    for (const host of ['localhost:3000', 'POSTHORN.test', '[::1]:3000']) {
      await app.http.get('/api/categories').set('Host', host).expect(200);
    }
  });

  it('keeps no token of the page of the API: Swagger UI forgets it', async () => {
    const script = await app.http.get('/docs/swagger-ui-init.js').expect(200);
    expect(script.text).toMatch(/"persistAuthorization":\s*false/);
  });
});
