/** Where the server's programs are; null where there is no server. `installer` is null for MySQL's own. */
export interface MysqlPrograms {
  server: string;
  installer: string | null;
}

/** Looks for `mariadbd` or `mysqld` in PATH and in the folders where distributions put them. */
export function findMysql(): MysqlPrograms | null;

/**
 * A MariaDB or MySQL server in a temporary folder, on a free port of 127.0.0.1, with the default durability. It ends
 * with the process that made it, however that ends.
 */
export class PrivateMysql {
  private constructor();
  /**
   * Makes a folder, initialises it and starts the server; takes seconds. Throws where there is no server.
   *
   * @param serverOptions further options of the server, laid over the ones that the tests need
   */
  static create(serverOptions?: string[]): Promise<PrivateMysql>;
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
  /** Runs a statement as root and gives its rows. */
  query(sql: string): Promise<unknown>;
}
