const DUPLICATE_KEY = new Set(['ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);

/** Deadlock (1213; Galera and Group Replication report certification conflicts as one), lock wait timeout (1205). */
const RETRYABLE = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_CHECKREAD',
  'ER_TRANSACTION_ROLLBACK_DURING_COMMIT',
  'SQLITE_BUSY',
  'LOST_RACE',
]);

/**
 * Conflicts that the driver has no name for: Group Replication's (3101), TiDB's of optimistic transactions (8002, 8022)
 * and of a write (9007).
 */
const RETRYABLE_NUMBERS = new Set([3101, 8002, 8022, 9007]);

/** Group Replication's at COMMIT, under a number (1180) that stands for other faults too: 149 is InnoDB's deadlock. */
const DEADLOCK_AT_COMMIT = /\berror 149\b/;

/** Vitess': the gate has rolled the transaction back (VT15001), or a tablet has ended it. */
const ENDED_BY_VITESS = /\bVT15001\b|\bcode = Aborted\b/;

/** Galera's 1047, of a node that does not belong to the cluster now. */
const OUTSIDE_OF_CLUSTER = /\bWSREP\b/;

/** Errors of a server that may be back in a moment, or of which another one takes the place. */
const AWAY = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CONNECTION_KILLED',
]);

const UNREACHABLE = new Set([
  ...AWAY,
  'ER_CON_COUNT_ERROR',
  'SQLITE_IOERR',
  'SQLITE_CANTOPEN',
  'POSTHORN_DATABASE_DEADLINE',
]);

/** The database has no room on its disk: SQLite's error, MySQL's 1021 and 1114. */
const DATABASE_FULL = new Set(['SQLITE_FULL', 'ER_DISK_FULL', 'ER_RECORD_FILE_FULL']);

/** The operating system's errors of a disk without room, and of a quota that is used up. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

/** Errors in whose message MySQL and MariaDB repeat the error of the operating system (1030, 1026, 3). */
const OF_THE_SYSTEM = new Set(['ER_GET_ERRNO', 'ER_ERROR_ON_WRITE', 'EE_WRITE']);

/** ENOSPC in such a message: it is error 28. */
const NO_SPACE = /\b[Ee]rr(?:or|no|code):? 28\b|No space left on device/;

/** The server is a replica, became one in a failover, or fell out of its group (3100: nothing was committed). */
const READ_ONLY = new Set([
  'ER_RUN_HOOK_ERROR',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_READ_ONLY_MODE',
  'ER_INNODB_READ_ONLY',
  'ER_OPEN_AS_READONLY',
]);

/** The driver's code of an error, also of one that TypeORM has wrapped. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  return typeof code === 'string' ? code : codeOf(driverError);
}

/** The server's number of an error, also of one that TypeORM has wrapped. */
function numberOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { errno, driverError } = error as { errno?: unknown; driverError?: unknown };
  return typeof errno === 'number' ? errno : numberOf(driverError);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

/** Whether a row with the same unique key exists already. */
export function isDuplicateKey(error: unknown): boolean {
  return DUPLICATE_KEY.has(codeOf(error) ?? '');
}

/**
 * Another transaction changed a row between this one's read and its conditional write. As after a deadlock the
 * transaction is to be begun anew.
 */
export class LostRaceError extends Error {
  override readonly name = 'LostRaceError';
  readonly code = 'LOST_RACE';

  /** @param what the rows, for the message: `deliveries` */
  constructor(what: string) {
    super(`Another instance changed the same ${what} meanwhile, so that nothing was written.`);
  }
}

/**
 * Whether the same transaction may succeed when repeated: deadlock, lock wait timeout, a conflict that the server found
 * at COMMIT, or a {@link LostRaceError}.
 */
export function isRetryable(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (RETRYABLE.has(code) || RETRYABLE_NUMBERS.has(numberOf(error) ?? 0)) return true;
  const message = messageOf(error);
  if (code === 'ER_ERROR_DURING_COMMIT') return DEADLOCK_AT_COMMIT.test(message);
  return isOutsideOfCluster(error) || isEndedByVitess(error);
}

/**
 * Whether a transaction whose COMMIT failed with this error may have been committed all the same: the server did not
 * answer, or a proxy before it did.
 */
export function mayBeCommitted(error: unknown): boolean {
  // A server that refuses to write has not written.
  return (isUnavailable(error) && !isReadOnly(error)) || isEndedByVitess(error);
}

function isEndedByVitess(error: unknown): boolean {
  return codeOf(error) === 'ER_UNKNOWN_ERROR' && ENDED_BY_VITESS.test(messageOf(error));
}

/** Whether the server is a node of Galera that does not belong to its cluster now. */
export function isOutsideOfCluster(error: unknown): boolean {
  return codeOf(error) === 'ER_UNKNOWN_COM_ERROR' && OUTSIDE_OF_CLUSTER.test(messageOf(error));
}

/** Whether the server refused a write because it is read-only. */
export function isReadOnly(error: unknown): boolean {
  return READ_ONLY.has(codeOf(error) ?? '');
}

/** Whether a row was locked by another transaction: MySQL's error of NOWAIT, MariaDB's of every lock wait. */
export function isLocked(error: unknown): boolean {
  return ['ER_LOCK_NOWAIT', 'ER_LOCK_WAIT_TIMEOUT'].includes(codeOf(error) ?? '');
}

/** Whether the database is unreachable or cannot write now, for example because its disk is full. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  // An extended code of SQLite begins with its primary one: SQLITE_IOERR_WRITE.
  if (UNREACHABLE.has(code) || /^SQLITE_(?:IOERR|CANTOPEN)_/.test(code)) return true;
  if (isDiskFull(error) || isReadOnly(error) || isOutsideOfCluster(error)) return true;
  return /Connection lost|Can't add new command when connection is in closed state|Pool is closed|is not established/.test(
    messageOf(error),
  );
}

/**
 * Whether the server was lost, is not reached, or only reads now: as while it is started again, and in a failover. What
 * does not pass by itself soon, such as a full disk or a statement that takes too long, is none of it.
 */
export function isAway(error: unknown): boolean {
  if (AWAY.has(codeOf(error) ?? '') || isReadOnly(error) || isOutsideOfCluster(error)) return true;
  return /Connection lost|Can't add new command when connection is in closed state/.test(messageOf(error));
}

/** Whether the database could not write because its disk has no room. */
export function isDatabaseFull(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return false;
  if (!OF_THE_SYSTEM.has(code)) return DATABASE_FULL.has(code);
  return NO_SPACE.test(messageOf(error));
}

/** Whether a write failed because a disk has no room: that of the database, or that of uploaded files. */
export function isDiskFull(error: unknown): boolean {
  return isDatabaseFull(error) || NO_ROOM.has(codeOf(error) ?? '');
}
