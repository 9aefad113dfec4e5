import type { PoolConnection } from 'mysql2';

/** The database did not answer in time. It counts as unavailable. */
export class DatabaseDeadlineError extends Error {
  override readonly name = 'DatabaseDeadlineError';
  readonly code = 'POSTHORN_DATABASE_DEADLINE';
}

/** The process stops, and the database did not answer in time before: it is asked nothing more. */
export class DatabaseGivenUpError extends DatabaseDeadlineError {
  constructor() {
    super('The database does not answer, and the process stops.');
  }
}

/** Called with the answer of a statement, as the driver calls it. */
type Done = (error: Error | null, ...answer: unknown[]) => void;

type Send = (sql: unknown, values?: unknown, done?: Done) => unknown;

const unbounded = new WeakSet<object>();

/** Lifts the deadline of a connection's statements, for migrations: changing a large table takes as long as it takes. */
export function liftDeadline(connection: object): void {
  unbounded.add(connection);
}

/** Sets the deadline again that {@link liftDeadline} lifted. */
export function restoreDeadline(connection: object): void {
  unbounded.delete(connection);
}

/**
 * Gives the statements of a connection a deadline. Past it the connection is destroyed, because what the server still
 * does on it is not known, and every statement on it fails with {@link DatabaseDeadlineError}.
 *
 * @param onError called with the error of each statement that failed
 * @param isBounded tells which statements have a deadline. Default: all
 */
export function setDeadlines(
  connection: PoolConnection,
  timeoutMs: () => number,
  onError: (error: unknown) => void,
  isBounded: (sql: unknown) => boolean = () => true,
): void {
  const target = connection as unknown as Record<'query' | 'execute', Send>;
  for (const method of ['query', 'execute'] as const) {
    const send = target[method].bind(connection);
    target[method] = (sql, values, done) => {
      const given = typeof values === 'function' ? (values as Done) : done;
      // Without a callback the answer is a stream, which its reader paces.
      if (!given || !isBounded(sql)) return send(sql, values, done);
      const limitMs = timeoutMs();
      let isOut = true;
      let timer: NodeJS.Timeout | undefined;
      const end: Done = (error, ...answer) => {
        isOut = false;
        clearTimeout(timer);
        if (error) onError(error);
        given(error, ...answer);
      };
      if (!unbounded.has(connection)) {
        timer = setTimeout(() => {
          // After a stall of this process the answer may have arrived and not been read yet: it is read first.
          setImmediate(() => isOut && destroyLate(connection, limitMs));
        }, limitMs);
      }
      return typeof values === 'function' ? send(sql, end) : send(sql, values, end);
    };
  }
}

/** Destroys a connection: every statement on it fails with {@link DatabaseDeadlineError}. */
export function destroyLate(connection: PoolConnection, timeoutMs: number): void {
  const error = new DatabaseDeadlineError(`The database did not answer a statement within ${timeoutMs} ms.`);
  const { stream } = connection as unknown as { stream: { destroy(error: Error): void } };
  // The driver gives the error to every statement that waits, and takes the connection out of its pool.
  stream.destroy(error);
}

/**
 * Waits for a connection of a pool.
 *
 * @param waits has a function that ends the wait, as long as it lasts
 * @throws {DatabaseDeadlineError} when there is none in time; one that comes later goes back into the pool
 */
export async function obtainWithin(
  timeoutMs: number,
  obtain: () => Promise<PoolConnection>,
  waits = new Set<() => void>(),
): Promise<PoolConnection> {
  const obtaining = obtain();
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  let giveUp = () => {};
  const late = new Promise<never>((_, reject) => {
    giveUp = () => {
      isLate = true;
      reject(new DatabaseDeadlineError(`The database gave no connection within ${timeoutMs} ms.`));
    };
    timer = setTimeout(giveUp, timeoutMs);
  });
  waits.add(giveUp);
  try {
    return await Promise.race([obtaining, late]);
  } finally {
    clearTimeout(timer);
    waits.delete(giveUp);
    if (isLate) {
      obtaining.then(
        (connection) => connection.release(),
        () => undefined,
      );
    }
  }
}
