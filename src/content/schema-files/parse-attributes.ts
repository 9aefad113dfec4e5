import { ContentTypeError } from '../content-type-error.js';
import { type Attribute, isRelation } from '../content-type.js';
import { parseAttribute } from './parse-attribute.js';
import type { SchemaObject } from './schema-object.js';

const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

/** Reserved names: columns of every entry's table, keys of every serialized entry, and their variants. */
const RESERVED = [
  'id',
  'document_id',
  'documentid',
  'tenant',
  'tenant_scope',
  'created_at',
  'createdat',
  'updated_at',
  'updatedat',
  'published_at',
  'publishedat',
  'published_media',
  'locale',
  '__type',
];

/** The file whose attributes are parsed. */
export interface AttributesPlace {
  file: string;
  isInComponent: boolean;
  /** Called for each attribute that is left out: a relation to Strapi's own users or to a plugin. */
  leaveOut: (file: string, attribute: string) => void;
}

/**
 * Parses the attributes of a content type or a component, in the file's order.
 *
 * @throws {ContentTypeError} at the first error, naming the file and the attribute
 */
export function parseAttributes(
  attributes: SchemaObject,
  { file, isInComponent, leaveOut }: AttributesPlace,
): Attribute[] {
  // Column names are case-insensitive.
  const columns = new Set(RESERVED);
  return Object.entries(attributes).flatMap(([name, source]) => {
    const refuse = (problem: string): never => {
      throw new ContentTypeError(file, name, problem);
    };
    if (!ATTRIBUTE_NAME.test(name)) {
      refuse('its name must begin with a letter and have letters, digits and _ alone, at most 48.');
    }
    const attribute = parseAttribute(name, source, { refuse, isInComponent });
    if (!attribute) {
      leaveOut(file, name);
      return [];
    }
    const taken = [name, ...(isRelation(attribute) ? [`${name}_id`] : [])].map((column) =>
      column.toLowerCase(),
    );
    if (taken.some((column) => columns.has(column))) refuse('its name is taken already.');
    for (const column of taken) columns.add(column);
    return [attribute];
  });
}
