import type { DataSource } from 'typeorm';

const counts = new WeakMap<DataSource, number>();

/** Counts a transaction of the engine that is begun anew because of a conflict with another one. */
export function countConflict(dataSource: DataSource): void {
  counts.set(dataSource, conflictsOf(dataSource) + 1);
}

/** How many transactions of the engine this process has begun anew on a data source. */
export function conflictsOf(dataSource: DataSource): number {
  return counts.get(dataSource) ?? 0;
}
