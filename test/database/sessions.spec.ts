import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { openDatabase } from '../../src/database/open-database.js';
import { WebhookPublisher } from '../../src/app/embedded/webhook-publisher.js';
import { flush } from '../../src/testing/flush.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type HostApp, startHost } from '../embedded/host-app.js';
import { availableDatabases } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { findMysql, PrivateMysql } from '../support/private-mysql.mjs';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries } from '../support/webhooks.js';

/** Modes of sql_mode, each beside STRICT_TRANS_TABLES, and what a host with one is told; null: it works. */
const MODES: [string, string | null][] = [
  ['STRICT_TRANS_TABLES', null],
  ['STRICT_ALL_TABLES', null],
  ['TRADITIONAL', null],
  ['NO_BACKSLASH_ESCAPES', 'sql_mode has NO_BACKSLASH_ESCAPES'],
  ['NO_AUTO_VALUE_ON_ZERO', null],
  ['ANSI_QUOTES', null],
  ['PIPES_AS_CONCAT', null],
  ['IGNORE_SPACE', null],
  ['HIGH_NOT_PRECEDENCE', null],
  ['NO_UNSIGNED_SUBTRACTION', null],
  ['REAL_AS_FLOAT', null],
  ['PAD_CHAR_TO_FULL_LENGTH', null],
  ['ONLY_FULL_GROUP_BY', null],
  ['NO_ZERO_DATE', null],
  ['NO_ZERO_IN_DATE', null],
  ['ALLOW_INVALID_DATES', null],
  ['ERROR_FOR_DIVISION_BY_ZERO', null],
  ['NO_ENGINE_SUBSTITUTION', null],
  ['NO_DIR_IN_CREATE', null],
  ['ANSI', null],
  // MySQL alone.
  ['TIME_TRUNCATE_FRACTIONAL', null],
  // MariaDB alone.
  ['NO_AUTO_CREATE_USER', null],
  ['NO_FIELD_OPTIONS', null],
  ['NO_KEY_OPTIONS', null],
  ['NO_TABLE_OPTIONS', null],
  ['IGNORE_BAD_TABLE_OPTIONS', null],
  ['TIME_ROUND_FRACTIONAL', null],
  ['EMPTY_STRING_IS_NULL', 'sql_mode has EMPTY_STRING_IS_NULL'],
  ['SIMULTANEOUS_ASSIGNMENT', 'sql_mode has SIMULTANEOUS_ASSIGNMENT'],
  ['ORACLE', 'sql_mode has ORACLE'],
  ['MSSQL', null],
  ['DB2', null],
  ['MAXDB', null],
  ['POSTGRESQL', null],
  ['MYSQL323', null],
  ['MYSQL40', null],
];

/** What a server's sessions begin with, and what a host with it is told; null: it works. */
const DEFAULTS: [string, string | null][] = [
  ...MODES.map(([mode, refusal]): [string, string | null] => [
    `sql_mode = 'STRICT_TRANS_TABLES,${mode}'`,
    refusal,
  ]),
  ["sql_mode = 'STRICT_ALL_TABLES'", null],
  ["sql_mode = ''", 'without STRICT_TRANS_TABLES'],
  ['autocommit = 0', 'autocommit is OFF'],
  ["time_zone = '+13:00'", null],
  ["time_zone = '-11:00'", null],
  ["collation_connection = 'utf8mb4_general_ci'", null],
  ["collation_connection = 'utf8mb4_unicode_520_ci'", null],
  ["collation_connection = 'latin1_swedish_ci'", null],
  ["collation_server = 'latin1_swedish_ci'", null],
  ['TRANSACTION ISOLATION LEVEL SERIALIZABLE', null],
  ['TRANSACTION ISOLATION LEVEL READ UNCOMMITTED', null],
  ["completion_type = 'CHAIN'", 'completion_type is CHAIN'],
  // Sent on each connection of a user without SUPER.
  ["init_connect = 'SET NAMES latin1'", 'character_set_client is latin1'],
  ["init_connect = 'SET sql_safe_updates = 1'", 'sql_safe_updates is ON'],
  ["init_connect = 'SET sql_auto_is_null = 1'", 'sql_auto_is_null is ON'],
  ["init_connect = 'SET unique_checks = 0'", 'unique_checks is OFF'],
];

/** With these no host comes as far as to us. */
const OWN_ALONE = [
  "init_connect = 'SET sql_select_limit = 1'",
  "init_connect = 'SET SESSION TRANSACTION READ ONLY'",
];

/** Text that ends early, or changes, where it is escaped for another session. */
const AWKWARD = ['C:\\new "x"', "O'Brien", "\\' OR 1=1 -- ", '\u{1F99C} ß', '%_\\%'];

