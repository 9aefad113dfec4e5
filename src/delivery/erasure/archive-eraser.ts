import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ArchiveError, DamagedPartError } from '../../archive/archive-error.js';
import { ArchiveCatalogue } from '../../archive/catalogue.js';
import { folderOf, hourOfName } from '../../archive/manifest.js';
import { openArchiveToWrite } from '../../archive/open-archive.js';
import { closeBegunParts, nextHour, removeSuperseded } from '../../archive/rewriting.js';
import type { Clock } from '../../host/clock.js';
import type { ArchivedObjects, ArchiveErasure, ArchiveStep } from './archived-objects.js';
import { PartEraser } from './part-eraser.js';

/** A step ends after the first part behind so much time, milliseconds: a stop waits for it. */
const STEP_MS = 5_000;

/** Where the next step begins: in an hour, behind a part. */
interface Place {
  hour: number;
  part: number;
}

/**
 * Erases from this deployment's archive, part by part, oldest first. A part that has something to erase is rewritten as a
 * new file, which is read back and counts with its manifest; then the file before is removed. A process that is killed
 * leaves the one or the other, and the step is made again. What retention was reading meanwhile does not count
 * ({@link closeBegunParts}).
 */
export class ArchiveEraser implements ArchivedObjects {
  private readonly logger = new Logger('Erasure');

  /** @param stepMs how long a step works, milliseconds; it ends behind a part */
  // oxlint-disable-next-line max-params
  constructor(
    private readonly dataSource: DataSource,
    private readonly url: string,
    private readonly clock: Clock,
    private readonly stepMs = STEP_MS,
  ) {}

  async eraseSome(erasure: ArchiveErasure, cursor: string): Promise<ArchiveStep> {
    const step: ArchiveStep = { rewritten: 0, held: [], next: null };
    try {
      const catalogue = new ArchiveCatalogue(await openArchiveToWrite(this.url));
      await this.work(catalogue, erasure, readCursor(cursor), step);
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      this.hold(step, erasure, this.url, error);
    }
    return step;
  }

  private async work(
    catalogue: ArchiveCatalogue,
    erasure: ArchiveErasure,
    from: Place | null,
    step: ArchiveStep,
  ): Promise<void> {
    const end = performance.now() + this.stepMs;
    const eraser = new PartEraser(this.dataSource, catalogue, erasure);
    let place = from ?? (await findNext(catalogue, null));
    while (place) {
      const { hour } = place;
      const names = await closeBegunParts(catalogue, hour, this.clock.now());
      const count = (await catalogue.partsOf(hour)).length;
      for (let part = place.part + 1; part <= count; part += 1) {
        try {
          const isRewritten = await eraser.erase(hour, part);
          if (isRewritten) step.rewritten += 1;
          const files = isRewritten ? await catalogue.store.list(folderOf(hour)) : names;
          await removeSuperseded(catalogue, hour, part, files);
        } catch (error) {
          if (!(error instanceof DamagedPartError)) throw error;
          this.hold(step, erasure, error.part, error);
        }
        if (performance.now() >= end) {
          step.next = writeCursor({ hour, part });
          return;
        }
      }
      place = await findNext(catalogue, hour);
    }
  }

  private hold(step: ArchiveStep, { id }: ArchiveErasure, name: string, { message }: Error): void {
    if (!step.held.includes(name)) step.held.push(name);
    this.logger.error(
      `Erasure ${id} cannot go through ${name} yet and tries again in ten minutes: ${message}`,
    );
  }
}

async function findNext(catalogue: ArchiveCatalogue, after: number | null): Promise<Place | null> {
  const hour = await nextHour(catalogue, after);
  return hour === null ? null : { hour, part: 0 };
}

function readCursor(cursor: string): Place | null {
  if (cursor === '') return null;
  return { hour: hourOfName(cursor), part: Number(cursor.split('/').at(-1)) };
}

function writeCursor({ hour, part }: Place): string {
  return `${folderOf(hour)}/${part}`;
}
