import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { type ArchiveLine, type DeliveryLine, linesOf, writeLine } from '../../archive/archive-lines.js';
import type { ArchiveCatalogue } from '../../archive/catalogue.js';
import { findEvents } from '../../archive/find-in-archive.js';
import type { PartManifest } from '../../archive/manifest.js';
import { rewritePart } from '../../archive/rewriting.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { readByParts } from '../../database/read-in-pages.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import type { ArchiveErasure } from './archived-objects.js';
import { countLines, judgeEvent, type KnownEvent, redactLine, type Verdict } from './redact-lines.js';

/** After so many lines other work gets its turn. */
const LINES_AT_ONCE = 200;

interface EventRow {
  id: string;
  key: string | null;
  model: string | null;
  tenant: string | null;
  created_at: string | number;
  erasure_id: string | null;
}

/** Erases from the parts of an archive what an erasure means. */
export class PartEraser {
  constructor(
    private readonly dataSource: DataSource,
    private readonly catalogue: ArchiveCatalogue,
    private readonly erasure: ArchiveErasure,
  ) {}

  /**
   * Rewrites a part if it has something to erase. When another erasure was faster, what that one wrote is looked at.
   *
   * @returns whether it was rewritten
   * @throws {DamagedPartError} when this part, or one with the events of its deliveries, cannot be read
   */
  async erase(hour: number, number: number): Promise<boolean> {
    for (;;) {
      const part = (await this.catalogue.partsOf(hour))[number - 1];
      if (!part) return false;
      const text = await this.catalogue.readPart(hour, part);
      const lines = await this.redact(text);
      const redacted = lines.map(writeLine).join('');
      if (redacted === text) return false;
      const current = await this.findCurrent(hour, part);
      if (current && (await rewritePart(this.catalogue, hour, current, redacted, countLines(lines))))
        return true;
    }
  }

  /** The part's manifest; null: it was rewritten while it was read. */
  private async findCurrent(hour: number, part: PartManifest): Promise<PartManifest | null> {
    const current = (await this.catalogue.partsOf(hour))[part.part - 1];
    return current?.file === part.file ? current : null;
  }

  private async redact(text: string): Promise<ArchiveLine[]> {
    const lines: ArchiveLine[] = [];
    for (const line of linesOf(text)) {
      lines.push(JSON.parse(line) as ArchiveLine);
      if (lines.length % LINES_AT_ONCE === 0) await yieldToOthers();
    }
    const verdicts = await this.judge(lines);
    return lines.map((line) =>
      redactLine(line, verdicts.get(line.kind === 'event' ? line.id : line.eventId) ?? 'leave', this.erasure),
    );
  }

  /** What is to be done with each event that some lines are about. */
  private async judge(lines: readonly ArchiveLine[]): Promise<ReadonlyMap<string, Verdict>> {
    const known = new Map<string, KnownEvent>();
    for (const line of lines) if (line.kind === 'event') known.set(line.id, line);
    const deliveries = lines.filter((line): line is DeliveryLine => line.kind === 'delivery');
    const isUnknown = ({ eventId }: DeliveryLine) => !known.has(eventId);
    await this.learn(known, deliveries.filter(isUnknown), (ids) => findEvents(this.catalogue, ids));
    await this.learn(known, deliveries.filter(isUnknown), (ids) => this.readEvents(ids));
    // Nothing has their events any more: what they have themselves decides.
    for (const line of deliveries.filter(isUnknown)) {
      known.set(line.eventId, { ...line, key: null, model: null });
    }
    return new Map([...known].map(([id, event]) => [id, judgeEvent(event, this.erasure)]));
  }

  private async learn(
    known: Map<string, KnownEvent>,
    deliveries: readonly DeliveryLine[],
    read: (eventIds: string[]) => Promise<ReadonlyMap<string, KnownEvent>>,
  ): Promise<void> {
    const ids = [...new Set(deliveries.map(({ eventId }) => eventId))].toSorted();
    if (ids.length > 0) for (const [id, event] of await read(ids)) known.set(id, event);
  }

  /** Events that stand in the database and not in the archive. Their data was erased there before, if it was to be. */
  private async readEvents(ids: readonly string[]): Promise<Map<string, KnownEvent>> {
    const { manager } = this.dataSource;
    const events = `${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialectOf(manager))}`;
    const rows = await readByParts(ids, (some) =>
      manager.query<EventRow[]>(
        `SELECT id, \`key\`, model, tenant, created_at, erasure_id FROM ${events}
         WHERE id IN (${placeholders(some.length)})`,
        [...some],
      ),
    );
    return new Map(
      rows.map(({ id, key, model, tenant, created_at, erasure_id }) => [
        id,
        {
          key,
          model,
          tenant,
          createdAt: Number(created_at),
          ...(erasure_id === null ? {} : { erasedBy: erasure_id }),
        },
      ]),
    );
  }
}
