import {
  type ArchiveLine,
  type AttemptLine,
  type DeliveryLine,
  type EventLine,
} from '../../archive/archive-lines.js';
import type { PartCounts } from '../../archive/manifest.js';
import { ERASED_ERROR } from '../model/erased-events.js';
import type { ArchiveErasure } from './archived-objects.js';

/** What an erasure does with an event: it erases it, only searches what receivers answered to it, or leaves it. */
export type Verdict = 'erase' | 'search' | 'leave';

/** What is known of an event. */
export type KnownEvent = Pick<EventLine, 'key' | 'model' | 'tenant' | 'createdAt' | 'erasedBy'> &
  Partial<Pick<EventLine, 'data' | 'context'>>;

/** What an erasure does with an event. One whose data is erased already is erased again, which changes nothing. */
export function judgeEvent(event: KnownEvent, { criteria, recordedUntil }: ArchiveErasure): Verdict {
  if (event.erasedBy !== undefined) return 'erase';
  const { key, model, tenant, contains } = criteria;
  const isMeant =
    event.createdAt <= recordedUntil &&
    (key === undefined || key === event.key) &&
    (model === undefined || model === event.model) &&
    (tenant === undefined || tenant === event.tenant);
  if (contains === undefined) return isMeant ? 'erase' : 'leave';
  // Of an event whose key is not kept any more the answers may have the text still.
  if (!isMeant) return 'leave';
  return hasText([event.data, event.context, event.key], contains) ? 'erase' : 'search';
}

/** A line without what is to be erased. Id and version stay, by which history is known to be archived. */
export function redactLine(line: ArchiveLine, verdict: Verdict, erasure: ArchiveErasure): ArchiveLine {
  if (verdict === 'leave') return line;
  if (line.kind === 'delivery') return redactDelivery(line, verdict, erasure.criteria.contains);
  if (verdict === 'search') return line;
  return { ...line, key: null, data: '{}', context: null, bodies: [], erasedBy: line.erasedBy ?? erasure.id };
}

/** What the manifest of a part says of its lines. */
export function countLines(lines: readonly ArchiveLine[]): PartCounts {
  const counts: PartCounts = { events: 0, bodies: 0, deliveries: 0, attempts: 0 };
  for (const line of lines) {
    if (line.kind === 'event') {
      counts.events += 1;
      counts.bodies += line.bodies.length;
    } else {
      counts.deliveries += 1;
      counts.bodies += line.body ? 1 : 0;
      counts.attempts += line.attempts.length;
    }
  }
  return counts;
}

function redactDelivery(line: DeliveryLine, verdict: Verdict, contains: string | undefined): DeliveryLine {
  const isFound = ({ error, requestHeaders, responseHeaders, responseBody }: AttemptLine) =>
    verdict === 'erase' ||
    (contains !== undefined && hasText([error, requestHeaders, responseHeaders, responseBody], contains));
  const attempts = line.attempts.map((attempt) => (isFound(attempt) ? redactAttempt(attempt) : attempt));
  if (verdict === 'search') return { ...line, attempts };
  const { body: _, ...rest } = line;
  return { ...rest, attempts };
}

function redactAttempt(attempt: AttemptLine): AttemptLine {
  return {
    ...attempt,
    error: attempt.error === null ? null : ERASED_ERROR,
    requestHeaders: '{}',
    responseHeaders: null,
    responseBody: null,
    responseTruncated: false,
  };
}

/** Whether one of some texts has another one: as it is, or as JSON writes it within quotes. */
function hasText(texts: readonly (string | null | undefined)[], text: string): boolean {
  const forms = new Set([text, JSON.stringify(text).slice(1, -1)]);
  return texts.some((one) => [...forms].some((form) => one?.includes(form)));
}
