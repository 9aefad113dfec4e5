import type { JsonObject, JsonValue } from '../../events/json.js';
import {
  type Attribute,
  type ContentType,
  isRelation,
  isScalar,
  isToMany,
  type EntryStatus,
} from '../content-type.js';
import type { EntryRow } from '../tables/content-entities.js';
import { toPrintedValue } from '../validation/stored-value.js';
import type { Pointed, PopulatedComponent, PopulatedEntry, RelatedEntry } from './populated-entry.js';
import { getSerializationPlan, type SerializationPlan } from './serialization-plan.js';

/**
 * An entry as it is printed: `id`, the attributes in the schema's order, where there are drafts `published_at`,
 * `created_at`, `updated_at`, and then its media. Private attributes are left out; a single relation, file or
 * component that is not there is null, several are `[]`.
 */
export function toEntryView({ type, status, row, pointed }: PopulatedEntry): JsonObject {
  const plan = getSerializationPlan(type);
  const view: JsonObject = { id: row.id };
  printBody(view, plan, row, pointed);
  printTimes(view, type, status, row);
  printMedia(view, plan, pointed);
  return view;
}

/** An entry as another one shows it that points to it: without what it points to itself. */
export function toEntrySummary({ type, status, row }: RelatedEntry): JsonObject {
  const view: JsonObject = { id: row.id };
  for (const { name, type: kind } of getSerializationPlan(type).scalars)
    view[name] = toPrintedValue(kind, row[name]);
  printTimes(view, type, status, row);
  return view;
}

/** The attributes of an entry as they are printed, by name. */
export function printAttribute({ row, pointed }: PopulatedEntry, attribute: Attribute): JsonValue {
  if (attribute.type !== 'media') return printBodyAttribute(attribute, row, pointed);
  return pickOneOrAll(attribute, printFiles(pointed, attribute.name));
}

function toComponentView(
  attribute: Attribute,
  { component, value, pointed }: PopulatedComponent,
): JsonObject {
  const plan = getSerializationPlan(component);
  const view: JsonObject = attribute.type === 'dynamiczone' ? { __component: component.uid } : {};
  view['id'] = value.id;
  printBody(view, plan, value, pointed);
  printMedia(view, plan, pointed);
  return view;
}

function printBody(
  view: JsonObject,
  plan: SerializationPlan,
  values: Readonly<Record<string, unknown>>,
  pointed: Pointed,
): void {
  for (const attribute of plan.body) view[attribute.name] = printBodyAttribute(attribute, values, pointed);
}

function printMedia(view: JsonObject, plan: SerializationPlan, pointed: Pointed): void {
  for (const attribute of plan.media) {
    view[attribute.name] = pickOneOrAll(attribute, printFiles(pointed, attribute.name));
  }
}

function printBodyAttribute(
  attribute: Exclude<Attribute, { type: 'media' }>,
  values: Readonly<Record<string, unknown>>,
  { entries, components }: Pointed,
): JsonValue {
  const { name } = attribute;
  if (isScalar(attribute)) return toPrintedValue(attribute.type, values[name]);
  if (isRelation(attribute)) return pickOneOrAll(attribute, (entries.get(name) ?? []).map(toEntrySummary));
  return pickOneOrAll(
    attribute,
    (components.get(name) ?? []).map((one) => toComponentView(attribute, one)),
  );
}

function printFiles({ files }: Pointed, name: string): JsonObject[] {
  return (files.get(name) ?? []).map((file) => file.printed);
}

function pickOneOrAll(attribute: Parameters<typeof isToMany>[0], list: JsonObject[]): JsonValue {
  return isToMany(attribute) ? list : (list[0] ?? null);
}

function printTimes(view: JsonObject, type: ContentType, status: EntryStatus, row: EntryRow): void {
  if (type.draftAndPublish) view['published_at'] = getPublishedAt(type, status, row);
  view['created_at'] = toIso(row.created_at);
  view['updated_at'] = toIso(row.updated_at);
}

/** When a version was published; null: it is a draft. What has no drafts is published whenever it is changed. */
export function getPublishedAt(type: ContentType, status: EntryStatus, row: EntryRow): string | null {
  if (!type.draftAndPublish) return toIso(row.updated_at);
  return status === 'published' && row.published_at !== undefined ? toIso(row.published_at) : null;
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
