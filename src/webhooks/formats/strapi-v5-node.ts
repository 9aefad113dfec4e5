import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject, JsonValue } from '../../events/json.js';

/** What a file begins with; what it has beside comes after them, and then {@link TIMES_AND_LOCALE}. */
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

const ENTRY_KEYS = ['__type', 'id', 'documentId'];
const TIMES_AND_LOCALE = ['createdAt', 'updatedAt', 'publishedAt', 'locale'];
/** What Strapi 3 calls the times. */
const NEW_NAMES: Record<string, string> = {
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  published_at: 'publishedAt',
};

/** What every entry and every file has, null where nobody noted it. */
const NEVER_MISSING = {
  entry: ['documentId', 'publishedAt', 'locale'],
  file: [...FILE_KEYS.slice(1), 'publishedAt', 'locale'],
};

/**
 * A printed node as Strapi 5 tells it. The printed tree and the document beside it are walked together: only where the
 * document has an entry or a file are times renamed, so that what users keep in JSON attributes is never touched.
 */
export function renderStrapiV5Node(printed: JsonObject, node: DocumentNode): JsonObject {
  const values = withNested(printed, node);
  switch (node.kind) {
    case 'component':
      return { ...values, ...node.more };
    case 'entry':
      return ordered({ ...renamed(values), ...node.more }, ENTRY_KEYS, NEVER_MISSING.entry);
    case 'file': {
      // Strapi 5 keeps no such thing.
      const { sha256: _, ...rest } = renamed(values);
      return ordered({ ...rest, ...node.more }, FILE_KEYS, NEVER_MISSING.file);
    }
  }
}

function withNested(printed: JsonObject, { nested = {} }: DocumentNode): JsonObject {
  const told = Object.entries(nested)
    .filter(([name]) => Object.hasOwn(printed, name))
    .map(([name, node]): [string, JsonValue] => [name, nestedValue(printed[name] ?? null, node)]);
  return { ...printed, ...Object.fromEntries(told) };
}

function nestedValue(value: JsonValue, node: DocumentNode | DocumentNode[]): JsonValue {
  if (Array.isArray(value) && Array.isArray(node)) {
    return value.map((item, index) => nestedValue(item, node[index] ?? []));
  }
  const isPair = isObject(value) && !Array.isArray(node);
  return isPair ? renderStrapiV5Node(value, node) : value;
}

function renamed(printed: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(printed).map(([key, value]) => [
      Object.hasOwn(NEW_NAMES, key) ? (NEW_NAMES[key] ?? key) : key,
      value,
    ]),
  );
}

/** First what it begins with, then the rest in its order, then times and locale. */
function ordered(values: JsonObject, first: readonly string[], neverMissing: readonly string[]): JsonObject {
  const all = { ...Object.fromEntries(neverMissing.map((key) => [key, null])), ...values };
  const named = [...first, ...TIMES_AND_LOCALE];
  const rest = Object.keys(values).filter((key) => !named.includes(key));
  const keys = [...first, ...rest, ...TIMES_AND_LOCALE].filter((key) => Object.hasOwn(all, key));
  return Object.fromEntries(keys.map((key) => [key, all[key] ?? null]));
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
