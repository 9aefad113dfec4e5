import { isMedia, isToMany, type MediaAttribute, type RelationAttribute } from '../content-type.js';
import { isId, parseId } from '../entry-id.js';

/** An entry in a request: its id, or its document id. */
export type Reference = number | string;

/** A place in a list of targets. */
export type LinkPosition = { start: true } | { end: true } | { before: Reference } | { after: Reference };

/** An entry to link to, and where in the list. */
export interface Connection {
  target: Reference;
  position: LinkPosition;
}

/** How a request changes the targets of a relation. */
export interface LinkChange {
  /** The new targets, in their order; null: the current ones are changed. */
  set: readonly Reference[] | null;
  /** Added, in their order. One that is linked already moves. */
  connect: readonly Connection[];
  disconnect: readonly Reference[];
}

const KEYS = ['set', 'connect', 'disconnect'];
const POSITIONS = ['start', 'end', 'before', 'after'];
const DOCUMENT_ID = /^[a-z0-9]{11,64}$/;
/** Where a target is put unless told. */
export const AT_END: LinkPosition = { end: true };

/** A value that is no valid change; its message says why. */
class LinkValueError extends Error {}

/** Whether a value is an id or a list of ids, without document ids, `connect`, `disconnect` and `set`. */
export function hasIdsAlone(value: unknown): boolean {
  return typeof value === 'number' || (Array.isArray(value) && value.every((one) => typeof one === 'number'));
}

/** Whether a value, or one in its list, is an object: `{id}`, or a change with `connect`, `disconnect` or `set`. */
export function hasObjects(value: unknown): boolean {
  return [value].flat().some((one) => typeof one === 'object' && one !== null);
}

/**
 * Parses what Strapi 5 takes for a relation beside ids: document ids, `{documentId}` or `{id}`, lists of them, and
 * `{connect, disconnect}` or `{set}`, each with one or a list; what is connected may have a `position`. Files have no
 * document ids here.
 *
 * @param most the greatest number of targets in a list
 * @returns the change, or the problem as a sentence
 */
export function parseLinkChange(
  attribute: RelationAttribute | MediaAttribute,
  value: unknown,
  most: number,
): LinkChange | string {
  try {
    const change = parse(attribute, value);
    const { set, connect, disconnect } = change;
    const longest = Math.max(set?.length ?? 0, connect.length, disconnect.length);
    if (longest > most) throw new LinkValueError(`must have at most ${most} entries`);
    const targets = set ?? connect.map(({ target }) => target);
    if (
      isMedia(attribute) &&
      [...listTargets(change), ...disconnect].some((one) => typeof one === 'string')
    ) {
      throw new LinkValueError('must have ids of files, as they are or as {"id"}');
    }
    if (new Set(targets).size < targets.length) throw new LinkValueError('must not name an entry twice');
    if (!isToMany(attribute) && targets.length > 1) throw new LinkValueError('takes one entry');
    return change;
  } catch (error) {
    if (error instanceof LinkValueError) return `${attribute.name} ${error.message}`;
    throw error;
  }
}

/** Lists every entry that a change links to or places beside. */
export function listTargets({ set, connect }: LinkChange): Reference[] {
  return [...(set ?? []), ...connect.flatMap(({ target, position }) => [target, ...besides(position)])];
}

/** Applies a change, whose references are ids, to the current targets. */
export function applyLinkChange(
  current: readonly number[],
  { set, connect, disconnect }: LinkChange,
  isMany: boolean,
): number[] {
  if (set) return set as number[];
  const ids = current.filter((id) => !disconnect.includes(id));
  if (!isMany) return connect.length > 0 ? [connect[0]?.target as number] : ids;
  for (const { target, position } of connect) {
    const from = ids.indexOf(target as number);
    if (from >= 0) ids.splice(from, 1);
    ids.splice(findPlace(ids, position), 0, target as number);
  }
  return ids;
}

function parse(attribute: RelationAttribute | MediaAttribute, value: unknown): LinkChange {
  if (!isChange(value)) return { set: toList(value).map(parseReference), connect: [], disconnect: [] };
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new LinkValueError(`has the unknown key "${unknown}"`);
  const { set, connect, disconnect } = value;
  if (set !== undefined && (connect !== undefined || disconnect !== undefined)) {
    throw new LinkValueError('takes set, or connect and disconnect, not both');
  }
  return {
    set: set === undefined ? null : toList(set).map(parseReference),
    connect: toList(connect).map((one) => parseConnection(attribute, one)),
    disconnect: toList(disconnect).map(parseReference),
  };
}

function isChange(value: unknown): value is Record<string, unknown> {
  return isObject(value) && KEYS.some((key) => Object.hasOwn(value, key));
}

function parseConnection(attribute: RelationAttribute | MediaAttribute, value: unknown): Connection {
  if (!isObject(value) || value['position'] === undefined) {
    return { target: parseReference(value), position: AT_END };
  }
  const { position, ...target } = value;
  if (!isToMany(attribute)) throw new LinkValueError('holds one entry, which has no position');
  const [[key, at] = ['', undefined], ...others] = isObject(position) ? Object.entries(position) : [];
  if (!POSITIONS.includes(key) || others.length > 0) {
    throw new LinkValueError('takes one position: start, end, before or after');
  }
  if (key === 'start' || key === 'end') return { target: parseReference(target), position: startOrEnd(key) };
  const beside = parseReference(at);
  return {
    target: parseReference(target),
    position: key === 'before' ? { before: beside } : { after: beside },
  };
}

function startOrEnd(key: 'start' | 'end'): LinkPosition {
  return key === 'start' ? { start: true } : AT_END;
}

function parseReference(value: unknown): Reference {
  if (isId(value)) return value;
  if (typeof value === 'string') {
    const id = parseId(value);
    if (id !== null) return id;
    if (DOCUMENT_ID.test(value)) return value;
  }
  if (isObject(value)) {
    const keys = Object.keys(value);
    const [key = ''] = keys;
    if (keys.length === 1 && (key === 'id' || key === 'documentId')) return parseReference(value[key]);
  }
  throw new LinkValueError(
    'must have ids or document ids, as they are or as {"id"} or {"documentId"}, in connect, disconnect or set or without',
  );
}

/** null and undefined are none; what is no list is a list of one. */
function toList(value: unknown): unknown[] {
  return value === null || value === undefined ? [] : [value].flat();
}

function besides(position: LinkPosition): Reference[] {
  if ('before' in position) return [position.before];
  return 'after' in position ? [position.after] : [];
}

/** The index at which a target is put; beside one that is not there it goes to the end. */
function findPlace(ids: readonly number[], position: LinkPosition): number {
  if ('start' in position) return 0;
  const [beside] = besides(position);
  const index = ids.indexOf(beside as number);
  if (index < 0) return ids.length;
  return 'before' in position ? index : index + 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
