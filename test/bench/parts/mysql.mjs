import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { findMysql, PrivateMysql } from '../../support/private-mysql.mjs';
import { EVENT_COLUMNS, eventRows } from './recorded-events.mjs';

/** What decides how durable and how quick a server is. */
const SETTINGS = [
  'innodb_flush_log_at_trx_commit',
  'log_bin',
  'sync_binlog',
  'innodb_doublewrite',
  'innodb_flush_method',
  'innodb_buffer_pool_size',
  'innodb_log_file_size',
  'innodb_redo_log_capacity',
  'transaction_isolation',
  'tx_isolation',
];

/** A shorter list of what is to be purged is as good as none. */
const PURGED = 50;

/** What is counted of a drain. Servers differ in what they have; what is not there is left out. */
const COUNTERS = [
  'Com_select',
  'Com_insert',
  'Com_update',
  'Com_delete',
  'Com_begin',
  'Com_commit',
  'Com_rollback',
  'Com_set_option',
  'Questions',
  'Bytes_received',
  'Bytes_sent',
  'Innodb_os_log_fsyncs',
  'Innodb_os_log_written',
  'Innodb_data_fsyncs',
  'Innodb_data_written',
  'Innodb_row_lock_waits',
  'Innodb_deadlocks',
  'Handler_read_key',
  'Handler_read_next',
  'Handler_update',
  'Handler_write',
];

/**
 * The server of TEST_DATABASE_URL, else one of the bench's own with the durability that it is installed with; null where
 * there is none.
 */
export async function openMysql(scope) {
  const given = process.env.TEST_DATABASE_URL;
  const programs = given ? null : findMysql();
  if (!given && !programs) return null;
  let server = null;
  if (!given) {
    // MySQL writes a binary log unless told not to, MariaDB does not.
    server = await PrivateMysql.create(programs.installer === null ? ['--log-bin=binlog'] : []);
    scope.defer(() => server.remove());
  }
  const url = given ?? server.url;
  const admin = await mysql.createConnection(url);
  scope.defer(() => admin.end());
  const [[{ version }]] = await admin.query('SELECT VERSION() AS version');
  const [rows] = await admin.query('SHOW GLOBAL VARIABLES WHERE Variable_name IN (?)', [SETTINGS]);
  const settings = Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value]));
  return {
    version: /mariadb/i.test(version) ? `MariaDB ${version.split('-')[0]}` : `MySQL ${version}`,
    settings,
    get pid() {
      return server?.pid ?? null;
    },
    createDatabase: (inner) => createDatabase(inner, url, admin, () => server?.pid ?? null),
  };
}

async function createDatabase(scope, serverUrl, admin, pid) {
  const name = `posthorn_bench_${randomBytes(6).toString('hex')}`;
  await admin.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`);
  scope.defer(() => admin.query(`DROP DATABASE IF EXISTS \`${name}\``));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const connection = await mysql.createConnection(url.href);
  scope.defer(() => connection.end());
  const query = async (sql, values) => (await connection.query(sql, values))[0];
  return {
    url: url.href,
    get pid() {
      return pid();
    },
    query,
    /** @returns the first event's id */
    async insertEvents(count, tenants) {
      let first;
      for (const rows of eventRows(count, tenants)) {
        first ??= rows[0][0];
        await query(`INSERT INTO webhook_events (${EVENT_COLUMNS.join(',')}) VALUES ?`, [rows]);
      }
      return first;
    },
    /** Waits until the server has removed what deleted and changed rows left behind. */
    async purged() {
      for (;;) {
        const [{ Status: status }] = await query('SHOW ENGINE INNODB STATUS');
        if (Number(/History list length (\d+)/.exec(status)?.[1]) < PURGED) return;
        await wait(200);
      }
    },
    /** Bytes that the rows and indexes of each table take. */
    async sizes() {
      const tables = (await query('SHOW TABLES')).map((row) => Object.values(row)[0]);
      for (const table of tables) await query(`ANALYZE TABLE \`${table}\``);
      const rows = await query(
        `SELECT TABLE_NAME AS name, DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES
         WHERE TABLE_SCHEMA = DATABASE()`,
      );
      return Object.fromEntries(rows.map(({ name, bytes }) => [name, Number(bytes)]));
    },
    async counters() {
      const rows = await query('SHOW GLOBAL STATUS WHERE Variable_name IN (?)', [COUNTERS]);
      return Object.fromEntries(rows.map((row) => [row.Variable_name, Number(row.Value)]));
    },
  };
}
