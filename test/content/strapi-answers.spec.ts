import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { PNG, STRAPI_PROJECT } from '../support/content-app.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { useStage } from '../support/stage.js';
import { createWebhook } from '../support/webhooks.js';

interface Entry {
  id: number;
  documentId?: string;
  [key: string]: unknown;
}

describeOnAnyDatabase('Answers in the form of Strapi 5', (kind) => {
  const stage = useStage(kind, { settings: { content: { types: STRAPI_PROJECT, format: 'strapi-v5' } } });

  const dataOf = ({ body }: { body: unknown }) => (body as { data: Entry }).data;
  const made = async (path: string, data: object) =>
    dataOf(await stage.app.http.post(path).send({ data }).expect(201));
  const got = async (path: string) => dataOf(await stage.app.http.get(path).expect(200));

  it('have the document id and the keys of Strapi 5, in an entry and in what it links to', async () => {
    const tag = await made('/api/tags', { name: 'red' });
    expect(Object.keys(tag).slice(0, 3)).toEqual(['id', 'documentId', 'name']);
    const entry = await made('/api/articles', { title: 'one', tags: [tag.id], seo: { metaTitle: 'One' } });
    expect(entry).toMatchObject({
      documentId: expect.stringMatching(/^[a-z0-9]{24}$/) as string,
      publishedAt: null,
      createdAt: expect.any(String) as string,
      tags: [{ id: tag.id, documentId: tag.documentId }],
      seo: { metaTitle: 'One' },
    });
    expect(Object.keys(entry)).not.toContain('created_at');
    expect(await got(`/api/articles/${entry.documentId}?status=draft`)).toEqual(entry);
    const { body: list } = await stage.app.http.get('/api/articles?status=draft').expect(200);
    expect((list as { data: Entry[] }).data).toEqual([entry]);
    const at = `/api/articles/${entry.documentId}`;
    const changed = dataOf(
      await stage.app.http
        .put(at)
        .send({ data: { title: 'two' } })
        .expect(200),
    );
    expect(changed).toMatchObject({ documentId: entry.documentId, title: 'two' });
    const published = dataOf(await stage.app.http.post(`${at}/actions/publish`).expect(200));
    expect(published).toMatchObject({
      documentId: entry.documentId,
      publishedAt: expect.any(String) as string,
    });
    expect(await got(at)).toEqual(published);
  });

  it('show the same targets when an entry is changed as when it is read', async () => {
    const tag = await made('/api/tags', { name: 'red' });
    const article = await made('/api/articles', { title: 'one', tags: [tag.id] });
    await stage.app.http.post(`/api/articles/${article.id}/actions/publish`).expect(200);
    const changed = dataOf(
      await stage.app.http
        .put(`/api/tags/${tag.id}`)
        .send({ data: { name: 'blue' } })
        .expect(200),
    );
    expect((changed['articles'] as Entry[]).map(({ id }) => id)).toEqual([article.id]);
    expect(await got(`/api/tags/${tag.id}`)).toEqual(changed);
  });

  it('show the document id whatever fields are asked for', async () => {
    const tag = await made('/api/tags', { name: 'red' });
    expect(await got(`/api/tags/${tag.id}?fields=name,createdAt&populate=parent`)).toEqual({
      id: tag.id,
      documentId: tag.documentId,
      name: 'red',
      createdAt: tag['createdAt'],
      parent: null,
    });
  });

  it('are 204 and empty when an entry is deleted', async () => {
    const { documentId } = await made('/api/tags', { name: 'red' });
    const gone = await stage.app.http.delete(`/api/tags/${documentId}`).expect(204);
    expect(gone.text).toBe('');
    await stage.app.http
      .put('/api/global')
      .send({ data: { siteName: 'Blog', defaultSeo: { metaTitle: 'Home' } } })
      .expect(200);
    await stage.app.http.delete('/api/global').expect(204);
    await stage.app.http.delete('/api/global').expect(404);
  });

  it('come with a removal of each version, the draft first, whole', async () => {
    await createWebhook(stage.app.http, stage.receiver.url, {
      format: 'strapi-v5',
      events: ['entry.delete'],
    });
    const { body: files } = await stage.app.http
      .post('/api/upload')
      .attach('files', PNG, 'cover.png')
      .expect(201);
    const [cover] = files as Entry[];
    const { id, documentId } = await made('/api/articles', { title: 'one', cover: cover?.id });
    await stage.app.http.post(`/api/articles/${id}/actions/publish`).expect(200);
    await stage.app.http
      .put(`/api/articles/${id}`)
      .send({ data: { title: 'two', cover: null } })
      .expect(200);
    const draft = await made('/api/articles', { title: 'never published' });
    await stage.app.http.delete(`/api/articles/${id}`).expect(204);
    await stage.app.http.delete(`/api/articles/${draft.id}`).expect(204);
    await stage.app.get(DeliveryWorker).runOnce();
    const bodies = stage.receiver.requests.map(({ body }) => JSON.parse(body.toString()) as { entry: Entry });
    const told = bodies.map(({ entry }) => [
      entry.documentId,
      entry['title'],
      entry['publishedAt'] === null,
      (entry['cover'] as Entry | null)?.['name'] ?? null,
    ]);
    expect(told).toEqual([
      [documentId, 'two', true, null],
      [documentId, 'one', false, 'cover.png'],
      [draft.documentId, 'never published', true, null],
    ]);
  });
});
