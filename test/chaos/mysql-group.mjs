import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { freePort, PrivateMysql } from '../support/private-mysql.mjs';

const MEMBERS = 3;
/** So long a member that was lost may take until it is one again, and a group until it has chosen a primary. */
const LONGEST_MS = 180_000;
const REPLICATION = { user: 'replication', password: 'replication' };
const PRIMARY = `SELECT MEMBER_PORT AS port FROM performance_schema.replication_group_members
  WHERE MEMBER_ROLE = 'PRIMARY' AND MEMBER_STATE = 'ONLINE'`;
const OWN_STATE = `SELECT MEMBER_STATE AS state FROM performance_schema.replication_group_members
  WHERE MEMBER_ID = @@server_uuid`;

/** Three MySQL servers in Group Replication, of which one can be written to: the primary. */
export class MysqlGroup {
  /** The group takes over where its primary is lost. */
  takesOver = true;
  #members = [];
  #lost = null;

  /** Takes half a minute. */
  static async create() {
    const group = new MysqlGroup();
    try {
      await group.#form();
    } catch (error) {
      await group.remove();
      throw error;
    }
    return group;
  }

  get ports() {
    return this.#members.map(({ port }) => port);
  }

  /** Runs a statement on the primary. */
  async query(sql, database) {
    return (await this.#primary()).query(sql, database);
  }

  /** Kills the primary. Resolves when another member is the primary. */
  async kill() {
    this.#lost = await this.#primary();
    await this.#lost.kill();
    await this.#primary();
  }

  /** Starts the member that was killed. Resolves when it is one of the group again. */
  async start() {
    await this.#lost.start();
    await this.#rejoin(this.#lost);
  }

  /** Lets the primary stand still for so long; longer than the group waits, another becomes the primary. */
  async standStill(ms) {
    const member = await this.#primary();
    process.kill(member.pid, 'SIGSTOP');
    await wait(ms);
    process.kill(member.pid, 'SIGCONT');
    this.#lost = member;
    await this.#primary();
  }

  /** Resolves when whoever stood still is one of the group again. */
  async recover() {
    await this.#rejoin(this.#lost);
  }

  async remove() {
    await Promise.all(this.#members.map((member) => member.remove()));
  }

  async #form() {
    const name = randomUUID();
    const own = await Promise.all(Array.from({ length: MEMBERS }, () => freePort()));
    const seeds = own.map((port) => `127.0.0.1:${port}`);
    for (const [i, seed] of seeds.entries()) {
      const options = groupOptions({ id: i + 1, name, seed, seeds: seeds.join(',') });
      this.#members.push(await PrivateMysql.create(options, { engine: 'mysql' }));
    }
    for (const [i, member] of this.#members.entries()) {
      const run = (sql) => member.query(sql);
      await run(`CREATE USER ${REPLICATION.user} IDENTIFIED BY '${REPLICATION.password}'`);
      await run(
        `GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO ${REPLICATION.user}`,
      );
      await run(
        `CHANGE REPLICATION SOURCE TO SOURCE_USER = '${REPLICATION.user}', SOURCE_PASSWORD = '${REPLICATION.password}'
         FOR CHANNEL 'group_replication_recovery'`,
      );
      await run('RESET BINARY LOGS AND GTIDS');
      if (i === 0) await run('SET GLOBAL group_replication_bootstrap_group = ON');
      await run('START GROUP_REPLICATION');
      if (i === 0) await run('SET GLOBAL group_replication_bootstrap_group = OFF');
      await this.#isOnline(member);
    }
  }

  /** The member that the group has chosen and that can be written to. */
  async #primary() {
    const latest = Date.now() + LONGEST_MS;
    for (;;) {
      for (const member of this.#members) {
        const port = await askPrimary(member);
        const primary = this.#members.find((one) => one.port === port);
        if (primary?.pid && (await isWritable(primary))) return primary;
      }
      if (Date.now() > latest) throw new Error(`The group has chosen no primary within ${LONGEST_MS} ms.`);
      await wait(100);
    }
  }

  async #rejoin(member) {
    const latest = Date.now() + LONGEST_MS;
    while ((await stateOf(member)) !== 'ONLINE') {
      if (Date.now() > latest)
        throw new Error(`A member is not one of the group again after ${LONGEST_MS} ms.`);
      const state = await stateOf(member);
      // While the others still count it among them they refuse it.
      if (state === 'ERROR') await tryQuery(member, 'STOP GROUP_REPLICATION');
      if (state !== 'RECOVERING') await tryQuery(member, 'START GROUP_REPLICATION');
      await wait(500);
    }
  }

  async #isOnline(member) {
    const latest = Date.now() + LONGEST_MS;
    while ((await stateOf(member)) !== 'ONLINE') {
      if (Date.now() > latest) throw new Error(`A member did not join within ${LONGEST_MS} ms.`);
      await wait(100);
    }
  }
}

function groupOptions({ id, name, seed, seeds }) {
  return [
    `--server-id=${id}`,
    '--gtid-mode=ON',
    '--enforce-gtid-consistency=ON',
    '--log-bin=binlog',
    '--log-replica-updates=ON',
    '--report-host=127.0.0.1',
    '--plugin-load-add=group_replication.so',
    `--loose-group-replication-group-name=${name}`,
    '--loose-group-replication-start-on-boot=OFF',
    `--loose-group-replication-local-address=${seed}`,
    `--loose-group-replication-group-seeds=${seeds}`,
    '--loose-group-replication-ip-allowlist=127.0.0.1/8',
    '--loose-group-replication-recovery-get-public-key=ON',
  ];
}

/** The primary's port as one member sees it; null where it cannot say. A member that stands still says nothing. */
async function askPrimary(member) {
  if (!member.pid || (await stateOf(member)) !== 'ONLINE') return null;
  const rows = await tryQuery(member, PRIMARY);
  return rows?.length === 1 ? Number(rows[0].port) : null;
}

async function isWritable(member) {
  const rows = await tryQuery(member, 'SELECT @@super_read_only AS isReadOnly');
  return Number(rows?.[0]?.isReadOnly ?? 1) === 0;
}

async function stateOf(member) {
  return (await tryQuery(member, OWN_STATE))?.[0]?.state ?? 'OFFLINE';
}

/** The rows of a statement, within two seconds for what only reads; null where it failed. */
async function tryQuery(member, sql) {
  let connection;
  try {
    connection = await mysql.createConnection({ uri: member.url, connectTimeout: 2_000 });
    const timeout = /^(START|STOP) /.test(sql) ? LONGEST_MS : 2_000;
    const [rows] = await connection.query({ sql, timeout });
    return rows;
  } catch {
    return null;
  } finally {
    connection?.destroy();
  }
}
