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
import type { LinkTargets, PopulatedComponent, PopulatedEntry, RelatedEntry } from './populated-entry.js';
import { getSerializationPlan, type SerializationPlan } from './serialization-plan.js';

/**
 * Serializes an entry: `id`, the attributes in the schema's order, `published_at` (with draft and publish),
 * `created_at`, `updated_at`, and then its media. Private attributes and keys are left out. An empty single relation, file or
 * component is null; an empty list is `[]`.
 */
export function toEntryView({ type, status, row, targets }: PopulatedEntry): JsonObject {
  const plan = getSerializationPlan(type);
  const view: JsonObject = { id: row.id };
  printBody(view, plan, row, targets);
  printTimes(view, type, status, row);
  printMedia(view, plan, targets);
  return view;
}

/** Serializes an entry as the target of a relation: its scalar attributes only. */
export function toEntrySummary({ type, status, row }: RelatedEntry): JsonObject {
  const view: JsonObject = { id: row.id };
  for (const { name, type: kind } of getSerializationPlan(type).scalars)
    view[name] = toPrintedValue(kind, row[name]);
  printTimes(view, type, status, row);
  return view;
}

/** Serializes one attribute of an entry. */
export function printAttribute({ row, targets }: PopulatedEntry, attribute: Attribute): JsonValue {
  if (attribute.type !== 'media') return printBodyAttribute(attribute, row, targets);
  return pickOneOrAll(attribute, printFiles(targets, attribute.name));
}

function toComponentView(
  attribute: Attribute,
  { component, value, targets }: PopulatedComponent,
): JsonObject {
  const plan = getSerializationPlan(component);
  const view: JsonObject = attribute.type === 'dynamiczone' ? { __component: component.uid } : {};
  view['id'] = value.id;
  printBody(view, plan, value, targets);
  printMedia(view, plan, targets);
  return view;
}

function printBody(
  view: JsonObject,
  plan: SerializationPlan,
  values: Readonly<Record<string, unknown>>,
  targets: LinkTargets,
): void {
  for (const attribute of plan.body) view[attribute.name] = printBodyAttribute(attribute, values, targets);
}

function printMedia(view: JsonObject, plan: SerializationPlan, targets: LinkTargets): void {
  for (const attribute of plan.media) {
    view[attribute.name] = pickOneOrAll(attribute, printFiles(targets, attribute.name));
  }
}

function printBodyAttribute(
  attribute: Exclude<Attribute, { type: 'media' }>,
  values: Readonly<Record<string, unknown>>,
  { entries, components }: LinkTargets,
): JsonValue {
  const { name } = attribute;
  if (isScalar(attribute)) return toPrintedValue(attribute.type, values[name]);
  if (isRelation(attribute)) return pickOneOrAll(attribute, (entries.get(name) ?? []).map(toEntrySummary));
  return pickOneOrAll(
    attribute,
    (components.get(name) ?? []).map((one) => toComponentView(attribute, one)),
  );
}

function printFiles({ files }: LinkTargets, name: string): JsonObject[] {
  return (files.get(name) ?? []).map((file) => file.printed);
}

function pickOneOrAll(attribute: Parameters<typeof isToMany>[0], list: JsonObject[]): JsonValue {
  return isToMany(attribute) ? list : (list[0] ?? null);
}

function printTimes(view: JsonObject, type: ContentType, status: EntryStatus, row: EntryRow): void {
  const { draftAndPublish, privateKeys } = type;
  if (draftAndPublish && !privateKeys.has('published_at')) {
    view['published_at'] = getPublishedAt(type, status, row);
  }
  if (!privateKeys.has('created_at')) view['created_at'] = toIso(row.created_at);
  if (!privateKeys.has('updated_at')) view['updated_at'] = toIso(row.updated_at);
}

/** Returns when a version was published; null: a draft. Without draft and publish it is the time of the last change. */
export function getPublishedAt(type: ContentType, status: EntryStatus, row: EntryRow): string | null {
  if (!type.draftAndPublish) return toIso(row.updated_at);
  return status === 'published' && row.published_at !== undefined ? toIso(row.published_at) : null;
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
