import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { dialectOf } from './dialect.js';

/** Asks the operating system how much room a disk has. */
@Injectable()
export class DiskSpace {
  /**
   * Reads how many bytes this process may still write to the disk of a folder.
   *
   * @throws the operating system's error, when the folder is not there
   */
  async readFreeBytes(folder: string): Promise<number> {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  }
}

/**
 * Finds the folder of the database's file; null for SQLite in memory and for MySQL, whose files are on the server: no
 * statement tells how much room its disk has.
 */
export function findDatabaseFolder(dataSource: DataSource): string | null {
  const { database } = dataSource.options as { database?: unknown };
  if (dialectOf(dataSource) !== 'sqlite' || typeof database !== 'string') return null;
  return database === ':memory:' ? null : dirname(database);
}
