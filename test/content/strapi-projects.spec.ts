import { fileURLToPath } from 'node:url';
import { type ContentApp, startContentApp } from '../support/content-app.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';

const folderOf = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

describeOnAnyDatabase('a Strapi project', (kind) => {
  let database: TestDatabase;
  let app: ContentApp;

  beforeEach(async () => {
    database = await kind.createEmpty();
  });

  afterEach(async () => {
    await app.running.close();
    await database.drop();
  });

  it('of a marketing site starts without an edit and serves its products', async () => {
    app = await startContentApp(database.url, folderOf('launch-site'));
    const product = await app.made('/api/products', {
      name: 'Rocket',
      accent: '#ff0000',
      map: { area: [1, 2] },
      perks: [{ text: 'Fast', additional: [{ text: 'More', target: '_blank' }] }],
      dynamic_zone: [{ __component: 'dynamic-zone.form', inputs: [{ type: 'email', name: 'mail' }] }],
    });
    expect(product).toMatchObject({ accent: '#ff0000', map: { area: [1, 2] } });
    expect(product).not.toHaveProperty('attached');
    expect(app.events.map(({ type }) => type)).toEqual(['entry.create']);
  });

  it('of a restaurant guide starts without an edit and keeps a long string', async () => {
    app = await startContentApp(database.url, folderOf('food-guide'));
    const content = 'a'.repeat(3_000);
    const review = await app.made('/api/reviews', { content, note: 5, contact: 'a@example.com' });
    expect(await app.got(`/api/reviews/${review.id}`)).toMatchObject({ content, contact: 'a@example.com' });
    expect(await app.refused('post', '/api/reviews', { data: { content: `${content}b` } })).toEqual([
      'content: content must be at most 3000 characters',
    ]);
  });
});