// It changes the defaults of a server, so it needs one of its own.
if (availableDatabases().some(({ name }) => name === 'mysql') && findMysql()) {
  describe('Sessions of a server with other defaults', () => {
    let server: PrivateMysql;
    let receiver: Receiver;
    let url: string;
    let hostUrl: string;

    beforeAll(async () => {
      server = await PrivateMysql.create([], { isDurable: false });
      receiver = await startReceiver();
      await server.query('CREATE DATABASE own CHARACTER SET utf8mb4');
      await server.query('CREATE DATABASE host CHARACTER SET utf8mb4');
      await server.query("CREATE USER app@'%'");
      for (const name of ['own', 'host']) await server.query(`GRANT ALL ON ${name}.* TO app@'%'`);
      const user = new URL(server.url);
      user.username = 'app';
      url = `${user.href}/own`;
      hostUrl = `${user.href}/host`;
    }, 60_000);

    afterAll(async () => {
      await receiver.close();
      await server.remove();
    });

    /** @returns whether the server knows it */
    const setDefault = async (setting: string): Promise<boolean> => {
      try {
        await server.query(`SET GLOBAL ${setting}`);
        return true;
      } catch (error) {
        if ((error as { code?: string }).code === 'ER_WRONG_VALUE_FOR_VAR') return false;
        throw error;
      }
    };

    const restoreDefaults = async () => {
      const names = ['sql_mode', 'autocommit', 'time_zone', 'collation_connection', 'collation_server'];
      for (const name of [...names, 'completion_type', 'init_connect'])
        await server.query(`SET GLOBAL ${name} = DEFAULT`);
      await server.query('SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    };

    /** A day of work: entries with awkward text, an upload, filters, deliveries. */
    async function work({ http }: RunningApp): Promise<void> {
      const { id } = await createWebhook(http, receiver.url);
      for (const city of AWKWARD) {
        const made = await http.post('/api/addresses').send({ data: { city } }).expect(201);
        const entryId = String((made.body as { data: { id: number } }).data.id);
        const found = await http.get(`/api/addresses/${entryId}`).expect(200);
        expect(found.body).toMatchObject({ data: { city } });
        const matching = await http.get('/api/addresses').query({ 'filters[city][$eq]': city }).expect(200);
        expect((matching.body as { data: { city: string }[] }).data.map((entry) => entry.city)).toEqual([
          city,
        ]);
      }
      const injected = await http.get('/api/addresses').query({ 'filters[city][$eq]': "')) OR 1=1 -- " });
      expect(injected.body).toMatchObject({ data: [] });
      await http.post('/api/upload').attach('files', Buffer.from('hello'), 'hello.txt').expect(201);
      await eventually(async () => {
        const ended = await deliveries(http, `?webhookId=${id}&state=succeeded`);
        expect(ended).toHaveLength(AWKWARD.length + 1);
      }, 15_000);
      await http.delete(`/admin/webhooks/${id}`).expect(200);
      const { body } = await http.get('/api/addresses').expect(200);
      for (const { id: one } of (body as { data: { id: number }[] }).data) {
        await http.delete(`/api/addresses/${one}`).expect(200);
      }
    }

    it.each([...DEFAULTS.map(([setting]) => setting), ...OWN_ALONE])(
      '%s: connections of our own do a day of work',
      async (setting) => {
        if (!(await setDefault(setting))) return;
        const app = await startApp({ databaseUrl: url });
        try {
          await work(app);
        } finally {
          await app.close();
          await restoreDefaults();
        }
      },
      60_000,
    );

    it.each(DEFAULTS)(
      '%s: a host works, or is told why not',
      async (setting, refusal) => {
        if (!(await setDefault(setting))) return;
        let host: HostApp | null = null;
        try {
          const starting = startHost({ databaseUrl: hostUrl, module: { worker: false } });
          if (refusal !== null) {
            await expect(starting).rejects.toThrow(refusal);
            return;
          }
          host = await starting;
          const { id } = await createWebhook(host.http, receiver.url, { name: AWKWARD.join(' | ') });
          const before = receiver.requests.length;
          for (const text of AWKWARD) {
            await host.app
              .get(DataSource)
              .transaction((manager) =>
                host!.app.get(WebhookPublisher).publish(manager, { type: 'a.b', data: { text } }),
              );
          }
          await flush(host.app);
          const sent = receiver.requests.slice(before).map((request) => request.json()['data']);
          expect(sent).toEqual(expect.arrayContaining(AWKWARD.map((text) => ({ text }))));
          const shown = await host.http.get(`/admin/webhooks/${id}`).expect(200);
          expect(shown.body).toMatchObject({ data: { name: AWKWARD.join(' | ') } });
          await host.http.delete(`/admin/webhooks/${id}`).expect(200);
        } finally {
          await host?.close();
          await restoreDefaults();
        }
      },
      60_000,
    );

    it('every connection of a pool has the pinned settings, the first one too', async () => {
      await setDefault("sql_mode = 'NO_BACKSLASH_ESCAPES'");
      await setDefault("time_zone = '+13:00'");
      const dataSource = await openDatabase(
        dataSourceOptions({ url, dataDir: '/nonexistent', poolSize: 4 }, []),
        [],
      );
      try {
        const sessions = await Promise.all(
          Array.from({ length: 12 }, () =>
            dataSource.query<object[]>(
              'SELECT @@sql_mode AS mode, @@time_zone AS zone, SLEEP(0.01) AS slept',
            ),
          ),
        );
        const distinct = new Set(sessions.map((rows) => JSON.stringify(rows)));
        expect([...distinct]).toEqual([
          JSON.stringify([
            {
              mode: 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
              zone: '+00:00',
              slept: 0,
            },
          ]),
        ]);
      } finally {
        await dataSource.destroy();
        await restoreDefaults();
      }
    });

    it('the parameters of Posthorn’s statements are carried by the protocol on a host’s connections', async () => {
      const host = await startHost({ databaseUrl: hostUrl, module: { worker: false } });
      try {
        await server.query("SET GLOBAL log_output = 'TABLE', general_log = 'ON'");
        await createWebhook(host.http, receiver.url, { name: 'carried \\ by' });
        await server.query("SET GLOBAL general_log = 'OFF'");
        const logged = (await server.query(
          "SELECT command_type AS command FROM mysql.general_log WHERE argument LIKE 'INSERT INTO `posthorn_webhooks`%'",
        )) as { command: string }[];
        expect(logged.map(({ command }) => command).toSorted()).toEqual(['Execute', 'Prepare']);
      } finally {
        await host.close();
      }
    });
  });
}
