import { type ContentApp, startContentApp } from '../support/content-app.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';

describeOnEveryDatabase('a list filtered through a relation', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;

  beforeAll(async () => {
    database = await kind.create();
    app = await startContentApp(database.url);
    const tag = async (data: object) => (await app.made('/api/tags', data)).id;
    const red = await tag({ name: 'red' });
    const green = await tag({ name: 'green', parent: red });
    const author = async (data: object) => (await app.made('/api/authors', data)).id;
    const ann = await author({ name: 'Ann', email: 'ann@example.com', badge: red });
    const bob = await author({ name: 'Bob', badge: green });
    const article = async (data: object) => (await app.made('/api/articles', data)).id;
    const one = await article({ title: 'One', author: ann, tags: [red, green] });
    await article({ title: 'Two', author: bob, tags: [green], related: [one] });
    await article({ title: 'Three' });
    await app.acted(`/api/articles/${one}/actions/publish`);
  });

  afterAll(async () => {
    await app.running.close();
    await database.drop();
  });

  const namesOf = async (path: string): Promise<unknown[]> => {
    const { body } = await app.running.http.get(`/api/${path}`).expect(200);
    return (body as { data: { name?: string; title?: string }[] }).data.map((one) => one.name ?? one.title);
  };

  it.each<[string, string, string[]]>([
    ['many to one', 'articles?status=draft&filters[author][name][$eq]=Ann', ['One']],
    ['many to one, by id', 'articles?status=draft&filters[author][id][$gt]=1', ['Two']],
    ['many to many', 'articles?status=draft&filters[tags][name][$in]=green', ['One', 'Two']],
    [
      'one to many without another side',
      'articles?status=draft&filters[related][title][$contains]=On',
      ['Two'],
    ],
    ['the other side of many to one', 'authors?status=draft&filters[articles][title][$ne]=One', ['Bob']],
    ['the other side of many to many', 'tags?status=draft&filters[articles][title][$eq]=Two', ['green']],
    ['one to one', 'authors?filters[badge][name][$eq]=green', ['Bob']],
    ['the other side of one to one', 'tags?filters[holder][name][$eq]=Ann', ['red']],
    ['itself', 'tags?filters[parent][name][$eq]=red', ['green']],
    ['itself, the other side', 'tags?filters[children][name][$eq]=green', ['red']],
    [
      'with a field of its own',
      'articles?status=draft&filters[tags][name][$eq]=green&filters[title][$eq]=Two',
      ['Two'],
    ],
    [
      'two conditions on one target',
      'articles?status=draft&filters[tags][name][$eq]=red&filters[tags][id][$gt]=1',
      [],
    ],
    [
      'two relations',
      'articles?status=draft&filters[tags][name][$eq]=green&filters[related][title][$eq]=One',
      ['Two'],
    ],
    ['published entries alone', 'articles?filters[tags][name][$eq]=green', ['One']],
    ['published targets alone', 'authors?filters[articles][title][$null]=false', ['Ann']],
  ])('%s', async (_, path, expected) => {
    expect(await namesOf(path)).toEqual(expected);
  });

  it.each([
    ['a private field of the target', 'articles?filters[author][email][$contains]=ann'],
    ['a second relation', 'articles?filters[author][badge][name][$eq]=red'],
    ['no field', 'articles?filters[author][$eq]=1'],
    ['no operator', 'articles?filters[author][name]=Ann'],
    ['no operator at all', 'articles?filters[author]=1'],
  ])('refuses %s', async (_, path) => {
    await app.running.http.get(`/api/${path}`).expect(400);
  });
});
