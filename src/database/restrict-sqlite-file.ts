import { chmodSync, closeSync, openSync } from 'node:fs';

/** What SQLite keeps beside a database in WAL mode. */
const SIDE_FILES = ['', '-wal', '-shm'];

/**
 * Makes a SQLite file readable for its owner alone, whatever the umask, before anything is in it; also one of an earlier
 * version. SQLite gives the files beside it the same mode. A file that belongs to somebody else is left as it is, and one
 * that cannot be made is reported by the driver that opens it.
 */
export function restrictSqliteFile(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    return;
  }
  for (const side of SIDE_FILES) {
    try {
      chmodSync(path + side, 0o600);
    } catch {
      // It is not there yet, or it is somebody else's.
    }
  }
}
