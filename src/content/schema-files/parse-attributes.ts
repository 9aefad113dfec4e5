import { ContentTypeError } from '../content-type-error.js';
import { type Attribute, isRelation } from '../content-type.js';
import { parseAttribute } from './parse-attribute.js';
import type { SchemaObject } from './schema-object.js';

const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

/** Columns that every entry's table has, keys that every printed entry has, and words that could be taken for them. */
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

/** What attributes are read of. */
export interface AttributesPlace {
  file: string;
  isInComponent: boolean;
  /** Told of each attribute that is left out, because it points to what Strapi itself or a plugin of it keeps. */
  leaveOut: (file: string, attribute: string) => void;
}

/**
 * Reads the attributes of a content type or a component, in their order.
 *
 * @throws {ContentTypeError} naming file and attribute, at the first fault
 */
export function parseAttributes(
  attributes: SchemaObject,
  { file, isInComponent, leaveOut }: AttributesPlace,
): Attribute[] {
  // Databases do not tell columns apart by case.
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
