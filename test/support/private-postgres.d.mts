/** A PostgreSQL server of a test's own, on a free port of 127.0.0.1. */
export interface PrivatePostgres {
  /** `postgres://strapi:…@127.0.0.1:PORT/postgres` */
  url: string;
  stop(): Promise<void>;
}

/** What to do where there is no server. */
export const POSTGRES_MISSING: string;

/** Finds the folder of `initdb` and `postgres`; null: there is none. */
export function findPostgres(): string | null;

/** Starts a server. @throws {Error} when it does not start */
export function startPostgres(bin: string): Promise<PrivatePostgres>;
