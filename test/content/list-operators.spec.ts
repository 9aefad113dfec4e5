import { type ContentApp, startContentApp } from '../support/content-app.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';

describeOnEveryDatabase('the operators of a list', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;

  beforeAll(async () => {
    database = await kind.create();
    app = await startContentApp(database.url);
    for (const member of MEMBERS) await app.made('/api/members', member);
  });

  afterAll(async () => {
    await app.running.close();
    await database.drop();
  });

  const MEMBERS = [
    { name: 'Ann', floor: 1, badge: '-5', height: 1.5, active: true, born: '1990-01-02', level: 'senior' },
    { name: 'ann_b', floor: 2, badge: '9007199254740993', height: 1.7, active: false, born: '2000-01-02' },
    { name: 'Zoë 100%', floor: 3, badge: '9223372036854775807', height: 2, starts: '08:00' },
    { name: null, floor: null, badge: null, height: null, joined: '2020-01-01T00:00:00.000Z' },
  ];

  const floors = async (query: string): Promise<unknown[]> => {
    const { body } = await app.running.http.get(`/api/members?${query}`).expect(200);
    return (body as { data: { floor: number | null }[] }).data.map(({ floor }) => floor);
  };

  it.each<[string, (number | null)[]]>([
    ['filters[name][$eq]=Ann', [1]],
    ['filters[name][$ne]=Ann', [2, 3]],
    ['filters[name][$in][0]=Ann&filters[name][$in][1]=ann_b', [1, 2]],
    ['filters[name][$in]=Ann', [1]],
    ['filters[name][$notIn]=Ann', [2, 3]],
    ['filters[name][$contains]=nn', [1, 2]],
    ['filters[name][$contains]=a', [2]],
    ['filters[name][$contains]=_', [2]],
    ['filters[name][$contains]=0%25', [3]],
    ['filters[name][$contains]=ë', [3]],
    ['filters[name][$null]=true', [null]],
    ['filters[name][$null]=false', [1, 2, 3]],
    ['filters[floor][$gt]=1', [2, 3]],
    ['filters[floor][$gte]=2&filters[floor][$lt]=3', [2]],
    ['filters[floor][$lte]=1', [1]],
    ['filters[height][$lt]=1.6', [1]],
    ['filters[badge][$lt]=0', [1]],
    ['filters[badge][$gt]=9007199254740992', [2, 3]],
    ['filters[badge][$in]=9007199254740993', [2]],
    ['filters[active][$eq]=false', [2]],
    ['filters[active][$ne]=t', [2]],
    ['filters[born][$gte]=1999-12-31', [2]],
    ['filters[starts][$eq]=08:00', [3]],
    ['filters[joined][$lte]=2020-01-01T00:00:00.000Z', [null]],
    ['filters[level][$contains]=sen&filters[floor][$eq]=1', [1]],
    ['filters[createdAt][$null]=false&filters[floor][$eq]=3', [3]],
    ['sort=createdAt:desc,floor:desc&filters[floor][$null]=false', [3, 2, 1]],
  ])('%s', async (query, expected) => {
    expect(await floors(query)).toEqual(expected);
  });

  it('are no way to ask for a locale, nor is any other route', async () => {
    const { http } = app.running;
    const { id } = await app.made('/api/members', { floor: 30 });
    for (const request of [
      http.get('/api/members?locale=fr'),
      http.get(`/api/members/${id}?locale=fr`),
      http.post('/api/members?locale=fr').send({ data: {} }),
      http.put(`/api/members/${id}?locale=fr`).send({ data: {} }),
      http.delete(`/api/members/${id}?locale=fr`),
      http.put('/api/global?locale=fr').send({ data: {} }),
      http.post('/api/members/bulk-delete?locale=fr').send({ ids: [id] }),
      http.post(`/api/articles/1/actions/publish?locale=fr`),
      http.get('/api/members?fields=floor,locale'),
      http.get('/api/members?populate[0]=localizations'),
      http.get('/api/members?sort=locale:desc'),
      http.get('/api/members?filters[locale][$eq]=fr'),
      http.post('/api/members').send({ data: { locale: 'fr' } }),
      http.put(`/api/members/${id}`).send({ data: { localizations: [] } }),
      http.post('/api/members/bulk-create').send({ data: [{ floor: 31 }, { locale: 'fr' }] }),
    ]) {
      const { body } = await request.expect(400);
      expect((body as { error: { message: string } }).error.message).toMatch(
        /^(locale|localizations) cannot be asked for/,
      );
    }
    await http.delete(`/api/members/${id}`).expect(200);
  });

  it('do not reveal a private attribute', async () => {
    await app.running.http.get('/api/members?filters[salary][$null]=true').expect(400);
    await app.running.http.get('/api/authors?filters[email][$contains]=a').expect(400);
  });
});
