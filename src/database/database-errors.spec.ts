import { isDatabaseFull, isDiskFull, isUnavailable } from './database-errors.js';

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
