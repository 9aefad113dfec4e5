import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AuditHistory } from '../../src/admin/audit/audit-history.js';
import { AuditRetention } from '../../src/admin/audit/audit-retention.js';
import { PortalSessionRows } from '../../src/admin/portal/portal-session-rows.js';
import { TokenLookup } from '../../src/admin/tokens/token-lookup.js';
import { hashToken } from '../../src/admin/tokens/token-hash.js';
import { placeholderRows } from '../../src/database/dialect.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { type Statement, statementsOf } from '../support/explain.js';
import { readPlan } from '../support/plans.js';
import { type RunningApp, startApp } from '../support/start-app.js';

const ROWS = 20_000;
const TOKENS = 2_000;
const SESSIONS = 2_000;
const PER_STATEMENT = 1_000;

/** So many lines are older than they are kept. */
const OLD = 1_000;

/** Ids of the year 2024, and of one that is far off. */
const idOf = (n: number) =>
  `${n < OLD ? '0190163d' : '0f90163d'}-8694-739b-aea5-${String(n).padStart(12, '0')}`;

// What the figures are with millions of rows, the bench says; which index is taken is the same.
describeOnEveryDatabase('The statements of tokens and the audit log', (kind) => {
  let database: TestDatabase;
  let app: RunningApp;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await kind.create();
    app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
    dataSource = app.get<DataSource>(getDataSourceToken());
    await insert('admin_tokens', 'id, name, token_hash, scopes, tenant, created_at', TOKENS, (n) => [
      idOf(n),
      'one',
      hashToken(String(n)),
      '["*"]',
      null,
      0,
    ]);
    await insert(
      'portal_sessions',
      'id, tenant, scopes, origins, link_hash, session_hash, maker_id, maker_name, created_at, expires_at',
      SESSIONS,
      (n) => [idOf(n), `tenant-${n % 40}`, '[]', '[]', 'x', hashToken(`session ${n}`), idOf(n), 'one', 0, 0],
    );
    await insert(
      'admin_audit',
      'id, at, token_id, token_name, tenant, action, target_kind, target_id, fields, details, status',
      ROWS,
      (n) => [
        idOf(n),
        0,
        `token-${n % 40}`,
        'one',
        `tenant-${n % 40}`,
        `webhook.action-${n % 40}`,
        'webhook',
        `webhook-${n % 2_000}`,
        '[]',
        '{}',
        200,
      ],
    );
    await dataSource.query(
      kind.dialect === 'mysql' ? 'ANALYZE TABLE admin_tokens, portal_sessions, admin_audit' : 'ANALYZE',
    );
  }, 60_000);

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  async function insert(table: string, columns: string, count: number, row: (n: number) => unknown[]) {
    for (let start = 0; start < count; start += PER_STATEMENT) {
      const rows = Array.from({ length: PER_STATEMENT }, (_, n) => row(start + n));
      await dataSource.query(
        `INSERT INTO ${table} (${columns}) VALUES ${placeholderRows(rows.length, rows[0]?.length ?? 0)}`,
        rows.flat(),
      );
    }
  }

  /** The indices that a statement takes, and what else the database would do for it. */
  async function planOf(statement: Statement): Promise<{ keys: string[]; sorts: boolean }> {
    const { steps, sorts } = await readPlan(dataSource, statement);
    // The keys of a removal come as a table of their own, which is no table of the database.
    const ofTables = steps.filter(
      ({ table, key }) => table !== 'given' && (kind.dialect === 'mysql' || key !== 'none'),
    );
    return { keys: ofTables.map(({ key }) => key), sorts };
  }

  /** Those of the work alone: the clock is read beside it. */
  async function ours(work: () => Promise<unknown>): Promise<Statement[]> {
    const statements = await statementsOf(app, work);
    return statements.filter(({ sql }) => /\badmin_(tokens|audit)\b/.test(sql));
  }

  async function onlyStatementOf(work: () => Promise<unknown>): Promise<Statement> {
    const statements = await ours(work);
    const [only] = statements;
    if (statements.length !== 1 || !only) throw new Error(`${statements.length} statements, not one.`);
    return only;
  }

  const primary = () => (kind.dialect === 'mysql' ? 'PRIMARY' : 'sqlite_autoindex_admin_audit_1');

  it('find a token through its unique hash', async () => {
    const hash = hashToken('7');
    const statement = await onlyStatementOf(() => app.get(TokenLookup).find(hash));
    expect(await planOf(statement)).toEqual({ keys: ['admin_tokens_by_hash'], sorts: false });
    const twin = dataSource.query(
      `INSERT INTO admin_tokens (id, name, token_hash, scopes, created_at) VALUES ('twin', 'twin', '${hash}', '[]', 0)`,
    );
    await expect(twin).rejects.toThrow(/unique|duplicate/i);
  });

  it('find the tokens of all who wait through their hashes', async () => {
    const lookup = app.get(TokenLookup);
    const statements = await ours(() =>
      Promise.all(Array.from({ length: 50 }, (_, n) => lookup.find(hashToken(String(n))))),
    );
    const many = statements.find(({ parameters }) => parameters.length > 1);
    expect(many?.parameters).toHaveLength(49);
    expect((await planOf(many!)).keys).toEqual(['admin_tokens_by_hash']);
  });

  const primaryOf = (table: string) => (kind.dialect === 'mysql' ? 'PRIMARY' : `sqlite_autoindex_${table}_1`);

  it.each<[string, (rows: PortalSessionRows) => Promise<unknown>, () => string]>([
    ['its hash', (rows) => rows.findByHash(hashToken('session 7')), () => 'portal_sessions_by_hash'],
    ['its id', (rows) => rows.find(idOf(7)), () => primaryOf('portal_sessions')],
    ['its tenant', (rows) => rows.list('tenant-1', idOf(900), 50), () => 'portal_sessions_by_tenant'],
    ['its place in the list', (rows) => rows.list(null, idOf(900), 50), () => primaryOf('portal_sessions')],
  ])('find a portal session by %s through its index, and its maker by its key', async (_, work, key) => {
    const statement = await onlyStatementOf(() => work(app.get(PortalSessionRows)));
    expect(await planOf(statement)).toEqual({ keys: [key(), primaryOf('admin_tokens')], sorts: false });
  });

  it.each<[string, object, string | null, () => string]>([
    ['everything', {}, null, primary],
    ['the next page of everything', { cursor: idOf(9_000) }, null, primary],
    ['a time', { from: '2024-01-01', to: '2030-01-01' }, null, primary],
    ['a tenant', {}, 'tenant-1', () => 'admin_audit_by_tenant'],
    ['an action', { action: 'webhook.action-1' }, null, () => 'admin_audit_by_action'],
    ['a token', { tokenId: 'token-1' }, null, () => 'admin_audit_by_token'],
    ['a thing', { targetId: 'webhook-1' }, null, () => 'admin_audit_by_target'],
    [
      'a thing, the next page',
      { targetId: 'webhook-1', cursor: idOf(9_000) },
      null,
      () => 'admin_audit_by_target',
    ],
  ])('read the log of %s through its index, sorted by nobody', async (_, filter, viewer, key) => {
    const statement = await onlyStatementOf(() => app.get(AuditHistory).list(filter, viewer));
    expect(await planOf(statement)).toEqual({ keys: [key()], sorts: false });
  });

  it('remove old lines from the beginning of the primary key', async () => {
    const statements = await ours(() => app.get(AuditRetention).runOnce());
    expect(statements.map(({ sql }) => /^\w+/.exec(sql)?.[0])).toEqual(['SELECT', 'DELETE']);
    for (const statement of statements) {
      expect(await planOf(statement)).toEqual({ keys: [primary()], sorts: false });
    }
  });
});
