import { ContentTypeError } from '../content-type-error.js';
import { type Attribute, type ContentType, isRelation } from '../content-type.js';
import { parseAttribute } from './parse-attribute.js';
import { isObject, type SchemaObject } from './schema-object.js';

const ROUTE_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const TABLE_NAME = /^[a-z][a-z0-9_]{0,47}$/;
const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

/** Columns that every entry's table has, and words that could be taken for them. */
const RESERVED_COLUMNS = ['id', 'tenant', 'tenant_scope', 'created_at', 'updated_at', '__type'];

/** `/api/upload` is the media library's. */
const RESERVED_ROUTES = ['upload'];

/**
 * Reads a content type's `schema.json`.
 *
 * @param source the parsed JSON
 * @param file the file's path, for messages
 * @throws {ContentTypeError} at the first fault
 */
export function parseContentType(source: unknown, file: string): ContentType {
  const refuse = (problem: string): never => {
    throw new ContentTypeError(file, null, problem);
  };
  if (!isObject(source)) return refuse('must hold a JSON object.');
  const { kind, collectionName, info, options, attributes } = source;
  if (kind !== 'collectionType') refuse(`"kind" is ${JSON.stringify(kind)}; it can be "collectionType".`);
  if (typeof collectionName !== 'string' || !TABLE_NAME.test(collectionName)) {
    return refuse(
      '"collectionName" must be a table name of small letters, digits and _, at most 48 characters.',
    );
  }
  if (isObject(options) && options['draftAndPublish'] === true) {
    refuse('"options.draftAndPublish" is true, but drafts are not supported; set it to false.');
  }
  if (!isObject(info)) return refuse('"info" must be an object with singularName and pluralName.');
  const singularName = routeName(info, 'singularName', refuse);
  const pluralName = routeName(info, 'pluralName', refuse);
  if (singularName === pluralName) refuse('"info.singularName" and "info.pluralName" must differ.');
  if (!isObject(attributes)) return refuse('"attributes" must be an object of attributes.');
  return {
    uid: `api::${singularName}.${singularName}`,
    singularName,
    pluralName,
    displayName: typeof info['displayName'] === 'string' ? info['displayName'] : singularName,
    collectionName,
    attributes: parseAttributes(attributes, file),
    file,
  };
}

function routeName(info: SchemaObject, key: string, refuse: (problem: string) => never): string {
  const name = info[key];
  if (typeof name !== 'string' || !ROUTE_NAME.test(name)) {
    return refuse(`"info.${key}" must be a name of small letters, digits and -, at most 63 characters.`);
  }
  if (RESERVED_ROUTES.includes(name))
    return refuse(`"info.${key}" is "${name}", which is a route of this server.`);
  return name;
}

function parseAttributes(attributes: SchemaObject, file: string): Attribute[] {
  // Databases do not tell columns apart by case.
  const columns = new Set(RESERVED_COLUMNS);
  return Object.entries(attributes).map(([name, source]) => {
    const refuse = (problem: string): never => {
      throw new ContentTypeError(file, name, problem);
    };
    if (!ATTRIBUTE_NAME.test(name)) {
      refuse('its name must begin with a letter and have letters, digits and _ alone, at most 48.');
    }
    const attribute = parseAttribute(name, source, refuse);
    const taken = [name, ...(isRelation(attribute) ? [`${name}_id`] : [])].map((column) =>
      column.toLowerCase(),
    );
    if (taken.some((column) => columns.has(column))) refuse('its name is taken already.');
    for (const column of taken) columns.add(column);
    return attribute;
  });
}
