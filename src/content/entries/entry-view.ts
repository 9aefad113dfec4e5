import type { JsonObject, JsonValue } from '../../events/webhook-event.js';
import {
  type Attribute,
  type ContentType,
  isMedia,
  isRelation,
  isScalar,
  isToMany,
} from '../content-type.js';
import type { EntryRow } from '../tables/content-entities.js';

/** What an entry points to, by attribute name: entries or files in their order. */
export type Linked = ReadonlyMap<string, JsonObject[]>;

/**
 * An entry as it is printed: `id`, the attributes in the schema's order, `created_at`, `updated_at`, and then its
 * media. Private attributes are left out; a single relation or file that is not there is null, several are `[]`.
 */
export function entryView(type: ContentType, row: EntryRow, linked: Linked): JsonObject {
  const open = type.attributes.filter((attribute) => !attribute.private);
  const valueOf = (attribute: Attribute): [string, JsonValue] => [
    attribute.name,
    isScalar(attribute)
      ? printed(attribute.type, row[attribute.name])
      : printedLinks(isToMany(attribute), linked.get(attribute.name) ?? []),
  ];
  return {
    id: row.id,
    ...Object.fromEntries(open.filter((attribute) => !isMedia(attribute)).map(valueOf)),
    ...timesOf(row),
    ...Object.fromEntries(open.filter(isMedia).map(valueOf)),
  };
}

/** An entry as another one shows it that points to it: without what it points to itself. */
export function entrySummary(type: ContentType, row: EntryRow): JsonObject {
  const attributes = type.attributes.filter((attribute) => !isMedia(attribute) && !isRelation(attribute));
  return entryView({ ...type, attributes }, row, new Map());
}

function timesOf(row: EntryRow): JsonObject {
  return {
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

function printed(type: string, value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  return type === 'datetime' ? new Date(value as number).toISOString() : (value as JsonValue);
}

function printedLinks(isMany: boolean, linked: JsonObject[]): JsonValue {
  return isMany ? linked : (linked[0] ?? null);
}
