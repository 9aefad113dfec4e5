export type Engine = 'mariadb' | 'mysql' | 'oceanbase';

/** Where the server's programs are. `installer` is null for what lays its data out by itself. */
export interface MysqlPrograms {
  engine: Engine;
  server: string;
  installer: string | null;
}

/** What TEST_ENGINE says; null: whichever the machine has. Throws where it says something else. */
export function wantedEngine(): Engine | null;

/**
 * Looks for `mariadbd` or `mysqld` in PATH and in the folders where distributions put them; null where there is none.
 * Where an engine is wanted, for that one, which it fetches where the machine does not have it; throws a sentence where
 * it cannot be had.
 *
 * @param wanted default: what TEST_ENGINE says
 */
export function findMysql(wanted?: Engine | null): MysqlPrograms | null;

/** A port of 127.0.0.1 on which nothing listens. */
export function freePort(): Promise<number>;

/**
 * A MariaDB or MySQL server in a temporary folder, on a free port of 127.0.0.1. It ends with the process that made it,
 * however that ends.
 */
export class PrivateMysql {
  private constructor();
  /**
   * Makes a folder, initialises it and starts the server; takes seconds. Throws where there is no server.
   *
   * @param serverOptions further options of the server, laid over the ones that the tests need
   * @param where isDurable: whether what is committed outlives a kill of the server, as in production (default: true);
   *   parent: where its folder is made (default: the system's temporary folder); engine: which one (default: what
   *   TEST_ENGINE says)
   */
  static create(
    serverOptions?: string[],
    where?: { isDurable?: boolean; parent?: string; engine?: Engine | null },
  ): Promise<PrivateMysql>;
  /** `mysql://root@127.0.0.1:PORT`, without a database; the same over restarts. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** The server's process id; null while it is stopped. */
  readonly pid: number | null;
  /** Starts it on the folder that it has, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it in good order; the data stays. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL; the data stays as it stood. */
  kill(): Promise<void>;
  /** {@link stop}, then {@link start}. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
  /** Runs a statement as root and gives its rows. @param database the one that is selected. Default: none */
  query(sql: string, database?: string): Promise<unknown>;
}
