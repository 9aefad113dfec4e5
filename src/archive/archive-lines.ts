/** An event with its data and its bodies, as one line of an archive. */
export interface EventLine {
  kind: 'event';
  id: string;
  version: string;
  type: string;
  model: string | null;
  uid: string | null;
  key: string | null;
  tenant: string | null;
  /** Epoch milliseconds. */
  createdAt: number;
  /** JSON text, as it was stored. */
  data: string;
  /** JSON text of what stood beside the data. */
  context: string | null;
  publishedBy: string | null;
  /** Those that were kept for sending. */
  bodies: BodyLine[];
  /** Of the deliveries that it had when it was archived. */
  deliveryIds: string[];
  /** The erasure that has erased its data. */
  erasedBy?: string;
}

export interface BodyLine {
  rendering: string;
  contentType: string;
  /** The bytes that attempts sent. */
  body: string;
}

/** A delivery that has ended, with its attempts, as one line of an archive. */
export interface DeliveryLine {
  kind: 'delivery';
  id: string;
  /** Another one after each time that the delivery was sent again. */
  version: string;
  eventId: string;
  webhookId: string;
  event: string;
  tenant: string | null;
  rendering: string;
  state: string;
  reason: string | null;
  attemptCount: number;
  lastStatusCode: number | null;
  createdAt: number;
  finishedAt: number | null;
  attempts: AttemptLine[];
  /** What it sent, where that was made after its event was archived. */
  body?: BodyLine;
}

export interface AttemptLine {
  number: number;
  trigger: string;
  startedAt: number;
  durationMs: number;
  url: string;
  statusCode: number | null;
  error: string | null;
  /** JSON text of an object; signatures left out, secrets masked. */
  requestHeaders: string;
  responseHeaders: string | null;
  responseBody: string | null;
  responseTruncated: boolean;
}

export type ArchiveLine = EventLine | DeliveryLine;

/** The version of every event: it never changes. */
export const EVENT_VERSION = '1';

/** The version of a delivery: it changes when it ends again. */
export function versionOf(finishedAt: number | string | null, attemptCount: number): string {
  return `${finishedAt ?? ''}/${attemptCount}`;
}

/** Writes a line. It begins with kind, id and version, by which {@link indexLines} finds them without parsing it. */
export function writeLine({ kind, id, version, ...rest }: ArchiveLine): string {
  return `${JSON.stringify({ kind, id, version, ...rest })}\n`;
}

const EVENT_HEAD = '{"kind":"event"';
const HEAD = /^\{"kind":"(?:event|delivery)","id":"([^"]+)","version":"([^"]*)"/;

/** The versions of what is in a part, by id. */
export function indexLines(text: string): Map<string, string> {
  const versions = new Map<string, string>();
  for (const line of linesOf(text)) {
    const [, id, version] = HEAD.exec(line) ?? [];
    if (id !== undefined && version !== undefined) versions.set(id, version);
  }
  return versions;
}

/** The lines of a part that may be about an id. */
export function* findLines(text: string, id: string): Generator<ArchiveLine> {
  for (const line of linesOf(text)) {
    if (line.includes(id)) yield JSON.parse(line) as ArchiveLine;
  }
}

/** The lines of events among some ids. */
export function* findEventLines(text: string, ids: ReadonlySet<string>): Generator<EventLine> {
  for (const line of linesOf(text)) {
    if (!line.startsWith(EVENT_HEAD)) continue;
    const [, id] = HEAD.exec(line) ?? [];
    if (id !== undefined && ids.has(id)) yield JSON.parse(line) as EventLine;
  }
}

/** The lines of a part. */
export function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    if (end < 0) return;
    yield text.slice(start, end);
    start = end + 1;
  }
}
