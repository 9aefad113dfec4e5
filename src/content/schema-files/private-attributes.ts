import { type Attribute, ENTRY_KEYS, type EntryKey } from '../content-type.js';
import { isObject, type SchemaObject } from './schema-object.js';

/** Strapi 5's names of the keys of every entry. */
const STRAPI_5_NAMES: Record<string, EntryKey> = {
  documentId: 'document_id',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  publishedAt: 'published_at',
};

/** Keys of Strapi's entries that entries here do not have. */
const NOT_HERE = ['createdBy', 'updatedBy', 'created_by', 'updated_by', 'localizations'];

/**
 * Parses `options.privateAttributes` of a content type or a component. A name is that of an attribute, or of a key of
 * every entry (`created_at` or `createdAt`).
 *
 * @param source the attributes as the file has them, with those that are left out
 * @param refuse throws with what is wrong
 */
export function parseOwnPrivateAttributes(
  options: unknown,
  source: SchemaObject,
  attributes: readonly Attribute[],
  refuse: (problem: string) => never,
): string[] {
  const list = isObject(options) ? (options['privateAttributes'] ?? []) : [];
  if (!Array.isArray(list) || !list.every((name) => typeof name === 'string')) {
    return refuse('"options.privateAttributes" must be a list of names of attributes.');
  }
  if (list.includes('id')) {
    refuse('"options.privateAttributes" cannot name "id": routes and links consist of it.');
  }
  const unknown = list.find((name) => !isKnownName(name, attributes) && !Object.hasOwn(source, name));
  if (unknown !== undefined) refuse(`"options.privateAttributes" names "${unknown}", which is no attribute.`);
  return list;
}

/** Selects the keys of every entry from a list of private names. */
export function selectPrivateKeys(names: readonly string[]): Set<EntryKey> {
  return new Set(names.flatMap((name) => toEntryKey(name) ?? []));
}

/** Marks the attributes of a list of private names. */
export function markPrivate(attributes: readonly Attribute[], names: readonly string[]): Attribute[] {
  return attributes.map((attribute) =>
    names.includes(attribute.name) ? { ...attribute, private: true } : attribute,
  );
}

/** Whether a name is an attribute's, or that of a key of every entry in some version of Strapi. */
function isKnownName(name: string, attributes: readonly Attribute[]): boolean {
  const isKey = toEntryKey(name) !== undefined || NOT_HERE.includes(name);
  return isKey || attributes.some((attribute) => attribute.name === name);
}

function toEntryKey(name: string): EntryKey | undefined {
  return (
    ENTRY_KEYS.find((key) => key === name) ??
    (Object.hasOwn(STRAPI_5_NAMES, name) ? STRAPI_5_NAMES[name] : undefined)
  );
}
