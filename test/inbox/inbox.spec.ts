import { DataSource, type EntityManager } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { webhookInboxMigrations } from '../../src/inbox/inbox-table.js';
import { WebhookInbox } from '../../src/inbox/webhook-inbox.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';

const COPIES = 10;

describeOnEveryDatabase('An inbox', (kind) => {
  let database: TestDatabase;
  let sources: DataSource[];
  let now: number;

  const open = async () => {
    const options = dataSourceOptions({ url: database.url, dataDir: '/nonexistent', poolSize: 10 }, []);
    const source = await new DataSource({ ...options, migrations: webhookInboxMigrations() }).initialize();
    sources.push(source);
    return source;
  };

  /** The inboxes of two instances; SQLite is for one process, which has two of them on its connection. */
  const twoInboxes = (): WebhookInbox[] =>
    [sources[0], sources[kind.dialect === 'sqlite' ? 0 : 1]].map(
      (source) => new WebhookInbox(source as DataSource, { now: () => now }),
    );

  const pay = (manager: EntityManager) => manager.query('INSERT INTO payments (amount) VALUES (1)');

  const count = async (table: string) => {
    const [row] = await (sources[0] as DataSource).query<{ n: string | number }[]>(
      `SELECT COUNT(*) AS n FROM ${table}`,
    );
    return Number(row?.n);
  };

  beforeEach(async () => {
    now = 1_800_000_000_000;
    sources = [];
    database = await kind.createEmpty();
    const first = await open();
    await first.runMigrations();
    await first.query('CREATE TABLE payments (amount INT)');
    if (kind.dialect === 'mysql') await open();
  });

  afterEach(async () => {
    await Promise.all(sources.map((source) => source.destroy()));
    await database.drop();
  });

  it('runs the handler once of ten copies that arrive at two instances together', async () => {
    const inboxes = twoInboxes();
    const copies = Array.from({ length: COPIES }, (_, index) =>
      (inboxes[index % 2] as WebhookInbox).receive({ source: 'stripe', id: 'evt_1' }, pay),
    );
    const outcomes = await Promise.all(copies);
    expect(outcomes.filter((outcome) => outcome === 'handled')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'repeated')).toHaveLength(COPIES - 1);
    expect(await count('payments')).toBe(1);
    expect(await inboxes[1]?.receive({ source: 'stripe', id: 'evt_1' }, pay)).toBe('repeated');
  });

  it('runs it once although the first of the copies fails while the others wait', async () => {
    const inboxes = twoInboxes();
    let ran = 0;
    const handle = async (manager: EntityManager) => {
      ran += 1;
      await pay(manager);
      if (ran > 1) return;
      if (kind.dialect === 'mysql') await eventually(async () => expect(await waiting()).toBeGreaterThan(5));
      throw new Error('The first one fails.');
    };
    const copies = Array.from({ length: COPIES }, (_, index) =>
      (inboxes[index % 2] as WebhookInbox).receive({ id: 'msg_1' }, handle),
    );
    const outcomes = await Promise.allSettled(copies);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    const values = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed'));
    expect(values.filter((value) => value === 'handled')).toHaveLength(1);
    expect(await count('payments')).toBe(1);
    expect(ran).toBe(2);
  });

  it('keeps nothing of a handler that failed, and runs it again for the next copy', async () => {
    const [inbox] = twoInboxes() as [WebhookInbox];
    const failing = async (manager: EntityManager) => {
      await pay(manager);
      throw new Error('No.');
    };
    await expect(inbox.receive({ id: 'msg_1' }, failing)).rejects.toThrow('No.');
    expect([await count('payments'), await count('posthorn_inbox')]).toEqual([0, 0]);
    expect(await inbox.receive({ id: 'msg_1' }, pay)).toBe('handled');
  });

  it('tells ids apart as they are, and those of two senders', async () => {
    const [inbox] = twoInboxes() as [WebhookInbox];
    const ids = ['a', 'A', 'a ', 'ä', 'x'.repeat(255)];
    for (const id of ids) expect(await inbox.receive({ id }, pay)).toBe('handled');
    expect(await inbox.receive({ id: 'a', source: 'github' }, pay)).toBe('handled');
    for (const id of ids) expect(await inbox.receive({ id }, pay)).toBe('repeated');
    for (const id of ['', 'x'.repeat(256)])
      await expect(inbox.receive({ id }, pay)).rejects.toThrow(TypeError);
    const longest = { id: 'a', source: 'x'.repeat(65) };
    await expect(inbox.receive(longest, pay)).rejects.toThrow('at most 64');
  });

  it('forgets what is old', async () => {
    const [inbox] = twoInboxes() as [WebhookInbox];
    await inbox.receive({ id: 'old' }, pay);
    now += 1000;
    await inbox.receive({ id: 'new' }, pay);
    expect(await inbox.prune(now)).toBe(1);
    expect(await inbox.receive({ id: 'old' }, pay)).toBe('handled');
    expect(await inbox.receive({ id: 'new' }, pay)).toBe('repeated');
  });

  it('makes its table itself, under another name', async () => {
    const inbox = new WebhookInbox(sources[0] as DataSource, { table: 'my_inbox' });
    await inbox.createTable();
    await inbox.createTable();
    expect(await inbox.receive({ id: 'a' }, pay)).toBe('handled');
    expect(await count('my_inbox')).toBe(1);
    expect(() => new WebhookInbox(sources[0] as DataSource, { table: 'a`b' })).toThrow(TypeError);
  });

  async function waiting(): Promise<number> {
    const [row] = await (sources[0] as DataSource).query<{ n: string | number }[]>(
      "SELECT COUNT(*) AS n FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
    );
    return Number(row?.n);
  }
});
