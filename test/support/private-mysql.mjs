// A MySQL-protocol server of one's own in a temporary folder. Plain JavaScript, so that jest's global setup and
// scripts that run without a compiler can start it too; private-mysql.d.mts has its types.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { fetchOceanBase } from './engines/oceanbase.mjs';
import { fetchRealMysql } from './engines/real-mysql.mjs';

const run = promisify(execFile);
const LONGEST_START_MS = 120_000;
const ELSEWHERE = ['/usr/sbin', '/usr/libexec', '/usr/local/sbin', '/usr/local/bin', '/usr/bin'];

/** A commit waits for no disk: whoever is killed with such a server loses what was committed last. */
const WITHOUT_DURABILITY = ['--innodb-flush-log-at-trx-commit=2', '--innodb-doublewrite=0'];

/** What OceanBase's engine takes of memory and disk where nothing is said: as much as there is. */
const SMALL_OCEANBASE = ['memory_limit=3G', 'datafile_size=2G', 'log_disk_size=2G'];

const ENGINES = ['mariadb', 'mysql', 'oceanbase'];

export function wantedEngine() {
  const wanted = process.env.TEST_ENGINE || null;
  if (wanted !== null && !ENGINES.includes(wanted))
    throw new Error(`TEST_ENGINE is "${wanted}"; it can be ${ENGINES.join(', ')}.`);
  return wanted;
}

export function findMysql(wanted = wantedEngine()) {
  if (wanted === 'oceanbase') return { engine: wanted, server: fetchOceanBase(), installer: null };
  const found = findProgram('mariadbd') ?? findProgram('mysqld');
  if (wanted === 'mysql' && (!found || isMariaDb(found)))
    return { engine: wanted, server: findRealMysql() ?? fetchRealMysql(), installer: null };
  if (!found) return null;
  if (!isMariaDb(found))
    return wanted === 'mariadb' ? null : { engine: 'mysql', server: found, installer: null };
  const installer = findProgram('mariadb-install-db') ?? findProgram('mysql_install_db');
  return installer ? { engine: 'mariadb', server: found, installer } : null;
}

function findRealMysql() {
  const server = findProgram('mysqld');
  return server && !isMariaDb(server) ? server : null;
}

function isMariaDb(server) {
  return /mariadb/i.test(spawnSync(server, ['--version'], { encoding: 'utf8' }).stdout ?? '');
}

export class PrivateMysql {
  #process = null;
  #watchdog = null;
  #isInitialised = false;

  static async create(
    serverOptions = [],
    { isDurable = true, parent = tmpdir(), engine = wantedEngine() } = {},
  ) {
    const programs = findMysql(engine);
    if (!programs)
      throw new Error('No mariadbd or mysqld was found. Install one: apt-get install mariadb-server');
    const folder = mkdtempSync(join(parent, 'posthorn-mysql-'));
    const options =
      isDurable || programs.engine === 'oceanbase'
        ? serverOptions
        : [...WITHOUT_DURABILITY, ...serverOptions];
    const server = new PrivateMysql(programs, folder, await freePort(), options);
    try {
      await server.#initialise();
      await server.start();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  constructor(programs, folder, port, serverOptions) {
    this.programs = programs;
    this.folder = folder;
    this.port = port;
    this.serverOptions = serverOptions;
    this.url = `mysql://root@127.0.0.1:${port}`;
  }

  get pid() {
    return this.#process?.pid ?? null;
  }

  async start() {
    if (this.#process) return;
    const isOceanBase = this.programs.engine === 'oceanbase';
    const child = spawn(
      this.programs.server,
      isOceanBase ? this.#oceanBaseArguments() : this.#mysqlArguments(),
      // A group of its own: Ctrl-C in the terminal must not reach it before the tests are done with it.
      { stdio: 'ignore', detached: true },
    );
    this.#process = child;
    child.once('exit', () => {
      if (this.#process === child) this.#process = null;
    });
    child.unref();
    this.#watch(child.pid);
    await this.#answers(child);
  }

  #mysqlArguments() {
    return [
      '--no-defaults',
      `--datadir=${this.#dataDir}`,
      `--socket=${join(this.folder, 'mysql.sock')}`,
      `--pid-file=${join(this.folder, 'mysql.pid')}`,
      `--log-error=${this.#log}`,
      // A server that starts removes what it takes for left-overs in its temporary folder, another server's too.
      `--tmpdir=${this.folder}`,
      `--port=${this.port}`,
      '--bind-address=127.0.0.1',
      '--skip-log-bin',
      '--innodb-buffer-pool-size=256M',
      '--max-connections=400',
      ...(this.programs.engine === 'mysql' ? ['--loose-mysqlx=OFF'] : []),
      ...this.serverOptions,
      ...asRoot(),
    ];
  }

  #oceanBaseArguments() {
    const parameters = this.#isInitialised ? [] : SMALL_OCEANBASE;
    this.#isInitialised = true;
    return [
      '--nodaemon',
      ...['--port', String(this.port), '--base-dir', this.#dataDir, '--log-level', 'WARN'],
      ...parameters.flatMap((parameter) => ['--parameter', parameter]),
      ...this.serverOptions,
    ];
  }

  async stop() {
    await this.#end('SIGTERM');
  }

  async kill() {
    await this.#end('SIGKILL');
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  async remove() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async query(sql, database = '') {
    const connection = await mysql.createConnection(`${this.url}/${database}`);
    try {
      const [rows] = await connection.query(sql);
      return rows;
    } finally {
      await connection.end();
    }
  }

  get #dataDir() {
    return join(this.folder, 'data');
  }

  get #log() {
    return join(this.folder, 'mysql.log');
  }

  async #initialise() {
    const { engine, server, installer } = this.programs;
    if (engine === 'oceanbase') {
      mkdirSync(this.#dataDir);
      return;
    }
    if (!installer) {
      await run(server, [
        '--no-defaults',
        '--initialize-insecure',
        `--datadir=${this.#dataDir}`,
        ...asRoot(),
      ]);
      return;
    }
    await run(installer, [
      '--no-defaults',
      `--datadir=${this.#dataDir}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...asRoot(),
    ]);
  }

  /** However this process ends, its end closes the pipe, and the shell at the other end of it ends the server. */
  #watch(pid) {
    const watchdog = spawn(
      'sh',
      [
        '-c',
        'read -r word; [ "$word" = leave ] || { kill -9 "$1"; sleep 1; rm -rf "$2"; }',
        'sh',
        pid,
        this.folder,
      ],
      { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
    );
    watchdog.stdin.on('error', () => undefined);
    watchdog.stdin.unref();
    watchdog.unref();
    this.#watchdog = watchdog;
  }

  async #answers(child) {
    const latest = Date.now() + LONGEST_START_MS;
    for (;;) {
      try {
        await this.query('SELECT 1');
        return;
      } catch (error) {
        const ended = this.#process !== child;
        if (!ended && Date.now() < latest) {
          await wait(50);
          continue;
        }
        const log = existsSync(this.#log) ? readFileSync(this.#log, 'utf8').slice(-2_000) : '';
        const what = ended ? 'ended at once' : 'did not answer';
        throw new Error(`The private database server ${what} (${error.message}). Its log ends:\n${log}`, {
          cause: error,
        });
      }
    }
  }

  async #end(signal) {
    const child = this.#process;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill(signal);
    await ended;
    this.#watchdog?.stdin.end('leave\n');
    this.#watchdog = null;
  }
}

export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...ELSEWHERE].filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null;
}

/** The server refuses to run as root unless it is told to. */
function asRoot() {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}
