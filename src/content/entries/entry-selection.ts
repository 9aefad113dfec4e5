import { RequestValidationError } from '../../http/envelope-error.js';
import type { JsonObject, JsonValue } from '../../events/json.js';
import { type Attribute, type ContentType, type EntryKey, isRelation, isScalar } from '../content-type.js';
import type { ContentTypes } from '../content-types.js';

/** Names that are shown; null: all. */
type Shown = ReadonlySet<string> | null;

/** What of an entry an answer shows. */
export interface EntrySelection {
  /** The scalar attributes and the keys of every entry, by their names in both forms of an answer. */
  fields: Shown;
  /** The relations, files and components, with what is shown of a relation's targets; null: all, whole. */
  links: ReadonlyMap<string, Shown> | null;
}

/** Everything, as without `fields` and `populate`. */
export const WHOLE_ENTRY: EntrySelection = { fields: null, links: null };

/** The query's parameters that choose what an answer shows. */
export const SELECTION_KEYS = ['fields', 'populate'] as const;

/** What `fields` need not name. The answers of `strapi-v3` have no `documentId`. */
const ALWAYS_SHOWN: ReadonlySet<string> = new Set(['id', 'documentId']);

/** Strapi 5's names of the keys of every entry. */
const KEY_NAMES: Record<EntryKey, string> = {
  document_id: 'documentId',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  published_at: 'publishedAt',
  locale: 'locale',
};

/**
 * Parses `fields=city,createdAt` and `populate=category`, `populate[category][fields]=name` or `populate=*`. Both take
 * lists too. Private attributes and keys are no fields and cannot be populated.
 *
 * @throws {RequestValidationError} naming what there is not
 */
export function parseSelection(
  types: ContentTypes,
  type: ContentType,
  { fields, populate }: Readonly<Record<string, unknown>>,
): EntrySelection {
  if (fields === undefined && populate === undefined) return WHOLE_ENTRY;
  return { fields: parseFields(type, fields, ['fields']), links: parsePopulate(types, type, populate) };
}

/** Selects what an answer shows. */
export function selectFromEntry(
  entry: JsonObject,
  { attributes }: ContentType,
  { fields, links }: EntrySelection,
): JsonObject {
  if (fields === null && links === null) return entry;
  const names = new Set(attributes.filter((one) => !isScalar(one)).map(({ name }) => name));
  const shown = Object.entries(entry).flatMap(([key, value]): [string, JsonValue][] => {
    if (ALWAYS_SHOWN.has(key)) return [[key, value]];
    if (!names.has(key)) return fields === null || fields.has(key) ? [[key, value]] : [];
    if (links === null) return [[key, value]];
    return links.has(key) ? [[key, selectFromTargets(value, links.get(key) ?? null)]] : [];
  });
  return Object.fromEntries(shown);
}

/** Whether an answer does not show an attribute, so that it need not be read. */
export function isUnselected({ links }: EntrySelection, name: string): boolean {
  return links !== null && !links.has(name);
}

function selectFromTargets(value: JsonValue, fields: Shown): JsonValue {
  if (fields === null || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => selectFromTargets(one, fields));
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => ALWAYS_SHOWN.has(key) || fields.has(key)),
  );
}

function parseFields(type: ContentType, value: unknown, path: string[]): Shown {
  const names = value === undefined ? ['*'] : parseNames(value, path);
  if (names.includes('*')) return null;
  const known = listFieldNames(type);
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return new Set(names.flatMap((name) => known.get(name) ?? []));
  throw RequestValidationError.at(
    path,
    `"${unknown}" is no field of ${type.singularName}; there are ${[...known.keys()].join(', ')}`,
    unknown,
  );
}

/** The fields by the names that a query takes, with their names in answers in Strapi 3's and in Strapi 5's form. */
function listFieldNames({ attributes, privateKeys }: ContentType): Map<string, string[]> {
  const scalars = attributes.filter((one) => isScalar(one) && !one.private);
  const keys = (['document_id', 'created_at', 'updated_at', 'published_at'] as const).filter(
    (key) => !privateKeys.has(key),
  );
  return new Map([
    ['id', ['id']],
    ...scalars.map(({ name }): [string, string[]] => [name, [name]]),
    ...keys.flatMap((key): [string, string[]][] => [
      [KEY_NAMES[key], [KEY_NAMES[key], key]],
      [key, [KEY_NAMES[key], key]],
    ]),
  ]);
}

function parsePopulate(types: ContentTypes, type: ContentType, value: unknown): EntrySelection['links'] {
  if (value === undefined) return null;
  const isTree = typeof value === 'object' && value !== null && !Array.isArray(value);
  const asked: [string, unknown][] = isTree
    ? Object.entries(value).map(([key, inner]) => (/^\d+$/.test(key) ? [String(inner), true] : [key, inner]))
    : parseNames(value, ['populate']).map((name) => [name, true]);
  if (asked.some(([name]) => name === '*' || name === 'true')) return null;
  const links = new Map<string, Shown>();
  for (const [path, inner] of asked.filter(([, one]) => one !== 'false')) {
    const attribute = requireLink(type, path);
    links.set(attribute.name, parseTargetFields(types, attribute, path, inner));
  }
  return links;
}

/** @param path the attribute's name, and names inside it: components come with all that they hold */
function requireLink(type: ContentType, path: string): Attribute {
  const [name, ...inside] = path.split('.');
  const open = type.attributes.filter((one) => !isScalar(one) && !one.private);
  const found = open.find((one) => one.name === name);
  if (!found) {
    const names = open.map((one) => one.name).join(', ');
    throw RequestValidationError.at(
      ['populate'],
      `"${path}" is no relation, file or component of ${type.singularName}; there are ${names || 'none'}`,
      path,
    );
  }
  if (inside.length > 0) refuseDeeper(found, path);
  return found;
}

function parseTargetFields(types: ContentTypes, attribute: Attribute, path: string, inner: unknown): Shown {
  if (typeof inner !== 'object' || inner === null) {
    if (inner === true || inner === 'true' || inner === '*') return null;
    throw RequestValidationError.at(['populate', path], `populate[${path}] must be true, false or *`, inner);
  }
  const { fields, populate, ...others } = inner as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw RequestValidationError.at(
      ['populate', path, unknown],
      `populate[${path}] takes fields, and populate in components, not "${unknown}"`,
    );
  }
  if (populate !== undefined) refuseDeeper(attribute, path);
  if (fields === undefined) return null;
  if (!isRelation(attribute)) {
    throw RequestValidationError.at(
      ['populate', path, 'fields'],
      `populate[${path}] takes no fields: files and components are shown whole`,
    );
  }
  return parseFields(types.targetOf(attribute), fields, ['populate', path, 'fields']);
}

/** Components are shown with all that they hold; the targets of relations are shown without their own. */
function refuseDeeper(attribute: Attribute, path: string): void {
  if (attribute.type === 'component' || attribute.type === 'dynamiczone') return;
  throw RequestValidationError.at(
    ['populate', path],
    `populate goes one level deep: "${attribute.name}" is shown without its own relations, files and components`,
  );
}

/** Parses `a,b`, `["a", "b"]`, or an object with indexes, as the query's parser makes of a long list. */
function parseNames(value: unknown, path: string[]): string[] {
  const list = typeof value === 'object' && value !== null ? Object.values(value) : [value];
  if (!list.every((one) => typeof one === 'string')) {
    throw RequestValidationError.at(path, `${path.join('.')} must be names, with commas`, value);
  }
  return list.flatMap((one) => one.split(',').map((name) => name.trim()));
}
