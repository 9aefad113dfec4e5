import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ArchiveCatalogue } from '../../archive/catalogue.js';
import { HOUR_MS, hourOf } from '../../archive/manifest.js';
import { openArchiveToWrite } from '../../archive/open-archive.js';
import { versionOf } from '../../archive/archive-lines.js';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import { firstIdAt, timeOf } from '../../host/time-ordered-ids.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { ArchivePartBuilder } from './archive-part-builder.js';

/** What ended a shorter time ago may be sent again soon: it is archived later, so that it rarely stands there twice. */
const SETTLED_MS = 86_400_000;

/** A row that is to be removed. */
export interface HistoryRow {
  id: string;
  /** That of an event is `EVENT_VERSION`, that of a delivery is of `versionOf`. */
  version: string;
  /** When it ended, or was recorded; epoch milliseconds. */
  at: number;
}

/** A delivery that has ended, as its table has it. */
export interface EndedDelivery {
  id: string;
  finished_at: string | number | null;
  attempt_count: number;
}

/** What the archive is asked of deliveries that have ended. */
export function toHistoryRows(ended: readonly EndedDelivery[]): HistoryRow[] {
  return ended.map(({ id, finished_at, attempt_count }) => ({
    id,
    version: versionOf(finished_at, attempt_count),
    at: Number(finished_at),
  }));
}

/**
 * Archives history before it is removed, where `archive.url` is set. When the first row of an hour is to be removed, the
 * whole hour is written: its events with their bodies, and its deliveries with their attempts, in parts. A row may be
 * removed once it is found, in the version that the database has, in a part that was read back and whose hash is right.
 * So a process that is killed at any time leaves rows that are archived and stand in the database still: they are found in
 * the archive, and are not written again. What ended again since, or was pending then, is written in a further part.
 *
 * Of several instances that write a part of one number one succeeds; the others read what that one wrote.
 */
@Injectable()
export class HistoryArchive implements OnModuleDestroy {
  private catalogue: Promise<ArchiveCatalogue> | null = null;
  private isStopping = false;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly clock: Clock,
  ) {}

  /** Whether history is archived before it is removed. */
  get isOn(): boolean {
    return this.options.archiveUrl !== null;
  }

  onModuleDestroy(): void {
    this.isStopping = true;
  }

  /**
   * Archives rows, with the rest of their hours, unless the archive has them.
   *
   * @returns the ids of those that the archive has: all where none is kept
   * @throws {ArchiveError} when the archive cannot be reached, or is damaged
   */
  async archive(rows: readonly HistoryRow[]): Promise<ReadonlySet<string>> {
    if (!this.isOn) return new Set(rows.map(({ id }) => id));
    const settled = this.clock.now() - SETTLED_MS;
    const byHour = new Map<number, HistoryRow[]>();
    for (const row of rows) {
      const hour = hourOf(timeOf(row.id));
      if (row.at < settled) byHour.set(hour, [...(byHour.get(hour) ?? []), row]);
    }
    const archived = new Set<string>();
    if (byHour.size === 0) return archived;
    const catalogue = await this.open();
    for (const [hour, some] of byHour) {
      const missing = await findMissing(catalogue, hour, some);
      const [first] = missing.map(({ id }) => id).toSorted();
      // An hour is written once it is over.
      if (first !== undefined && hour + HOUR_MS <= settled)
        await this.archiveHour(catalogue, hour, first, settled);
      const left = first === undefined ? [] : await findMissing(catalogue, hour, missing);
      for (const { id } of some) archived.add(id);
      for (const { id } of left) archived.delete(id);
    }
    return archived;
  }

  /** @param first the first id that is known to be missing: what an interrupted process had written is not read again */
  private async archiveHour(
    catalogue: ArchiveCatalogue,
    hour: number,
    first: string,
    settled: number,
  ): Promise<void> {
    const end = firstIdAt(hour + HOUR_MS);
    const parts = await catalogue.partsOf(hour);
    const reached = parts.reduce((most, { through }) => (through > most ? through : most), firstIdAt(hour));
    let after = first > reached ? reached : justBefore(first);
    while (after < end && !this.isStopping) {
      const builder = new ArchivePartBuilder(this.dataSource.manager, (id, version) =>
        catalogue.has(hour, id, version),
      );
      // Before anything is read: an erasure that comes later finds what it may have read before.
      const begun = await catalogue.begin(hour);
      const part = await builder.build(after, end, settled);
      if (!part) return catalogue.abandon(begun);
      const { zipped, ...about } = part;
      const isAdded = await catalogue.add(hour, begun, zipped, { ...about, writtenAt: this.clock.now() });
      // Another instance archives this hour, or an erasure has closed it: what is left out is seen at the next run.
      if (!isAdded) return;
      after = part.through;
    }
  }

  private open(): Promise<ArchiveCatalogue> {
    this.catalogue ??= openArchiveToWrite(this.options.archiveUrl ?? '').then(
      (store) => new ArchiveCatalogue(store),
      (error: unknown) => {
        this.catalogue = null;
        throw error;
      },
    );
    return this.catalogue;
  }
}

/** A bound that is smaller than an id, and larger than ids of an earlier time. */
function justBefore(id: string): string {
  return id.slice(0, -1);
}

async function findMissing(
  catalogue: ArchiveCatalogue,
  hour: number,
  rows: readonly HistoryRow[],
): Promise<HistoryRow[]> {
  const missing: HistoryRow[] = [];
  for (const row of rows) if (!(await catalogue.has(hour, row.id, row.version))) missing.push(row);
  return missing;
}
