import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject, JsonValue } from '../../events/json.js';

/** The first keys of a file; its other keys follow, then {@link TIMES_AND_LOCALE}. */
const FILE_KEYS = [
  'id',
  'documentId',
  'name',
  'alternativeText',
  'caption',
  'focalPoint',
  'width',
  'height',
  'formats',
  'hash',
  'ext',
  'mime',
  'size',
  'url',
  'previewUrl',
  'provider',
  'provider_metadata',
];

/** The first keys of an entry. */
const ENTRY_KEYS = ['__type', 'id', 'documentId'];
/** The last keys of an entry and of a file. */
const TIMES_AND_LOCALE = ['createdAt', 'updatedAt', 'publishedAt', 'locale'];
/** Strapi 3's names of the times, and those of Strapi 5. */
const NEW_NAMES: Record<string, string> = {
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  published_at: 'publishedAt',
};

/** Keys that every entry and every file has; null where the value was not recorded. */
const NEVER_MISSING = {
  entry: ['documentId', 'publishedAt', 'locale'],
  file: [...FILE_KEYS.slice(1), 'publishedAt', 'locale'],
};

/**
 * Renders a node of a snapshot as Strapi 5 does. It walks the snapshot and its document together: it renames times only
 * where the document has an entry or a file, so it never changes the contents of JSON attributes.
 */
export function renderStrapiV5Node(printed: JsonObject, node: DocumentNode): JsonObject {
  const values = renderNested(printed, node);
  switch (node.kind) {
    case 'component':
      return { ...values, ...node.more };
    case 'entry':
      return orderKeys(
        { ...renameTimes(values), ...node.more },
        ENTRY_KEYS,
        NEVER_MISSING.entry.filter((key) => node.hidden?.includes(key) !== true),
      );
    case 'file': {
      // Strapi 5 has no such key.
      const { sha256: _, ...rest } = renameTimes(values);
      return orderKeys({ ...rest, ...node.more }, FILE_KEYS, NEVER_MISSING.file);
    }
  }
}

function renderNested(printed: JsonObject, { nested = {} }: DocumentNode): JsonObject {
  const rendered = Object.entries(nested)
    .filter(([name]) => Object.hasOwn(printed, name))
    .map(([name, node]): [string, JsonValue] => [name, renderValue(printed[name] ?? null, node)]);
  return { ...printed, ...Object.fromEntries(rendered) };
}

function renderValue(value: JsonValue, node: DocumentNode | DocumentNode[]): JsonValue {
  if (Array.isArray(value) && Array.isArray(node)) {
    return value.map((item, index) => renderValue(item, node[index] ?? []));
  }
  const isPair = isObject(value) && !Array.isArray(node);
  return isPair ? renderStrapiV5Node(value, node) : value;
}

function renameTimes(printed: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(printed).map(([key, value]) => [
      Object.hasOwn(NEW_NAMES, key) ? (NEW_NAMES[key] ?? key) : key,
      value,
    ]),
  );
}

/** Orders the keys: first the given ones, then the rest in its order, then times and locale. Missing ones are null. */
function orderKeys(
  values: JsonObject,
  first: readonly string[],
  neverMissing: readonly string[],
): JsonObject {
  const all = { ...Object.fromEntries(neverMissing.map((key) => [key, null])), ...values };
  const named = [...first, ...TIMES_AND_LOCALE];
  const rest = Object.keys(values).filter((key) => !named.includes(key));
  const keys = [...first, ...rest, ...TIMES_AND_LOCALE].filter((key) => Object.hasOwn(all, key));
  return Object.fromEntries(keys.map((key) => [key, all[key] ?? null]));
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
