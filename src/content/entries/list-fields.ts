import { RequestValidationError } from '../../http/envelope-error.js';
import { type ContentType, type EntryKey, type EntryStatus, isScalar } from '../content-type.js';
import { isInPublishedTable } from '../tables/table-names.js';

/** A field for sorting and filtering. */
export interface Field {
  /** The type by which its text is parsed. */
  type: string;
  /** The property of its row. */
  column: string;
}

/** The fields of a list by their names; the keys of every entry have Strapi 3's and Strapi 5's. */
export type Fields = ReadonlyMap<string, Field>;

/** Types without sorting and filtering. */
const NOT_COMPARED = ['json', 'blocks'];

/** The keys of every entry that are fields, with Strapi 5's names. */
const KEYS: readonly [EntryKey, string, string][] = [
  ['created_at', 'createdAt', 'datetime'],
  ['updated_at', 'updatedAt', 'datetime'],
  ['published_at', 'publishedAt', 'datetime'],
  ['document_id', 'documentId', 'string'],
];

/** Lists the fields. Private attributes are excluded: a filter would reveal their values. */
export function listFields(type: ContentType, status: EntryStatus): Fields {
  const scalars = type.attributes
    .filter(isScalar)
    .filter((one) => !one.private && !NOT_COMPARED.includes(one.type));
  const keys = KEYS.filter(
    ([key]) => !type.privateKeys.has(key) && (key !== 'published_at' || isInPublishedTable(type, status)),
  );
  return new Map<string, Field>([
    ['id', { type: 'integer', column: 'id' }],
    ...scalars.map(({ name, type }): [string, Field] => [name, { type, column: name }]),
    ...keys.flatMap(([column, name, type]): [string, Field][] => [
      [column, { type, column }],
      [name, { type, column }],
    ]),
  ]);
}

/**
 * Finds a field.
 *
 * @param parameter the query's, for the message
 * @param path the names that lead to it; the last is its own
 * @throws {RequestValidationError} when there is no such field
 */
export function requireField(fields: Fields, parameter: string, path: readonly string[]): Field {
  const found = fields.get(path.at(-1) ?? '');
  if (found) return found;
  throw RequestValidationError.at(
    [parameter, ...path],
    `"${path.join('.')}" is no field for ${parameter}; there are ${[...fields.keys()].join(', ')}`,
  );
}
