import { createHash } from 'node:crypto';
import { AS_GIVEN } from '../../events/document-node.js';
import { type EventCatalogue, isOperational } from '../../events/event-catalogue.js';
import type { JsonObject, JsonValue } from '../../events/json.js';
import type { WebhookEventInit } from '../../events/webhook-event.js';
import { RequestValidationError } from '../../http/envelope-error.js';

/** The event of the button "Trigger" in Strapi's form of a webhook: it reports no change. */
const TEST_EVENT = 'trigger-test';

/** The keys of Strapi's own bodies, of any version. */
const TIMES = ['created_at', 'createdAt'];

const LONGEST_NAME = 255;

/** Longer keys are hashed: the column has 255 characters. */
const LONGEST_KEY = 200;

/** A body of Strapi's webhook, read. */
export interface StrapiEvent {
  event: WebhookEventInit;
  /** Tells a repetition of this body from a new event; null: the body has nothing that does. */
  fingerprint: string | null;
}

/** What bodies are read with. */
export interface StrapiBodyContext {
  catalogue: EventCatalogue;
  /** Which Strapi sends them. */
  source: string;
  tenant: string | null;
}

/**
 * Reads a body as Strapi 3, 4 and 5 send it: an entry, a file, or a custom event that is declared here. What it reports
 * is kept as it came.
 *
 * @param place its place in an array, for messages (`[3]`); empty: it came alone
 * @returns null for Strapi's test, which reports nothing
 * @throws {RequestValidationError} when it is none of them
 */
export function readStrapiBody(body: unknown, place: string, context: StrapiBodyContext): StrapiEvent | null {
  const refuse = (message: string, path: string[] = []): never => {
    const before = place === '' ? [] : [place.slice(1, -1)];
    throw RequestValidationError.at([...before, ...path], place === '' ? message : `${place}: ${message}`);
  };
  if (!isObject(body)) return refuse('a body of a Strapi webhook is an object with "event"');
  const { event: type } = body;
  if (typeof type !== 'string') return refuse('event is a required field', ['event']);
  if (type === TEST_EVENT) return null;
  const { catalogue } = context;
  if (!catalogue.has(type) || isOperational(type)) {
    return refuse(
      `event is ${JSON.stringify(type.slice(0, LONGEST_NAME))}, which is unknown here: declare a custom event of Strapi in events.custom`,
      ['event'],
    );
  }
  const part = type.startsWith('entry.') ? 'entry' : type.startsWith('media.') ? 'media' : null;
  const event = part
    ? readChange(body, type, part, context, refuse)
    : readCustom(body, type, context, refuse);
  return {
    event,
    fingerprint: TIMES.some((key) => key in body) ? fingerprintOf(context.source, body) : null,
  };
}

type Refuse = (message: string, path?: string[]) => never;

function readChange(
  body: JsonObject,
  type: string,
  part: 'entry' | 'media',
  { source, tenant, catalogue }: StrapiBodyContext,
  refuse: Refuse,
): WebhookEventInit {
  const known = ['event', ...TIMES, part, ...(part === 'entry' ? ['model', 'uid'] : [])];
  const unknown = Object.keys(body).filter((key) => !known.includes(key));
  if (unknown.length > 0) refuse(`this field has unspecified keys: ${unknown.join(', ')}`);
  const changed = body[part];
  // Strapi reads an entry again after the commit, and sends null when it is gone by then.
  if (changed !== null && !isObject(changed)) return refuse(`${part} must be an object or null`, [part]);
  const model = part === 'entry' ? readName(body, 'model', refuse) : null;
  if (part === 'entry' && model === null) return refuse('model is a required field', ['model']);
  const uid = part === 'entry' ? (readName(body, 'uid', refuse) ?? findUid(catalogue, type, model)) : null;
  return {
    type,
    model,
    uid,
    key: changed === null ? null : buildKey(source, changed),
    tenant,
    data: { [part]: changed },
    context: { document: AS_GIVEN },
  };
}

/** A custom event has whatever its publisher gave to Strapi's event hub. */
function readCustom(
  body: JsonObject,
  type: string,
  { tenant, catalogue }: StrapiBodyContext,
  refuse: Refuse,
): WebhookEventInit {
  const data = Object.fromEntries(
    Object.entries(body).filter(([key]) => key !== 'event' && !TIMES.includes(key)),
  );
  const [problem] = catalogue.problemsOf(type, data);
  if (problem) refuse(`${problem.path.join('.') || 'the body'} ${problem.message}`, [...problem.path]);
  return { type, data, tenant };
}

function readName(body: JsonObject, key: string, refuse: Refuse): string | null {
  const value = body[key] ?? null;
  if (value === null) return null;
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_NAME || value !== value.trim()) {
    return refuse(`${key} must be a name of 1 to ${LONGEST_NAME} characters`, [key]);
  }
  return value;
}

/** Strapi 3 and 4 send no uid: that of the only declared content type of this name. */
function findUid(catalogue: EventCatalogue, type: string, model: string | null): string | null {
  const uids = (catalogue.get(type)?.contentTypes ?? []).filter((uid) => uid.split('.').at(-1) === model);
  return uids.length === 1 ? (uids[0] ?? null) : null;
}

/**
 * Builds the key of what changed, by which its events are ordered: its source, its document (Strapi 3 and 4: its id) and
 * its locale. A draft and its published version are one document.
 */
function buildKey(source: string, changed: JsonObject): string | null {
  const id = toText(changed['documentId']) ?? toText(changed['id']);
  if (id === null) return null;
  const locale = toText(changed['locale']);
  const key = [source, id, ...(locale === null ? [] : [locale])].join('/');
  return key.length <= LONGEST_KEY ? key : `${source}/${createHash('sha256').update(key).digest('hex')}`;
}

function toText(value: JsonValue | undefined): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The time in the body is that of the event in Strapi, so that two events differ though all else is the same. */
function fingerprintOf(source: string, body: JsonObject): string {
  return createHash('sha256')
    .update(JSON.stringify([source, body]))
    .digest('hex');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
