import { createServer, type Socket } from 'node:net';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { hurryStatements } from '../../src/database/own-connections.js';
import { HandOffLedger } from '../../src/delivery/worker/hand-off-ledger.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { availableDatabases } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { findMysql, PrivateMysql } from '../support/private-mysql.mjs';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook } from '../support/webhooks.js';

/** Longer than any restart of a server takes. */
const PATIENT_MS = 60_000;

const isMysql = availableDatabases().some(({ name }) => name === 'mysql');

// It kills its servers, so it needs its own. OceanBase takes half a minute to come back.
if (isMysql && findMysql() && findMysql()?.engine !== 'oceanbase') {
  describe('A database that goes away for a moment', () => {
    let server: PrivateMysql;
    let receiver: Receiver;
    let app: RunningApp;

    const start = async (databasePatienceMs: number, settings: object = {}): Promise<void> => {
      app = await startApp({
        databaseUrl: `${server.url}/away`,
        settings: { databasePatienceMs, delivery: { worker: true }, ...settings },
      });
    };

    beforeAll(async () => {
      server = await PrivateMysql.create();
      await server.query('CREATE DATABASE away CHARACTER SET utf8mb4');
      receiver = await startReceiver();
    }, 60_000);

    afterEach(() => app.close());

    afterAll(async () => {
      await server.remove();
      await receiver.close();
    });

    /** Somebody whose token is in the database, and was not looked up yet. */
    const newCaller = async (scopes: string[]) => {
      const { body } = await app.http.post('/admin/tokens').send({ name: 'new', scopes }).expect(201);
      return app.httpAs((body as { data: { token: string } }).data.token);
    };
    const publish = (n: number) =>
      app.http.post('/admin/events').send({ type: 'order.shipped', data: { n } });

    it('is waited for by those who write and those who read; nothing is lost, and nothing recorded twice', async () => {
      await start(PATIENT_MS);
      await createWebhook(app.http, receiver.url);
      const statuses = new Map<string, number>();
      const count = (what: string, { status }: { status: number }): void => {
        const key = `${what} ${status}`;
        statuses.set(key, (statuses.get(key) ?? 0) + 1);
      };
      let n = 0;
      const over = new AbortController();
      const write = async (): Promise<void> => {
        while (!over.signal.aborted) count('publish', await publish((n += 1)));
      };
      const change = async (): Promise<void> => {
        while (!over.signal.aborted)
          count('change', await app.http.post('/api/categories').send({ data: { name: 'a' } }));
      };
      const read = async (): Promise<void> => {
        while (!over.signal.aborted) count('read', await app.http.get('/admin/deliveries?limit=1'));
      };
      const caller = await newCaller(['content:read', 'content:write']);
      const { body } = await app.http.post('/api/categories').send({ data: { name: 'kept' } });
      const path = `/api/categories/${(body as { data: { id: number } }).data.id}`;
      let updates = 1;
      const update = async (): Promise<void> => {
        while (!over.signal.aborted) {
          updates += 1;
          count('update', await caller.put(path).send({ data: { name: `kept ${updates}` } }));
        }
      };
      const working = Promise.all([write(), write(), write(), change(), change(), read(), read(), update()]);
      const goneOn = async (more: number): Promise<void> => {
        const before = n;
        await eventually(() => expect(n).toBeGreaterThanOrEqual(before + more), 60_000);
      };
      for (let kill = 0; kill < 3; kill += 1) {
        await goneOn(20);
        await server.kill();
        await server.start();
      }
      await goneOn(20);
      over.abort();
      await working;
      expect([...statuses.keys()].toSorted()).toEqual([
        'change 201',
        'publish 202',
        'read 200',
        'update 200',
      ]);
      const changes = statuses.get('change 201') ?? 0;
      const source = app.get<DataSource>(getDataSourceToken());
      const [events] = await source.query<{ count: string }[]>(
        'SELECT COUNT(*) AS count FROM webhook_events',
      );
      expect(Number(events?.count)).toBe(n + changes + updates);
      await eventually(() => expect(app.get(HandOffLedger).unrecorded).toBe(0), 60_000);
      await eventually(async () => {
        const { body } = await app.http.get('/admin/deliveries?state=pending').expect(200);
        expect((body as { data: unknown[] }).data).toEqual([]);
      }, 60_000);
    }, 180_000);

    it('is waited for without a turn among those who write: one that waits keeps nobody from waiting', async () => {
      await start(PATIENT_MS, { databasePoolSize: 3, databaseStatementTimeoutMs: 500 });
      await server.kill();
      const changes = Array.from({ length: 8 }, (_, n) =>
        app.http.post('/api/categories').send({ data: { name: `turn ${n}` } }),
      );
      const answers = Promise.all([...changes, ...Array.from({ length: 8 }, (_, n) => publish(n))]);
      await server.start();
      expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set([201, 202]));
    }, 60_000);

    it('does not hold readiness, nor metrics whose token it would have to find', async () => {
      await start(PATIENT_MS);
      const caller = await newCaller(['metrics:read']);
      await server.kill();
      try {
        await app.http.get('/health/ready').expect(503);
        await caller.get('/metrics').expect(503);
        const { text } = await app.http.get('/metrics').expect(200);
        expect(text).toContain('posthorn_database_up 0');
      } finally {
        await server.start();
      }
    }, 45_000);

    it('does not hold a stop: those who wait are answered with 503', async () => {
      await start(PATIENT_MS);
      const caller = await newCaller(['deliveries:read']);
      await server.kill();
      try {
        const waiting = Promise.all([
          publish(1),
          app.http.get('/admin/deliveries'),
          caller.get('/admin/deliveries'),
          app.http.post('/api/categories').send({ data: { name: 'stopped' } }),
        ]);
        setTimeout(() => hurryStatements(app.get<DataSource>(getDataSourceToken())), 200);
        expect((await waiting).map(({ status }) => status)).toEqual([503, 503, 503, 503]);
      } finally {
        await server.start();
      }
    }, 45_000);

    it('is answered with 503 by those who may not wait', async () => {
      await start(0);
      await server.kill();
      try {
        await publish(1).expect(503);
      } finally {
        await server.start();
      }
    }, 60_000);

    it('is answered with 503 when it stays away for longer, and readiness tells at once', async () => {
      await start(300);
      await server.kill();
      try {
        await app.http.get('/health/ready').expect(503);
        const { body } = await publish(1).expect(503);
        expect(body).toMatchObject({
          error: { message: 'The database cannot be reached now. Nothing was changed; try again.' },
        });
      } finally {
        await server.start();
      }
      await publish(1).expect(202);
    }, 60_000);
  });

  describe('Several database hosts', () => {
    const servers: PrivateMysql[] = [];
    let app: RunningApp;

    const urlOf = (...ports: number[]) =>
      `mysql://app:app@${ports.map((port) => `127.0.0.1:${port}`).join(',')}/several`;
    const start = async (...ports: number[]): Promise<void> => {
      app = await startApp({
        databaseUrl: urlOf(...ports),
        settings: { databasePatienceMs: PATIENT_MS, delivery: { worker: false } },
      });
    };

    beforeAll(async () => {
      for (let n = 0; n < 2; n += 1) {
        const server = await PrivateMysql.create([], { isDurable: false });
        servers.push(server);
        await server.query('CREATE DATABASE several CHARACTER SET utf8mb4');
        await server.query("CREATE USER app@'%' IDENTIFIED BY 'app'");
        await server.query("GRANT ALL ON several.* TO app@'%'");
        await server.query('CREATE DATABASE first_start CHARACTER SET utf8mb4');
        await server.query("GRANT ALL ON first_start.* TO app@'%'");
        await start(server.port);
        await app.close();
      }
    }, 120_000);

    afterEach(async () => {
      await app.close();
      for (const server of servers) await server.query('SET GLOBAL read_only = 0');
    });

    afterAll(async () => {
      for (const server of servers) await server.remove();
    });

    const create = async (name: string): Promise<void> => {
      await app.http.post('/api/categories').send({ data: { name } }).expect(201);
    };
    /** At which of the servers a category is. */
    const placesOf = async (name: string): Promise<number[]> => {
      const found = await Promise.all(
        servers.map((server) => server.query(`SELECT id FROM several.categories WHERE name = '${name}'`)),
      );
      return found.flatMap((rows, index) => ((rows as unknown[]).length > 0 ? [index] : []));
    };

    it('are tried in their order at the start', async () => {
      const [first] = servers as [PrivateMysql];
      await start(9, first.port);
      await create('started');
      expect(await placesOf('started')).toEqual([0]);
    });

    it('are tried at the first start, where there are no tables that could show which one is read-only', async () => {
      const [first, second] = servers as [PrivateMysql, PrivateMysql];
      await first.query('SET GLOBAL read_only = 1');
      app = await startApp({
        databaseUrl: urlOf(first.port, second.port).replace(/several$/, 'first_start'),
        settings: { delivery: { worker: false } },
      });
      await create('first');
      expect(await second.query("SELECT name FROM first_start.categories WHERE name = 'first'")).toHaveLength(
        1,
      );
    }, 60_000);

    it('are left where they take the connection and say nothing', async () => {
      const [first] = servers as [PrivateMysql];
      const sockets: Socket[] = [];
      const silent = createServer((socket) => sockets.push(socket));
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      try {
        await start((silent.address() as { port: number }).port, first.port);
        await create('beside a silent one');
        expect(await placesOf('beside a silent one')).toEqual([0]);
      } finally {
        for (const socket of sockets) socket.destroy();
        silent.close();
      }
    }, 30_000);

    it.each([
      ['Galera', 1047, 'WSREP has not yet prepared node for application use'],
      ['Group Replication', 3100, "Error on observer while running replication hook 'before_commit'."],
    ])(
      'are left where they fell out of their group, as %s tells it',
      async (group, number, message) => {
        const [first, second] = servers as [PrivateMysql, PrivateMysql];
        await start(first.port, second.port);
        await first.query(`CREATE TRIGGER several.outside BEFORE INSERT ON several.categories FOR EACH ROW
          SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${number}, MESSAGE_TEXT = "${message}"`);
        try {
          await create(`beside ${group}`);
          expect(await placesOf(`beside ${group}`)).toEqual([1]);
        } finally {
          await first.query('DROP TRIGGER several.outside');
        }
      },
      30_000,
    );

    it('are gone through until one can be written to, where the one in use is read-only or killed', async () => {
      const [first, second] = servers as [PrivateMysql, PrivateMysql];
      await start(first.port, second.port);
      await create('at the first');
      await first.query('SET GLOBAL read_only = 1');
      await create('in a failover');
      await first.query('SET GLOBAL read_only = 0');
      await second.kill();
      await create('after a kill');
      await second.start();
      expect(await placesOf('at the first')).toEqual([0]);
      expect(await placesOf('in a failover')).toEqual([1]);
      expect(await placesOf('after a kill')).toEqual([0]);
    }, 60_000);

    it('are not taken where all of them only read, but for readiness to tell', async () => {
      await start(servers[0]!.port, servers[1]!.port);
      for (const server of servers) await server.query('SET GLOBAL read_only = 1');
      await app.http.get('/health/ready').expect(503);
      await servers[1]!.query('SET GLOBAL read_only = 0');
      await create('found');
      expect(await placesOf('found')).toEqual([1]);
    }, 60_000);
  });
}
