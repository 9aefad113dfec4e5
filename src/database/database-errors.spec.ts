import {
  isAway,
  isDatabaseFull,
  isDiskFull,
  isRetryable,
  isUnavailable,
  mayBeCommitted,
} from './database-errors.js';

const error = (code: string, message = 'failed') => Object.assign(new Error(message), { code });

describe('A disk without room', () => {
  it.each([
    error('SQLITE_FULL', 'database or disk is full'),
    error('ER_RECORD_FILE_FULL', "The table 'webhook_events' is full"),
    error('ER_DISK_FULL', 'Disk full (/tmp/x); waiting for someone to free some space...'),
    error('ER_GET_ERRNO', 'Got error 28 from storage engine'),
    error('ER_GET_ERRNO', 'Got error 28 "No space left on device" from storage engine InnoDB'),
    error('ER_ERROR_ON_WRITE', "Error writing file '/tmp/MYf' (errno: 28 - No space left on device)"),
    error('ER_ERROR_ON_WRITE', "Error writing file '/tmp/MYf' (Errcode: 28)"),
    error('ENOSPC', 'ENOSPC: no space left on device, write'),
    error('EDQUOT', 'EDQUOT: quota exceeded'),
    Object.assign(new Error('wrapped'), { driverError: error('SQLITE_FULL') }),
  ])('is told by $code: $message', (thrown) => {
    expect(isDiskFull(thrown)).toBe(true);
    expect(isUnavailable(thrown)).toBe(true);
  });

  it.each([
    error('ER_DUP_ENTRY', "Duplicate entry 'error 28' for key"),
    error('ER_GET_ERRNO', 'Got error 280 from storage engine'),
    error('SQLITE_CONSTRAINT_UNIQUE'),
    new Error('No space left on device'),
    null,
  ])('is not told by %p', (thrown) => {
    expect(isDiskFull(thrown)).toBe(false);
  });
});

it('A full disk of uploaded files is not that of the database', () => {
  expect(isDatabaseFull(error('ENOSPC', 'ENOSPC: no space left on device, write'))).toBe(false);
  expect(isDatabaseFull(error('SQLITE_FULL'))).toBe(true);
});

describe('A database that cannot be used now', () => {
  it.each(['SQLITE_IOERR', 'SQLITE_IOERR_WRITE', 'SQLITE_CANTOPEN_FULLPATH', 'ECONNREFUSED'])(
    'is told by %s',
    (code) => {
      expect(isUnavailable(error(code))).toBe(true);
      expect(isDiskFull(error(code))).toBe(false);
    },
  );
});

describe('A server that may be back in a moment', () => {
  it.each([
    error('ECONNREFUSED'),
    error('EAI_AGAIN'),
    error('PROTOCOL_CONNECTION_LOST'),
    error('ER_OPTION_PREVENTS_STATEMENT'),
    error('ER_RUN_HOOK_ERROR'),
    error('ER_UNKNOWN_COM_ERROR', 'WSREP has not yet prepared node'),
    new Error("Can't add new command when connection is in closed state"),
  ])('is told by %p, as unavailable too', (thrown) => {
    expect(isAway(thrown)).toBe(true);
    expect(isUnavailable(thrown)).toBe(true);
  });

  it.each([
    error('ER_DISK_FULL'),
    error('POSTHORN_DATABASE_DEADLINE'),
    error('ER_LOCK_DEADLOCK'),
    error('ER_ACCESS_DENIED_ERROR'),
    null,
  ])('is not told by %p', (thrown) => {
    expect(isAway(thrown)).toBe(false);
  });
});

describe('A conflict with another transaction', () => {
  const numbered = (errno: number, code: string, message = 'failed') =>
    Object.assign(error(code, message), { errno });

  it.each([
    numbered(
      1180,
      'ER_ERROR_DURING_COMMIT',
      "Got error 149 - 'Lock deadlock; Retry transaction' during COMMIT",
    ),
    numbered(3101, 'ER_TRANSACTION_ROLLBACK_DURING_COMMIT'),
    numbered(3101, 'UNKNOWN_CODE_PLEASE_REPORT'),
    numbered(1213, 'ER_LOCK_DEADLOCK'),
    numbered(1205, 'ER_LOCK_WAIT_TIMEOUT'),
    numbered(1020, 'ER_CHECKREAD'),
    numbered(1047, 'ER_UNKNOWN_COM_ERROR', 'WSREP has not yet prepared node for application use'),
    ...[8002, 8022, 9007].map((errno) => numbered(errno, 'UNKNOWN_CODE_PLEASE_REPORT')),
    numbered(1105, 'ER_UNKNOWN_ERROR', 'VT15001: the transaction was rolled back'),
    numbered(1105, 'ER_UNKNOWN_ERROR', 'vttablet: rpc error: code = Aborted desc = transaction 1: ended'),
    Object.assign(new Error('wrapped'), { driverError: numbered(9007, 'UNKNOWN_CODE_PLEASE_REPORT') }),
  ])('is told by $errno $code: $message', (thrown) => {
    expect(isRetryable(thrown)).toBe(true);
  });

  it.each([
    numbered(1180, 'ER_ERROR_DURING_COMMIT', "Got error 5 - 'Out of memory' during COMMIT"),
    numbered(1105, 'ER_UNKNOWN_ERROR', 'VT05003: unknown database'),
    numbered(1047, 'ER_UNKNOWN_COM_ERROR', 'Unknown command'),
    numbered(1062, 'ER_DUP_ENTRY', "Duplicate entry 'VT15001' for key"),
  ])('is not told by $errno $code: $message', (thrown) => {
    expect(isRetryable(thrown)).toBe(false);
  });

  it.each<[Error, boolean]>([
    [numbered(1180, 'ER_ERROR_DURING_COMMIT', "Got error 149 - 'Lock deadlock'"), false],
    [numbered(1213, 'ER_LOCK_DEADLOCK'), false],
    [numbered(1290, 'ER_OPTION_PREVENTS_STATEMENT'), false],
    [numbered(3100, 'ER_RUN_HOOK_ERROR'), false],
    [numbered(1047, 'ER_UNKNOWN_COM_ERROR', 'WSREP has not yet prepared node'), true],
    [numbered(1105, 'ER_UNKNOWN_ERROR', 'VT15001: the transaction was rolled back'), true],
    [error('PROTOCOL_CONNECTION_LOST'), true],
  ])('leaves it open whether a COMMIT was made: %s: %s', (thrown, isOpen) => {
    expect(mayBeCommitted(thrown)).toBe(isOpen);
  });
});
