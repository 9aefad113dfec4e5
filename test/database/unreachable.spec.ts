import { DataSource } from 'typeorm';
import { getDataSourceToken } from '@nestjs/typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { carryParameters } from '../../src/database/host-connections.js';
import { hurryStatements } from '../../src/database/own-connections.js';
import { inReadCommitted } from '../../src/database/transactions.js';
import { startCommitProxy } from '../support/commit-proxy.js';
import { availableDatabases } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { findMysql, PrivateMysql } from '../support/private-mysql.mjs';
import { type RunningApp, startApp } from '../support/start-app.js';
import { stopProcess } from '../support/stopped-process.js';
import { createWebhook } from '../support/webhooks.js';

const TIMEOUT_MS = 500;

// It stops its server and makes it read-only, so it needs one of its own.
if (availableDatabases().some(({ name }) => name === 'mysql') && findMysql()) {
  describe('A database that cannot be used', () => {
    let server: PrivateMysql;
    let app: RunningApp;
    let url: string;

    beforeAll(async () => {
      server = await PrivateMysql.create([], { isDurable: false });
      await server.query('CREATE DATABASE away CHARACTER SET utf8mb4');
      await server.query("CREATE USER app@'%' IDENTIFIED BY 'app'");
      await server.query("GRANT ALL ON away.* TO app@'%'");
      url = `mysql://app:app@127.0.0.1:${server.port}/away`;
    }, 60_000);

    beforeEach(async () => {
      app = await startApp({
        databaseUrl: url,
        settings: {
          databaseStatementTimeoutMs: TIMEOUT_MS,
          databasePatienceMs: 0,
          delivery: { worker: false },
        },
      });
    }, 30_000);

    afterEach(() => app.close());
    afterAll(() => server.remove());

    const create = (name: string) => app.http.post('/api/categories').send({ data: { name } });

    const connectionIds = async () => {
      const rows = (await server.query(
        "SELECT id FROM information_schema.processlist WHERE user = 'app'",
      )) as { id: number }[];
      return rows.map(({ id }) => Number(id));
    };

    describe('because it hangs', () => {
      const hang = () => stopProcess(server.pid ?? 0);
      const goOn = () => process.kill(server.pid ?? 0, 'SIGCONT');

      afterEach(goOn);

      it('is answered with 503, and work goes on when it answers again', async () => {
        await Promise.all(Array.from({ length: 30 }, (_, n) => create(`before ${n}`)));
        await hang();
        const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => create(`while ${n}`)));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
        const { body } = await app.http.get('/health/ready').expect(503);
        expect(body).toMatchObject({ error: { message: 'The database does not answer.' } });
        goOn();
        await eventually(async () => {
          await create('after').expect(201);
        });
      }, 30_000);

      it('does not hold up the metrics', async () => {
        await hang();
        const { text } = await app.http.get('/metrics').expect(200);
        expect(text).toContain('posthorn_database_up 0');
        expect(text).toContain('posthorn_events_fanned_out_total');
      });

      it('does not hold up the engine on a host’s connections, and leaves the host’s statements alone', async () => {
        const options = dataSourceOptions({ url, dataDir: '/nonexistent', poolSize: 3 }, []);
        const host = await new DataSource(options).initialize();
        carryParameters(host, (sql) => sql.includes('`ours`'), TIMEOUT_MS);
        try {
          await Promise.all([host.query('SELECT 1'), host.query('SELECT 1')]);
          await hang();
          const theirs = host.query('SELECT 1 AS theirs');
          await expect(host.query('SELECT 1 AS `ours`')).rejects.toThrow('did not answer a statement');
          const transaction = () => inReadCommitted(host, (manager) => manager.query('SELECT 1'));
          const ends = await Promise.allSettled([transaction(), transaction(), transaction(), transaction()]);
          expect(ends.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'rejected'));
          goOn();
          expect(await theirs).toEqual([{ theirs: 1 }]);
          await eventually(async () => {
            expect(await transaction()).toEqual([{ 1: 1 }]);
          });
        } finally {
          goOn();
          await host.destroy();
        }
      }, 30_000);

      it('does not hold a stop', async () => {
        const dataSource = app.get<DataSource>(getDataSourceToken());
        await hang();
        hurryStatements(dataSource);
        await expect(dataSource.query('SELECT 1')).rejects.toThrow('did not answer a statement');
        await expect(dataSource.query('SELECT 1')).rejects.toThrow('and the process stops');
        await app.close();
      }, 30_000);
    });

    describe('because it is read-only', () => {
      afterEach(() => server.query('SET GLOBAL read_only = 0'));

      it('is answered with 503, is not ready, and its connections are dropped until one can be written to', async () => {
        await Promise.all(Array.from({ length: 30 }, (_, n) => create(`writable ${n}`)));
        const before = await connectionIds();
        expect(before.length).toBeGreaterThan(3);
        await server.query('SET GLOBAL read_only = 1');
        const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => create(`read-only ${n}`)));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
        const { body } = await app.http.get('/health/ready').expect(503);
        expect(body).toMatchObject({ error: { message: 'The database server is read-only.' } });
        await eventually(async () => {
          const now = await connectionIds();
          expect(before.filter((id) => now.includes(id))).toEqual([]);
        });
        await server.query('SET GLOBAL read_only = 0');
        await create('writable again').expect(201);
        await app.http.get('/health/ready').expect(200);
      }, 30_000);

      it('is noticed by readiness before anything is written', async () => {
        await app.http.get('/health/ready').expect(200);
        await server.query('SET GLOBAL read_only = 1');
        await app.http.get('/health/ready').expect(503);
      });
    });

    describe('as a COMMIT is out', () => {
      const events = async () => {
        const { body } = await app.http.get('/admin/events?limit=200').expect(200);
        return (body as { data: { id: string }[] }).data.map(({ id }) => id);
      };

      it.each([
        ['cut', 'after-commit', 0, 202, 201],
        ['cut', 'after-commit', 60_000, 202, 201],
        ['cut', 'before-commit', 0, 503, 503],
        ['cut', 'before-commit', 60_000, 202, 201],
        ['held past the deadline', 'after-commit', 0, 202, 201],
        ['held past the deadline', 'before-commit', 0, 503, 503],
      ] as const)(
        'tells what came of it when the connection is %s %s, with a patience of %i ms',
        async (how, when, databasePatienceMs, published, created) => {
          const proxy = await startCommitProxy(url);
          const direct = app;
          const loseNext = how === 'cut' ? proxy.cutNext : proxy.holdNext;
          app = await startApp({
            databaseUrl: proxy.url,
            settings: {
              databaseStatementTimeoutMs: TIMEOUT_MS,
              databasePatienceMs,
              delivery: { worker: false },
            },
          });
          try {
            await createWebhook(app.http, 'http://127.0.0.1:9/');
            const before = await events();
            loseNext(when);
            const event = await app.http
              .post('/admin/events')
              .send({ type: 'a.b', data: {} })
              .expect(published);
            loseNext(when);
            const entry = await create('cut').expect(created);
            expect(proxy.cuts).toBe(2);
            const more = (await events()).filter((id) => !before.includes(id));
            expect(more).toHaveLength(created === 201 ? 2 : 0);
            if (created === 201) {
              expect(more).toContain((event.body as { data: { id: string } }).data.id);
              expect(entry.body).toMatchObject({ data: { name: 'cut' } });
            } else {
              expect(entry.body).toMatchObject({
                error: { message: 'The database cannot be reached now. Nothing was changed; try again.' },
              });
            }
          } finally {
            await app.close();
            await proxy.close();
            app = direct;
          }
        },
        30_000,
      );

      it('does not say that nothing was changed while the COMMIT may still arrive', async () => {
        const proxy = await startCommitProxy(url);
        const direct = app;
        app = await startApp({
          databaseUrl: proxy.url,
          settings: {
            databaseStatementTimeoutMs: TIMEOUT_MS,
            databasePatienceMs: 0,
            delivery: { worker: false },
          },
        });
        try {
          await createWebhook(app.http, 'http://127.0.0.1:9/');
          const before = await events();
          const arrive = proxy.delayNext();
          const { body } = await app.http.post('/admin/events').send({ type: 'a.b', data: {} }).expect(503);
          expect((body as { error: { message: string } }).error.message).not.toContain('Nothing was changed');
          expect(await events()).toEqual(before);
          arrive();
          await eventually(async () => expect(await events()).toHaveLength(before.length + 1));
        } finally {
          await app.close();
          await proxy.close();
          app = direct;
        }
      }, 30_000);
    });
  });
}
