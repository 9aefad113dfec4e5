import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf } from './dialect.js';

/** What every server takes whose limit is not known: MySQL 5.7's default was 4 MiB. */
const DEFAULT_BYTES = 4_194_304;

const limits = new WeakMap<DataSource, number>();

/** Reads the server's `max_allowed_packet`, the most bytes of one statement, for {@link packetLimitOf}. */
export async function readPacketLimit(dataSource: DataSource): Promise<void> {
  if (dialectOf(dataSource) !== 'mysql') return;
  const [row] = await dataSource.query<{ bytes: number | string }[]>('SELECT @@max_allowed_packet AS bytes');
  const bytes = Number(row?.bytes);
  if (bytes > 0) limits.set(dataSource, bytes);
}

/** The most bytes of one statement, as {@link readPacketLimit} read it; 4 MiB before that, and on SQLite. */
export function packetLimitOf(source: DataSource | EntityManager): number {
  const dataSource = 'dataSource' in source && source.dataSource ? source.dataSource : (source as DataSource);
  return limits.get(dataSource) ?? DEFAULT_BYTES;
}
