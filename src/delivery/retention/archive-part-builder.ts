import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import type { EntityManager } from 'typeorm';
import { type ArchiveLine, EVENT_VERSION, versionOf, writeLine } from '../../archive/archive-lines.js';
import type { PartCounts, PartManifest } from '../../archive/manifest.js';
import { tableOf } from '../../database/dialect.js';
import { DeliveryEntity, WebhookEventEntity } from '../model/delivery-entities.js';
import { ArchiveLineReader } from './read-archive-lines.js';

/** A part ends at the first page after so many bytes of lines: it is held in memory packed, and once unpacked. */
const BYTES_PER_PART = 16 * 1024 * 1024;
/** Events, and deliveries, that are read at a time: each may be as large as a request body. */
const ROWS_PER_PAGE = 50;

/** A part of an hour, packed, and what its manifest says of it. */
export type BuiltPart = Pick<
  PartManifest,
  'unpackedBytes' | 'after' | 'through' | 'firstId' | 'lastId' | 'counts'
> & { zipped: Buffer };

/** The ids of one page. */
interface Page {
  eventIds: string[];
  deliveries: { id: string; version: string }[];
  through: string;
}

/** Builds one part of the archive from what stands in the tables and not in the archive. */
export class ArchivePartBuilder {
  private readonly gzip = createGzip();
  private readonly chunks: Buffer[] = [];
  private readonly counts: PartCounts = { events: 0, bodies: 0, deliveries: 0, attempts: 0 };
  private readonly lines: ArchiveLineReader;
  private unpackedBytes = 0;
  private readonly ids: string[] = [];
  private readonly events = new Set<string>();

  /** @param isArchived whether the archive has an id in a version */
  constructor(
    private readonly manager: EntityManager,
    private readonly isArchived: (id: string, version: string) => Promise<boolean>,
  ) {
    this.lines = new ArchiveLineReader(manager);
    this.gzip.on('data', (chunk: Buffer) => this.chunks.push(chunk));
  }

  /**
   * Builds the part that begins after an id. It ends at `end`, or earlier with enough bytes.
   *
   * @param settled deliveries that ended later are left out, epoch milliseconds
   * @returns null: there is nothing to archive
   */
  async build(after: string, end: string, settled: number): Promise<BuiltPart | null> {
    let through = after;
    while (through < end && this.unpackedBytes < BYTES_PER_PART) {
      const page = await this.readPage(through, end, settled);
      await this.writePage(page);
      through = page.through;
    }
    this.gzip.end();
    await once(this.gzip, 'end');
    const ids = this.ids.toSorted();
    const [firstId, lastId] = [ids[0], ids.at(-1)];
    if (firstId === undefined || lastId === undefined) return null;
    const zipped = Buffer.concat(this.chunks);
    return {
      zipped,
      unpackedBytes: this.unpackedBytes,
      after,
      through,
      firstId,
      lastId,
      counts: this.counts,
    };
  }

  private async readPage(after: string, end: string, settled: number): Promise<Page> {
    const events = await this.manager.query<{ id: string }[]>(
      `SELECT id FROM ${tableOf(this.manager, WebhookEventEntity)}
       WHERE id > ? AND id <= ? ORDER BY id LIMIT ${ROWS_PER_PAGE}`,
      [after, end],
    );
    const through = events.length < ROWS_PER_PAGE ? end : (events.at(-1)?.id ?? end);
    const rows = await this.manager.query<
      { id: string; state: string; finished_at: string | number | null; attempt_count: number }[]
    >(
      `SELECT id, state, finished_at, attempt_count FROM ${tableOf(this.manager, DeliveryEntity)}
       WHERE id > ? AND id <= ? ORDER BY id LIMIT ${ROWS_PER_PAGE}`,
      [after, through],
    );
    const last = rows.length < ROWS_PER_PAGE ? through : (rows.at(-1)?.id ?? through);
    const deliveries = rows.flatMap(({ id, state, finished_at, attempt_count }) =>
      state !== 'pending' && finished_at !== null && Number(finished_at) < settled
        ? [{ id, version: versionOf(finished_at, attempt_count) }]
        : [],
    );
    const eventIds = events.flatMap(({ id }) => (id <= last ? [id] : []));
    return { eventIds, deliveries, through: last };
  }

  private async writePage({ eventIds, deliveries }: Page): Promise<void> {
    const newEvents: string[] = [];
    for (const id of eventIds) if (!(await this.isArchived(id, EVENT_VERSION))) newEvents.push(id);
    const newDeliveries: string[] = [];
    for (const { id, version } of deliveries) {
      if (!(await this.isArchived(id, version))) newDeliveries.push(id);
    }
    for (const line of await this.lines.readEvents(newEvents)) {
      this.counts.events += 1;
      this.events.add(line.id);
      this.counts.bodies += line.bodies.length;
      await this.write(line);
    }
    for (const line of await this.lines.readDeliveries(newDeliveries, this.events)) {
      this.counts.deliveries += 1;
      this.counts.attempts += line.attempts.length;
      if (line.body) this.counts.bodies += 1;
      await this.write(line);
    }
  }

  private async write(line: ArchiveLine): Promise<void> {
    const bytes = Buffer.from(writeLine(line));
    this.unpackedBytes += bytes.length;
    this.ids.push(line.id);
    if (!this.gzip.write(bytes)) await once(this.gzip, 'drain');
  }
}
