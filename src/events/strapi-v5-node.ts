import type { DocumentNode } from './document-node.js';
import type { JsonObject, JsonValue } from './json.js';

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
/** The keys of an entry and of a file that follow its own scalars. */
const TIMES_AND_LOCALE = ['createdAt', 'updatedAt', 'publishedAt', 'locale'];
/** Strapi 3's names of the times, and those of Strapi 5. */
const NEW_NAMES: Record<string, string> = {
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  published_at: 'publishedAt',
};

/** Keys that every entry and every file has; null where the value was not recorded. */
const NEVER_MISSING = {
  entry: ['documentId', 'publishedAt'],
  file: [...FILE_KEYS.slice(1), 'publishedAt'],
};

/** Keys of files that Strapi 5 does not send. */
const NOT_OF_FILES = ['sha256', 'related', 'locale'];

/**
 * Renders a node of a snapshot as Strapi 5 does. It walks the snapshot and its document together: it renames times only
 * where the document has an entry or a file, so it never changes the contents of JSON attributes.
 */
export function renderStrapiV5Node(printed: JsonObject, node: DocumentNode): JsonObject {
  const values = renderNested(printed, node);
  const { populated = [], hidden } = node;
  switch (node.kind) {
    case 'component': {
      if (node.populated === undefined) return { ...values, ...node.more };
      return orderKeys(values, [], [...populated, '__component'], []);
    }
    case 'entry': {
      const entry = dropNullLocale({ ...renameTimes(values), ...node.more });
      const neverMissing = NEVER_MISSING.entry.filter((key) => hidden?.includes(key) !== true);
      return orderKeys(entry, ENTRY_KEYS, [...TIMES_AND_LOCALE, ...populated], neverMissing);
    }
    case 'file': {
      const file = { ...renameTimes(values), ...node.more };
      const open = Object.entries(file).filter(([key]) => !NOT_OF_FILES.includes(key));
      return orderKeys(Object.fromEntries(open), FILE_KEYS, TIMES_AND_LOCALE, NEVER_MISSING.file);
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
  if (Array.isArray(node)) {
    if (node[0]?.snapshot) return node.map((one) => renderStrapiV5Node(one.snapshot ?? {}, one));
    return Array.isArray(value) ? value.map((item, index) => renderValue(item, node[index] ?? [])) : value;
  }
  if (node.snapshot) return renderStrapiV5Node(node.snapshot, node);
  return isObject(value) ? renderStrapiV5Node(value, node) : value;
}

/** Only entries of localized types have a locale. Events of earlier versions have null for the others. */
function dropNullLocale({ locale, ...entry }: JsonObject): JsonObject {
  return locale === null || locale === undefined ? entry : { ...entry, locale };
}

function renameTimes(printed: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(printed).map(([key, value]) => [
      Object.hasOwn(NEW_NAMES, key) ? (NEW_NAMES[key] ?? key) : key,
      value,
    ]),
  );
}

/** Orders the keys: first the given ones, then the rest in its order, then the last ones. Missing ones are null. */
function orderKeys(
  values: JsonObject,
  first: readonly string[],
  last: readonly string[],
  neverMissing: readonly string[],
): JsonObject {
  const all = { ...Object.fromEntries(neverMissing.map((key) => [key, null])), ...values };
  const named = new Set([...first, ...last]);
  const rest = Object.keys(values).filter((key) => !named.has(key));
  const keys = [...first, ...rest, ...last].filter((key) => Object.hasOwn(all, key));
  return Object.fromEntries(keys.map((key) => [key, all[key] ?? null]));
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
