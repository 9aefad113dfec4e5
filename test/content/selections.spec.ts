import { type ContentApp, type Entry, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';

describeOnAnyDatabase('Answers show what fields and populate name', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;
  let entry: Entry;

  beforeAll(async () => {
    database = await kind.create();
    app = await startContentApp(database.url);
    const tag = await app.made('/api/tags', { name: 'a' });
    const author = await app.made('/api/authors', { name: 'Ada', email: 'ada@example.com' });
    entry = await app.made('/api/articles', {
      title: 'one',
      slug: 'one',
      tags: [tag.id],
      author: author.id,
      seo: { metaTitle: 'x' },
    });
    await app.acted(`/api/articles/${entry.id}/actions/publish`);
  });

  afterAll(async () => {
    await app.running.close();
    await database.drop();
  });

  const shown = async (query: string): Promise<string> =>
    Object.keys(await app.got(`/api/articles/${entry.id}?${query}`)).join();

  it.each([
    ['fields=title&populate=tags', 'id,title,tags'],
    ['fields[0]=title&fields[1]=createdAt&populate[0]=tags&populate[1]=seo', 'id,title,tags,seo,created_at'],
    ['fields=slug,updated_at&populate[seo]=true&populate[tags]=false', 'id,slug,seo,updated_at'],
    ['fields=id&populate=seo.shareImage', 'id,seo'],
    ['fields=id&populate[seo][populate]=shareImage', 'id,seo'],
    ['fields=documentId&populate[0]=author', 'id,author'],
  ])('%s', async (query, keys) => {
    expect(await shown(query)).toBe(keys);
  });

  it('everything without them, and with *', async () => {
    const all = Object.keys(await app.got(`/api/articles/${entry.id}`)).join();
    expect(await shown('fields=*&populate=*')).toBe(all);
    expect(await shown('populate=true')).toBe(all);
  });

  it('and of a relation’s targets its fields', async () => {
    const query = 'fields=title&populate[tags][fields][0]=name&populate[author][fields]=createdAt';
    const one = await app.got(`/api/articles/${entry.id}?${query}`);
    expect(one['tags']).toEqual([{ id: expect.any(Number), name: 'a' }]);
    expect(Object.keys(one['author'] as object)).toEqual(['id', 'created_at']);
  });

  it('in lists, single types and answers of changes too', async () => {
    const { http } = app.running;
    const { body } = await http.get('/api/articles?fields=title&populate=tags').expect(200);
    expect((body as { data: object[] }).data.map((one) => Object.keys(one).join())).toEqual([
      'id,title,tags',
    ]);
    await http.put('/api/global').send({ data: { siteName: 'Here', defaultSeo: { metaTitle: 'x' } } });
    const single = await app.got('/api/global?fields=siteName&populate=links');
    expect(Object.keys(single)).toEqual(['id', 'siteName', 'links']);
    const made = await app.made('/api/tags?fields=name&populate=parent', { name: 'b' });
    expect(Object.keys(made)).toEqual(['id', 'name', 'parent']);
    const put = await app.put(`/api/tags/${made.id}?fields=id&populate=parent`, { name: 'c' });
    expect(Object.keys(put)).toEqual(['id', 'parent']);
  });

  it.each([
    ['articles', 'fields=nothing', /"nothing" is no field of article; there are id, title/],
    ['articles', 'fields=tags', /"tags" is no field of article/],
    ['articles', 'populate=title', /"title" is no relation, file or component of article/],
    ['articles', 'populate=reviewer', /"reviewer" is no relation/],
    ['articles', 'populate=createdBy', /"createdBy" is no relation/],
    ['articles', 'populate=author.articles', /populate goes one level deep: "author"/],
    ['articles', 'populate[tags][populate]=*', /populate goes one level deep: "tags"/],
    ['articles', 'populate[author][fields]=email', /"email" is no field of author/],
    ['articles', 'populate[seo][fields]=metaTitle', /takes no fields/],
    ['articles', 'populate[tags][filters][name]=a', /not "filters"/],
    ['authors', 'fields=email', /"email" is no field of author/],
  ])('refuse what is private or is not there: %s?%s', async (type, query, message) => {
    const { body } = await app.running.http.get(`/api/${type}?${query}`).expect(400);
    expect((body as { error: { message: string } }).error.message).toMatch(message);
  });
});
