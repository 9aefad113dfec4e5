const DUPLICATE_KEY = new Set(['ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);

/** Deadlock (1213; Galera and Group Replication report certification conflicts as one), lock wait timeout (1205). */
const RETRYABLE = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD', 'SQLITE_BUSY']);

const UNREACHABLE = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ER_SERVER_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_CONNECTION_KILLED',
  'ER_NORMAL_SHUTDOWN',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_CANTOPEN',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
]);

/** The driver's code of an error, also of one that TypeORM has wrapped. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  return typeof code === 'string' ? code : codeOf(driverError);
}

/** Whether a row with the same unique key exists already. */
export function isDuplicateKey(error: unknown): boolean {
  return DUPLICATE_KEY.has(codeOf(error) ?? '');
}

/** Whether the same transaction may succeed when repeated: deadlock, lock wait timeout or certification conflict. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error) ?? '');
}

/** Whether the database is unreachable or cannot write now, for example because its disk is full. */
export function isUnavailable(error: unknown): boolean {
  if (UNREACHABLE.has(codeOf(error) ?? '')) return true;
  const message = error instanceof Error ? error.message : '';
  return /Connection lost|Can't add new command when connection is in closed state|Pool is closed|is not established/.test(
    message,
  );
}
