import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { startCommitProxy } from '../support/commit-proxy.js';
import { availableDatabases } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { findMysql, PrivateMysql } from '../support/private-mysql.mjs';
import { type ProcessApp, startProcess } from '../support/process-app.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { TEST_ADMIN_TOKEN } from '../support/start-app.js';
import { createWebhook, deliveries } from '../support/webhooks.js';

// It kills its database, so it needs one of its own: a server that was only named cannot be had.
if (availableDatabases().some(({ name }) => name === 'mysql') && findMysql()) {
  describe('A database that goes away', () => {
    let server: PrivateMysql;
    let receiver: Receiver;
    let app: ProcessApp & { baseUrl: string };
    let dataDir: string;

    beforeAll(async () => {
      server = await PrivateMysql.create();
      await server.start();
      await server.query('CREATE DATABASE outage CHARACTER SET utf8mb4');
      dataDir = await mkdtemp(join(tmpdir(), 'posthorn-data-'));
      receiver = await startReceiver();
      const url = new URL(server.url);
      url.pathname = '/outage';
      app = await startProcess({ DATABASE_URL: url.href, DATA_DIR: dataDir });
    }, 60_000);

    afterAll(async () => {
      await app.end();
      await receiver.close();
      await server.stop();
      await server.remove();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('is answered with 503, loses nothing that was recorded, and work goes on by itself', async () => {
      const http = supertest.agent(app.baseUrl).set('Authorization', `Bearer ${TEST_ADMIN_TOKEN}`);
      await createWebhook(http, receiver.url, { retrySchedule: [1, 1, 1, 1, 1, 1, 1, 1] });
      const create = (city: string) => http.post('/api/addresses').send({ data: { city } });
      receiver.answer(500);
      await create('before').expect(201);
      await receiver.received(1);

      await server.kill();
      await eventually(async () => {
        const refused = await create('during');
        expect(refused.status).toBe(503);
        expect(refused.body).toMatchObject({ data: null, error: { name: 'ServiceUnavailableError' } });
      });
      expect((await http.get('/health/ready')).status).toBe(503);
      expect((await http.get('/health/live')).status).toBe(200);

      receiver.answer(200);
      await server.start();
      await eventually(async () => {
        expect((await http.get('/health/ready')).status).toBe(200);
      }, 20_000);
      await create('after').expect(201);
      await eventually(async () => {
        const succeeded = await deliveries(http, '?state=succeeded');
        expect(succeeded).toHaveLength(2);
      }, 20_000);
      const cities = receiver.requests.map((request) => (request.json()['entry'] as { city: string }).city);
      expect(new Set(cities)).toEqual(new Set(['before', 'after']));
      expect(app.output.stderr).not.toContain('unhandled');
    }, 60_000);

    it('does not hold a stop when requests wait for it', async () => {
      const patient = await startProcess({
        DATABASE_URL: `${server.url}/outage`,
        DATA_DIR: await mkdtemp(join(dataDir, 'patient-')),
        DATABASE_PATIENCE_MS: '60000',
      });
      try {
        const http = supertest.agent(patient.baseUrl).set('Authorization', `Bearer ${TEST_ADMIN_TOKEN}`);
        await http.get('/admin/events').expect(200);
        await server.kill();
        const asked = Promise.all([
          http.post('/api/addresses').send({ data: { city: 'waiting' } }),
          http.post('/admin/events').send({ type: 'a.b', data: {} }),
          http.get('/admin/events'),
        ]);
        // They are waiting when this one, which came after them, was answered.
        await http.get('/health/ready').expect(503);
        patient.signal('SIGTERM');
        expect((await asked).map(({ status }) => status)).toEqual([503, 503, 503]);
        expect(await patient.exit).toEqual({ code: 0, signal: null });
        expect(patient.output.stderr).not.toContain('The shutdown');
      } finally {
        await patient.end();
        await server.start();
      }
    }, 60_000);

    it('does not hold a stop when it hangs, with requests and outcomes that wait for it', async () => {
      const url = new URL(server.url);
      url.pathname = '/hanging';
      await server.query('CREATE DATABASE hanging CHARACTER SET utf8mb4');
      const proxy = await startCommitProxy(url.href);
      const hanging = await startProcess({
        DATABASE_URL: proxy.url,
        DATA_DIR: await mkdtemp(join(dataDir, 'hanging-')),
        DELIVERY_GRACE_MS: '1000',
      });
      try {
        const http = supertest.agent(hanging.baseUrl).set('Authorization', `Bearer ${TEST_ADMIN_TOKEN}`);
        await createWebhook(http, receiver.url);
        const before = receiver.requests.length;
        receiver.answer(() => {
          // An outcome that cannot be recorded.
          proxy.hang();
          return { status: 200 };
        });
        await http
          .post('/api/addresses')
          .send({ data: { city: 'hanging' } })
          .expect(201);
        await receiver.received(before + 1);
        const asked = http.get('/admin/events').then(
          () => undefined,
          () => undefined,
        );
        expect((await http.get('/metrics')).text).toContain('posthorn_database_up 0');
        hanging.signal('SIGTERM');
        const exit = await hanging.exit;
        await asked;
        // A stop that fails, or takes longer than its limit, is ended with 1 and says why.
        expect(hanging.output.stderr).not.toContain('The shutdown');
        expect(exit).toEqual({ code: 0, signal: null });
        expect(hanging.output.stderr).toContain('could not be recorded before the stop');
      } finally {
        await hanging.end();
        await proxy.close();
      }
    }, 60_000);
  });
}
