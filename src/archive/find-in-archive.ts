import { timeOf } from '../host/time-ordered-ids.js';
import {
  type ArchiveLine,
  type DeliveryLine,
  type EventLine,
  findEventLines,
  findLines,
} from './archive-lines.js';
import type { ArchiveCatalogue } from './catalogue.js';
import { hourOf } from './manifest.js';

/** Characters of an id that tell its time. */
const TIME_LENGTH = 13;

/** What an archive has of an event, or of one delivery. */
export interface ArchivedHistory {
  event: EventLine | null;
  deliveries: DeliveryLine[];
}

/** Finds an event with its deliveries, or one delivery with its event. */
export async function findInArchive(catalogue: ArchiveCatalogue, id: string): Promise<ArchivedHistory> {
  const found = await readLines(catalogue, id);
  const own = mergeVersions(found.filter((line) => line.kind === 'delivery' && line.id === id));
  const [delivery] = own;
  if (delivery) {
    const lines = await readLines(catalogue, delivery.eventId);
    return { event: findEventAmong(lines, delivery.eventId), deliveries: own };
  }
  const event = findEventAmong(found, id);
  const here = new Set(found.map((line) => line.id));
  // Those of the first release have the time of their fan-out.
  for (const one of event?.deliveryIds ?? []) {
    if (!here.has(one)) found.push(...(await readLines(catalogue, one)));
  }
  return {
    event,
    deliveries: mergeVersions(found.filter((line) => line.kind === 'delivery' && line.eventId === id)),
  };
}

/** Finds the lines of events. */
export async function findEvents(
  catalogue: ArchiveCatalogue,
  ids: readonly string[],
): Promise<Map<string, EventLine>> {
  const found = new Map<string, EventLine>();
  for (const hour of new Set(ids.map((id) => hourOf(timeOf(id))))) {
    if (Number.isNaN(hour)) continue;
    const wanted = new Set(ids.filter((id) => hourOf(timeOf(id)) === hour));
    for (const part of await catalogue.partsOf(hour)) {
      if (![...wanted].some((id) => id > part.after && id <= part.through)) continue;
      for (const line of findEventLines(await catalogue.readPart(hour, part), wanted))
        found.set(line.id, line);
    }
  }
  return found;
}

/** The lines that name an id, of the parts of its hour that may have it or what was made with it. */
async function readLines(catalogue: ArchiveCatalogue, id: string): Promise<ArchiveLine[]> {
  const time = timeOf(id);
  if (Number.isNaN(time)) return [];
  const hour = hourOf(time);
  const start = id.slice(0, TIME_LENGTH);
  const lines: ArchiveLine[] = [];
  for (const part of await catalogue.partsOf(hour)) {
    if (part.through < start || part.after.slice(0, TIME_LENGTH) > start) continue;
    lines.push(...findLines(await catalogue.readPart(hour, part), id));
  }
  return lines;
}

function findEventAmong(lines: readonly ArchiveLine[], id: string): EventLine | null {
  return lines.find((line): line is EventLine => line.kind === 'event' && line.id === id) ?? null;
}

/** One line for each delivery: its newest, with the attempts of all. Lines stand in the order in which they were written. */
function mergeVersions(lines: readonly ArchiveLine[]): DeliveryLine[] {
  const merged = new Map<string, DeliveryLine>();
  for (const line of lines) {
    if (line.kind !== 'delivery') continue;
    const before = merged.get(line.id)?.attempts ?? [];
    const attempts = new Map([...before, ...line.attempts].map((attempt) => [attempt.number, attempt]));
    merged.set(line.id, { ...line, attempts: [...attempts.values()].sort((a, b) => a.number - b.number) });
  }
  return [...merged.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
