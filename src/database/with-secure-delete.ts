import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { dialectOf } from './dialect.js';

/**
 * Runs work that removes secrets from rows, so that their bytes do not stay in a SQLite file. `VACUUM` first rewrites the
 * file without the free pages that earlier changes left, `secure_delete` then overwrites replaced values with zeros, and
 * a checkpoint at last truncates the write-ahead log. In this order a killed process leaves nothing undone that the next
 * run does not repeat. (MySQL overwrites its pages and logs by itself, later.)
 */
export async function withSecureDelete<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  if (dialectOf(dataSource) === 'mysql') return work();
  try {
    await dataSource.query('VACUUM');
  } catch (error) {
    new Logger('Database').warn(
      `VACUUM of the SQLite file failed (${(error as Error).message}): bytes of earlier secrets may stay in its free pages. Run VACUUM on the file when the disk has room and no other process has it open.`,
    );
  }
  const result = await withOverwriting(dataSource, work);
  await truncateLog(dataSource);
  return result;
}

/**
 * Runs work whose replaced and deleted values are overwritten with zeros in a SQLite file. What earlier changes left in its
 * free pages, and its write-ahead log, stay.
 */
export async function withOverwriting<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  if (dialectOf(dataSource) === 'mysql') return work();
  await dataSource.query('PRAGMA secure_delete = ON');
  try {
    return await work();
  } finally {
    await dataSource.query('PRAGMA secure_delete = OFF');
  }
}

/** Brings the write-ahead log of a SQLite file into the file, as far as no reader needs it, and truncates it. */
export async function truncateLog(dataSource: DataSource): Promise<void> {
  if (dialectOf(dataSource) === 'sqlite') await dataSource.query('PRAGMA wal_checkpoint(TRUNCATE)');
}
