import { setTimeout as wait } from 'node:timers/promises';
import { PrivateMysql } from '../support/private-mysql.mjs';
import { MysqlGroup } from './mysql-group.mjs';

/** What `--engine` can name; null: whichever server the machine has. */
export const ENGINES = ['mariadb', 'mysql', 'group', 'oceanbase'];

/**
 * Starts the database of a run.
 *
 * @param engine one of {@link ENGINES}, or null
 * @returns what the run needs of it: `ports` on 127.0.0.1, the one that can be written to among them; `query`; `kill` and
 *   `start`; `standStill` and `recover`; `remove`. `takesOver`: whether others go on where the one that is hit is lost
 */
export async function createDatabase(engine) {
  if (engine === 'group') return MysqlGroup.create();
  return OneServer.create(engine);
}

/** One server: while it is down there is no database. */
class OneServer {
  takesOver = false;
  #server;

  static async create(engine) {
    const one = new OneServer();
    one.#server = await PrivateMysql.create([], engine === null ? {} : { engine });
    return one;
  }

  get ports() {
    return [this.#server.port];
  }

  query(sql, database) {
    return this.#server.query(sql, database);
  }

  kill() {
    return this.#server.kill();
  }

  start() {
    return this.#server.start();
  }

  async standStill(ms) {
    process.kill(this.#server.pid, 'SIGSTOP');
    await wait(ms);
    process.kill(this.#server.pid, 'SIGCONT');
  }

  async recover() {
    await this.#server.query('SELECT 1');
  }

  remove() {
    return this.#server.remove();
  }
}
