import type { LoggerService } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { DatabaseServer, listProblems } from '../../src/database/database-server.js';
import { replaceLockingReads } from '../../src/database/dialect.js';
import { askServer } from '../../src/database/server-findings.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { findMysql } from '../support/private-mysql.mjs';
import { type RunningApp, startApp } from '../support/start-app.js';
import { useDatabase } from '../support/stage.js';

describeOnEveryDatabase('What the database server does', (kind) => {
  const database = useDatabase(kind);
  const isSqlite = kind.dialect === 'sqlite';
  const isForeign = process.env['TEST_DATABASE_URL'] !== undefined && !process.env['TEST_ENGINE'];
  const ofServer: unknown = isForeign ? expect.any(String) : findMysql()?.engine;
  const engine = isSqlite ? 'sqlite' : ofServer;
  /** OceanBase has none: its rows have one lock, and a shared read takes none. */
  const sharedLocks = engine === 'oceanbase' ? 'ignored' : 'held';
  let app: RunningApp;
  const lines: string[] = [];
  const note = (message: unknown): void => void lines.push(String(message));
  const logger: LoggerService = { log: note, error: note, warn: note };
  const sourceOf = () => app.get<DataSource>(getDataSourceToken());

  beforeEach(async () => {
    lines.length = 0;
    const settings = { databasePoolSize: 2, delivery: { worker: false } };
    app = await startApp({ databaseUrl: database.url, logger, settings });
  });

  afterEach(() => app.close());

  const read = async () =>
    (await app.http.get('/admin/system').expect(200)).body as { data: Record<string, unknown> };

  it('is asked at the start, told in the log and by the API', async () => {
    const { data } = await read();
    expect(data).toMatchObject({
      engine,
      version: expect.stringMatching(/^\d+\.\d+/),
      session: { problem: null },
      lockedRows: isSqlite ? null : 'skipped',
      sharedLocks: isSqlite ? null : sharedLocks,
      unasked: null,
      askedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(data['problems']).toHaveLength(engine === 'oceanbase' ? 1 : 0);
    const told = lines.find((line) => line.includes('The database is '));
    expect(told).toContain(data['version']);
    expect(told?.includes('It skips rows that another transaction has locked.')).toBe(!isSqlite);
  });

  if (isSqlite) return;

  it('is found where it takes the words of a lock and locks nothing', async () => {
    replaceLockingReads(sourceOf(), { forUpdate: '', skipLocked: '', shareLocked: '' });
    const findings = await app.get(DatabaseServer).ask();
    expect(findings).toMatchObject({ lockedRows: 'ignored', sharedLocks: 'ignored', unasked: null });
    expect(listProblems(findings)).toHaveLength(2);
    expect((await read()).data).toMatchObject({ lockedRows: 'ignored', problems: listProblems(findings) });
  });

  it('is found where it waits for a locked row instead of skipping it', async () => {
    const forUpdate = ' FOR UPDATE';
    replaceLockingReads(sourceOf(), { forUpdate, skipLocked: forUpdate, shareLocked: forUpdate });
    expect(await app.get(DatabaseServer).ask()).toMatchObject({ lockedRows: 'awaited', unasked: null });
  });

  it('tells of a session that does not keep its settings', async () => {
    const source = sourceOf();
    const runners = [source.createQueryRunner(), source.createQueryRunner()];
    for (const runner of runners) await runner.query("SET SESSION time_zone = '+05:00'");
    for (const runner of runners) await runner.release();
    const { sessionProblem } = await askServer(source);
    expect(sessionProblem).toBe('time_zone is +05:00 although +00:00 was set');
  });

  it('says that it could not ask with a pool of one connection', async () => {
    const one = await new DataSource({
      ...sourceOf().options,
      poolSize: 1,
    } as DataSourceOptions).initialize();
    try {
      expect(await askServer(one)).toMatchObject({
        engine,
        lockedRows: null,
        sharedLocks: null,
        unasked: 'The pool has one connection: how locks behave is asked with two.',
      });
    } finally {
      await one.destroy();
    }
  });
});
