import { DataSource, type EntityManager } from 'typeorm';
import { placeholderRows } from '../../src/database/dialect.js';
import { WebhookCache } from '../../src/delivery/webhook-cache/webhook-cache.js';
import { WebhookSource } from '../../src/webhooks/webhook-source.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { analyse, planOf, statementsOf, wholeScans } from '../support/explain.js';
import type { HttpAgent } from '../support/start-app.js';
import { useStage } from '../support/stage.js';
import { createWebhook } from '../support/webhooks.js';

const MANY = 1_200;
const URL = 'https://example.com/hook';
/** Sorts as the ids of webhooks do. */
const idOf = (n: number) => `0190163d-8694-739b-aea5-${String(n).padStart(12, '0')}`;

type Row = Record<string, unknown>;
interface Page {
  data: { id: string }[];
  meta?: { nextCursor: string | null };
}

describeOnEveryDatabase('Many webhooks', (kind) => {
  const { app } = useStage(kind);

  const query = <T>(sql: string, values: unknown[] = []) => app.get(DataSource).query<T>(sql, values);
  const list = async (search = '', http: HttpAgent = app.http): Promise<Page> =>
    (await http.get(`/admin/webhooks${search}`).expect(200)).body as Page;
  const put = (id: string, more: object = {}) =>
    app.http
      .put(`/admin/webhooks/${id}`)
      .send({ name: 'changed', url: URL, headers: { 'X-Key': 'new' }, events: ['*'], ...more });

  /** Copies the row of a webhook; every fourth is of the tenant `a`. */
  async function makeMany(count = MANY): Promise<void> {
    const { id } = await createWebhook(app.http, URL);
    const [row = {}] = await query<Row[]>('SELECT * FROM webhooks WHERE id = ?', [id]);
    await query('DELETE FROM webhooks');
    const columns = Object.keys(row);
    for (let from = 0; from < count; from += 100) {
      const rows = Array.from({ length: Math.min(100, count - from) }, (_, at) => {
        const n = from + at;
        const own: Row = { id: idOf(n), name: `webhook ${n}`, tenant: n % 4 === 0 ? 'a' : null };
        return columns.map((column) => own[column] ?? row[column]);
      });
      await query(
        `INSERT INTO webhooks (${columns.map((one) => `\`${one}\``).join(',')})
         VALUES ${placeholderRows(rows.length, columns.length)}`,
        rows.flat(),
      );
    }
    await query('UPDATE webhook_registry SET version = version + 1');
  }

  /** Makes a version for each of some webhooks. */
  async function change(ids: string[]): Promise<void> {
    await app.get(DataSource).transaction(async (manager) => {
      for (const id of ids) {
        await app.get(WebhookSource).bumpVersion(manager);
        await app.get(WebhookSource).recordChanged(manager, [id]);
      }
    });
  }

  describe('in memory', () => {
    const timesFive = (times: number) => Array.from({ length: times }, (_, n) => idOf(n % 5));

    /** A cache of this test alone: listeners of a change make the application's read it at once. */
    let cache: WebhookCache;

    /** Reads the webhooks as the worker does. @returns the rows of all statements, and what was read */
    async function read(): Promise<{ rows: number; names: Map<string, string> }> {
      const runner = app.get(DataSource).createQueryRunner();
      const run = runner.query.bind(runner) as (...given: unknown[]) => Promise<unknown>;
      let rows = 0;
      Object.assign(runner, {
        query: async (...given: unknown[]) => {
          const answer = await run(...given);
          const found = Array.isArray(answer) ? answer : (answer as { records?: unknown[] }).records;
          rows += found?.length ?? 0;
          return answer;
        },
      });
      try {
        const { byId } = await cache.current(runner.manager as EntityManager);
        return { rows, names: new Map([...byId].map(([id, { name }]) => [id, name])) };
      } finally {
        await runner.release();
      }
    }

    /** The version, what it changed, and the webhook. */
    const FOR_ONE = 3;

    beforeEach(async () => {
      cache = new WebhookCache(app.get(WebhookSource));
      await makeMany();
      expect((await read()).rows).toBeGreaterThan(MANY);
      expect((await read()).rows).toBe(1);
    });

    it('are not read again when one of them changes: three rows are', async () => {
      const before = await cache.current(app.get(DataSource).manager);
      await put(idOf(7)).expect(200);
      const { rows, names } = await read();
      expect(rows).toBe(FOR_ONE);
      expect(names.get(idOf(7))).toBe('changed');
      const after = await cache.current(app.get(DataSource).manager);
      expect(after.byId.get(idOf(7))).not.toBe(before.byId.get(idOf(7)));
      expect(after.byId.get(idOf(8))).toBe(before.byId.get(idOf(8)));
      expect(before.byId.get(idOf(7))?.name).toBe('webhook 7');
    });

    it('have those that came and not those that went', async () => {
      const { id } = await createWebhook(app.http, URL, { rateLimit: 5 });
      await app.http.delete(`/admin/webhooks/${idOf(1)}`).expect(200);
      await app.http
        .post('/admin/webhooks/batch-delete')
        .send({ ids: [idOf(2), idOf(3), 'unknown'] })
        .expect(200);
      await app.http.post(`/admin/webhooks/${idOf(4)}/disable`).expect(200);
      await app.http
        .post(`/admin/webhooks/${idOf(5)}/secret/rotate`)
        .send({})
        .expect(200);
      const { names } = await read();
      expect(names.size).toBe(MANY + 1 - 3);
      expect([1, 2, 3].map((n) => names.has(idOf(n)))).toEqual([false, false, false]);
      const { byId, metered } = await cache.current(app.get(DataSource).manager);
      expect(byId.get(idOf(4))?.isEnabled).toBe(false);
      expect([...metered]).toEqual([id]);
      await app.http.delete(`/admin/webhooks/${id}`).expect(200);
      expect((await cache.current(app.get(DataSource).manager)).metered.size).toBe(0);
    });

    it('are all read when an earlier release changed one, which records nothing', async () => {
      await query("UPDATE webhooks SET name = 'of before' WHERE id = ?", [idOf(7)]);
      await query('UPDATE webhook_registry SET version = version + 1');
      await put(idOf(8)).expect(200);
      const { rows, names } = await read();
      expect(rows).toBeGreaterThan(MANY);
      expect([names.get(idOf(7)), names.get(idOf(8))]).toEqual(['of before', 'changed']);
    });

    it('are all read by one that is far behind, and old versions are removed', async () => {
      await change(timesFive(1_001));
      expect((await read()).rows).toBeGreaterThan(MANY);
      const [row] = await query<{ count: string | number }[]>(
        'SELECT COUNT(*) AS count FROM webhook_versions',
      );
      expect(Number(row?.count)).toBe(1_000);
    });

    it('are found through their keys', async () => {
      await change(timesFive(500));
      await read();
      // The application's own, which a listener reads too.
      await app.get(WebhookCache).current(app.get(DataSource).manager);
      await analyse(app, ['webhooks', 'webhook_versions']);
      const statements = await statementsOf(app, async () => {
        await put(idOf(7)).expect(200);
        await read();
      });
      expect(statements.filter(({ sql }) => /webhook_versions/.test(sql))).toHaveLength(2);
      expect(await wholeScans(app, statements, ['webhooks', 'webhook_versions'])).toEqual([]);
    });
  });

  describe('in what tells of them', () => {
    it('are not read again: a change of one is read alone, by whoever asks for what', async () => {
      await makeMany();
      const { body } = await app.http.post('/admin/tokens').send({ name: 'a', scopes: ['*'], tenant: 'a' });
      const paths = ['/admin/overview', '/admin/webhooks/health', '/metrics', '/health/ready'];
      const ask = async () => {
        for (const path of paths) await app.http.get(path).expect(200);
        for (const path of paths.slice(0, 2)) await app.httpAs(body.data.token).get(path).expect(200);
      };
      /** Statements that read rows of the webhooks, and the ids that they ask for. */
      const readings = async (work: () => Promise<unknown>) =>
        (await statementsOf(app, work)).filter(({ sql }) => /FROM [`"]webhooks[`"]/.test(sql));
      await ask();
      expect(await readings(ask)).toEqual([]);
      await query("UPDATE webhooks SET name = 'changed' WHERE id = ?", [idOf(7)]);
      await change([idOf(7)]);
      expect(await readings(ask)).toEqual([
        { sql: expect.stringContaining('WHERE') as string, parameters: [idOf(7)] },
      ]);
    });

    it('come in pages of their health, each once', async () => {
      await makeMany(1_005);
      interface HealthPage {
        data: { id: string }[];
        meta: { nextCursor: string | null };
      }
      const health = async (search: string, http: HttpAgent = app.http) =>
        (await http.get(`/admin/webhooks/health${search}`).expect(200)).body as HealthPage;
      const first = await health('');
      expect([first.data.length, first.meta]).toEqual([1_000, { nextCursor: idOf(999) }]);
      const rest = await health(`?cursor=${idOf(999)}&limit=3`);
      expect(rest.data.map(({ id }) => id)).toEqual([1_000, 1_001, 1_002].map(idOf));
      expect(rest.meta.nextCursor).toBe(idOf(1_002));
      const last = await health(`?cursor=${idOf(1_002)}`);
      expect([last.data.length, last.meta]).toEqual([2, { nextCursor: null }]);
      const { body } = await app.http.post('/admin/tokens').send({ name: 'a', scopes: ['*'], tenant: 'a' });
      const own = await health(`?cursor=${idOf(4)}&limit=2`, app.httpAs(body.data.token));
      expect(own.data.map(({ id }) => id)).toEqual([idOf(8), idOf(12)]);
      await app.http.get('/admin/webhooks/health?limit=0').expect(400);
    });
  });

  describe('in a list', () => {
    it('are whole for Strapi’s clients up to 1,000, and say so where there are more', async () => {
      await makeMany(1_000);
      const { data, ...rest } = await list();
      expect([data.length, rest]).toEqual([1_000, {}]);
      const { id } = await createWebhook(app.http, URL);
      const more = await list();
      expect([more.data.length, more.meta]).toEqual([1_000, { nextCursor: idOf(999) }]);
      const last = await list(`?cursor=${idOf(999)}`);
      expect(last).toMatchObject({ data: [{ id }], meta: { nextCursor: null } });
    });

    it('come in pages, each once', async () => {
      await makeMany(25);
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Page = await list(`?limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`);
        seen.push(...page.data.map(({ id }) => id));
        cursor = page.meta?.nextCursor ?? null;
      }
      expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => idOf(n)));
    });

    it('are searched by name and URL, and selected by state', async () => {
      const one = await createWebhook(app.http, URL, { name: 'Shop 100%_!' });
      const two = await createWebhook(app.http, 'https://shop.example.com/hook', { name: 'Ümlaut' });
      const three = await createWebhook(app.http, URL, { name: 'crm' });
      await app.http.post(`/admin/webhooks/${three.id}/disable`).expect(200);
      await query(
        'INSERT INTO webhook_health (webhook_id, consecutive_failures, paused_until) VALUES (?, 1, ?), (?, 1, ?)',
        [two.id, Date.now() + 3_600_000, three.id, Date.now() + 3_600_000],
      );
      const idsOf = async (search: string) => (await list(search)).data.map(({ id }) => id);
      expect(await idsOf('?search=SHOP')).toEqual([one.id, two.id]);
      expect(await idsOf(`?search=${encodeURIComponent('%_!')}`)).toEqual([one.id]);
      expect(await idsOf(`?search=${encodeURIComponent('Üml')}`)).toEqual([two.id]);
      expect(await idsOf('?search=nowhere')).toEqual([]);
      expect(await idsOf('?state=enabled')).toEqual([one.id, two.id]);
      expect(await idsOf('?state=disabled')).toEqual([three.id]);
      expect(await idsOf('?state=paused')).toEqual([two.id]);
      expect(await idsOf('?state=enabled&search=shop&limit=1')).toEqual([one.id]);
    });

    it('go on behind a webhook that is gone, and behind an imported one', async () => {
      await makeMany(3);
      await app.http.delete(`/admin/webhooks/${idOf(1)}`).expect(200);
      const { data } = await list(`?limit=10&cursor=${idOf(1)}`);
      expect(data.map(({ id }) => id)).toEqual([idOf(2)]);
      expect((await list('?limit=10&cursor=my-shop-7')).data).toEqual([]);
    });

    it.each([
      ...[
        'limit=0',
        'limit=201',
        'limit=x',
        'limit=1.5',
        'limit=1e1',
        'limit=',
        'limit[]=1',
        'limit=1&limit=2',
      ],
      ...[
        'cursor=',
        'cursor=x',
        'cursor=%25',
        'cursor=a-%27',
        'cursor=a-1%00',
        'cursor[a]=b',
        'cursor=a-1&cursor=a-2',
      ],
      ...[
        'search=',
        `search=${'x'.repeat(256)}`,
        'search[]=a',
        'state=open',
        'state=',
        'state=enabled&state=paused',
      ],
      ...['page=2', 'offset=1', 'sort=name', 'Limit=1'],
    ])('are refused for %s', async (search) => {
      const { body } = await app.http.get(`/admin/webhooks?${search}`).expect(400);
      expect(body.error.name).toBe('ValidationError');
    });

    it('are read through an index, whoever asks for what', async () => {
      await makeMany();
      await analyse(app, ['webhooks', 'webhook_health']);
      const token = { name: 'a', scopes: ['*'], tenant: 'a' };
      const { body } = await app.http.post('/admin/tokens').send(token).expect(201);
      const as = app.httpAs(body.data.token);
      const indices = { PRIMARY: 'PRIMARY', tenant: 'webhooks_by_tenant' };
      for (const [http, index] of [
        [app.http, indices.PRIMARY],
        [as, indices.tenant],
      ] as const) {
        const statements = await statementsOf(app, async () => {
          await list('?limit=10', http);
          await list(`?limit=10&cursor=${idOf(500)}`, http);
          await list(`?limit=10&search=hook&state=paused&cursor=${idOf(500)}`, http);
        });
        const pages = statements.filter(({ sql }) => /FROM `webhooks`.*ORDER BY id LIMIT/s.test(sql));
        expect(pages.length).toBe(3);
        for (const page of pages) {
          const said = (await planOf(app, page)).map((step) => step.said).join(' ');
          expect(said).not.toMatch(/TEMP B-TREE|filesort|temporary/);
          expect(said).toMatch(kind.dialect === 'mysql' || index !== 'PRIMARY' ? index : /sqlite_autoindex/);
        }
      }
      expect((await list('', as)).data).toHaveLength(MANY / 4);
    });
  });
});
