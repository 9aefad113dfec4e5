import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { dialectOf } from './dialect.js';

/**
 * Does work that takes secrets out of rows, so that their bytes do not stay behind in a SQLite file. First the file is
 * written anew, without what earlier changes left in its free pages; then what is replaced is overwritten; at last the
 * log of writes is emptied. In that order a process that is killed has it all done by the next one that finds work.
 * (MySQL overwrites its pages and logs in its own time.)
 */
export async function withSecureDelete<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  if (dialectOf(dataSource) === 'mysql') return work();
  try {
    await dataSource.query('VACUUM');
  } catch (error) {
    new Logger('Database').warn(
      `The SQLite file cannot be written anew now (${(error as Error).message}): bytes of earlier values may stay in its free pages. Run VACUUM on it when there is room and nobody else has it open.`,
    );
  }
  await dataSource.query('PRAGMA secure_delete = ON');
  try {
    const result = await work();
    await dataSource.query('PRAGMA wal_checkpoint(TRUNCATE)');
    return result;
  } finally {
    await dataSource.query('PRAGMA secure_delete = OFF');
  }
}
