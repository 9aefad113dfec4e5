import { DataSource } from 'typeorm';
import { CREATED, type ContentApp, startContentApp } from '../support/content-app.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';

const STORY = [
  { type: 'heading', level: 1, children: [{ type: 'text', text: 'Hello', bold: true }] },
  {
    type: 'list',
    format: 'ordered',
    children: [{ type: 'list-item', children: [{ type: 'text', text: 'x' }] }],
  },
];

describeOnEveryDatabase('attributes of every type', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;

  beforeAll(async () => {
    database = await kind.create();
    app = await startContentApp(database.url);
  });

  afterAll(async () => {
    await app.running.close();
    await database.drop();
  });

  beforeEach(() => app.forget());

  const FULL = {
    name: 'Ada',
    text: 'é'.repeat(70_000),
    bio: '# Ada\n\n*first*',
    story: STORY,
    level: 'senior',
    born: '1815-12-10',
    starts: '09:30:00.500',
    joined: CREATED,
    seen: '1578646056264',
    floor: 30,
    badge: '9223372036854775807',
    height: 1.65,
    active: false,
    extra: { z: [1, null], a: 'x' },
  };

  it('come back as they went in, in events too', async () => {
    const member = await app.made('/api/members', { ...FULL, salary: 12.5 });
    const expected = { id: member.id, ...FULL, created_at: CREATED, updated_at: CREATED };
    expect(JSON.stringify(member)).toBe(JSON.stringify(expected));
    expect(await app.got(`/api/members/${member.id}`)).toEqual(member);
    expect(app.events[0]?.data).toEqual({ entry: member });
  });

  it.each<[string, unknown, unknown]>([
    ['starts', '09:30', '09:30:00.000'],
    ['starts', '09:30:15.5', '09:30:15.500'],
    ['joined', '2020-01-10T10:47:36.264+02:00', CREATED],
    ['seen', CREATED, '1578646056264'],
    ['seen', 1_578_646_056_264, '1578646056264'],
    ['seen', '-1', '-1'],
    ['badge', -9_007_199_254_740_991, '-9007199254740991'],
    ['badge', '-0007', '-7'],
    ['badge', '-9223372036854775808', '-9223372036854775808'],
    ['story', [], []],
    ['extra', 'text', 'text'],
    ['height', 1e-300, 1e-300],
    ['height', '1.5', 1.5],
    ['floor', '30', 30],
    ['active', 'true', true],
    ['joined', '2020-01-10', '2020-01-10T00:00:00.000Z'],
  ])('%s: %j is told as %j', async (name, sent, told) => {
    const member = await app.made('/api/members', { [name]: sent });
    expect(member[name]).toEqual(told);
    expect((await app.got(`/api/members/${member.id}`))[name]).toEqual(told);
  });

  it.each<[string, unknown, string]>([
    ['starts', '24:00', 'starts must be a time such as 12:30:00.000'],
    ['seen', 'now', 'seen must be a datetime such as 2020-01-31T12:00:00.000Z, or epoch milliseconds'],
    ['seen', 8.64e15 + 1, 'seen must be a datetime'],
    ['floor', 31, 'floor must be less than or equal to 30'],
    ['badge', '9223372036854775808', 'badge must be between -9223372036854775808 and 9223372036854775807'],
    ['badge', '1.5', 'badge must be a whole number, as text of digits'],
    ['badge', 2 ** 53, 'badge must be a whole number, as text of digits'],
    ['height', 'one', 'height must be a `number` type'],
    ['story', 'text', 'story must be an array of blocks'],
    ['story', [{ type: 'script' }], 'story[0].type must be one of the following values: paragraph'],
    ['story', [{ type: 'quote', children: [{ type: 'text' }] }], 'story[0].children[0].text must be text'],
    ['level', 'boss', 'level must be one of the following values: junior, senior'],
  ])('%s: %j is refused', async (name, sent, message) => {
    const [issue] = await app.refused('post', '/api/members', { data: { [name]: sent } });
    expect(issue).toContain(`${name}: ${message}`);
    expect(app.events).toEqual([]);
  });

  it('are found and sorted by, large numbers too', async () => {
    const { body } = await app.running.http
      .post('/api/members/bulk-create')
      .send({
        data: ['10', '9', '-5', '9007199254740993'].map((badge) => ({
          badge,
          text: 'sorted',
          starts: '08:00',
        })),
      })
      .expect(201);
    expect((body as { data: unknown[] }).data).toHaveLength(4);
    const badges = async (query: string) =>
      ((await app.got(`/api/members?${query}`)) as unknown as { badge: string }[]).map(({ badge }) => badge);
    expect(await badges('filters[text][$eq]=sorted&sort=badge:desc')).toEqual([
      '9007199254740993',
      '10',
      '9',
      '-5',
    ]);
    expect(await badges('filters[badge][$eq]=9007199254740993')).toEqual(['9007199254740993']);
    expect(await badges('filters[badge][$eq]=9007199254740992')).toEqual([]);
    expect(await badges('filters[starts][$eq]=08:00&filters[badge][$eq]=9')).toEqual(['9']);
    expect(await app.refused('post', '/api/members', { data: { badge: '010' } })).toEqual([
      'badge: This attribute must be unique',
    ]);
  });

  describe('that are passwords', () => {
    it('are kept as a hash, and never leave', async () => {
      const author = await app.made('/api/authors', {
        name: 'A',
        email: 'a@b.co',
        password: 'correct horse',
      });
      await app.put(`/api/authors/${author.id}`, { password: 'battery staple', name: 'B' });
      expect(
        JSON.stringify([author, app.events.map(({ data, context }) => ({ data, context }))]),
      ).not.toMatch(/password|scrypt|horse|a@b\.co/);
      expect(app.events[1]?.context.previous).toEqual({ name: 'A' });
      const [row] = (await app.running
        .get(DataSource)
        .query('SELECT password, email FROM authors WHERE id = ?', [author.id])) as Record<string, string>[];
      expect(row?.['password']).toMatch(/^scrypt\$16384\$8\$1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
      expect(row?.['email']).toBe('a@b.co');
    });

    it('follow their rules', async () => {
      expect(await app.refused('post', '/api/authors', { data: { name: 'A', password: 'short' } })).toEqual([
        'password: password must be at least 8 characters',
      ]);
    });

    it.each(['filters[password][$eq]=x', 'sort=password', 'filters[email][$eq]=a@b.co', 'sort=email'])(
      'and what is private cannot be asked for: %s',
      async (query) => {
        await app.running.http.get(`/api/authors?${query}`).expect(400);
      },
    );
  });

  it('name who changed them and what they were', async () => {
    const member = await app.made('/api/members', { name: 'Ada', extra: { a: 1 }, badge: '77', salary: 1 });
    await app.put(`/api/members/${member.id}`, { name: 'Ada', extra: { a: 2 }, badge: null, salary: 2 });
    const [made, changed] = app.events;
    const actor = { type: 'token', id: 'environment', name: 'ADMIN_TOKEN' };
    expect(made?.context).toMatchObject({ previous: null, actor });
    expect(changed?.context).toMatchObject({ previous: { extra: { a: 1 }, badge: '77' }, actor });
    expect(Object.keys(changed?.context.previous ?? {})).toEqual(['badge', 'extra']);
  });
});
