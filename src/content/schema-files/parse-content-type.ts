import { ContentTypeError } from '../content-type-error.js';
import type { ContentType } from '../content-type.js';
import { parseAttributes } from './parse-attributes.js';
import { markPrivate, parseOwnPrivateAttributes, selectPrivateKeys } from './private-attributes.js';
import { isObject, type SchemaObject } from './schema-object.js';

const ROUTE_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const TABLE_NAME = /^[a-z][a-z0-9_]{0,47}$/;
const API_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** `/api/upload` is the route of the media library. */
const RESERVED_ROUTES = ['upload'];

/** The context of a content type's file. */
export interface ContentTypeContext {
  /** The name of its folder, the first part of the uid; null: the singular name is used. */
  api: string | null;
  components: ContentType['components'];
  /** Called for each attribute that is left out: a relation to Strapi's own users or to a plugin. */
  leaveOut: (file: string, attribute: string) => void;
  /** The names that are private in every content type. Default: none. */
  privateAttributes?: readonly string[];
}

/**
 * Parses a content type's `schema.json`.
 *
 * @param source the parsed JSON
 * @param file the file's path, for messages
 * @throws {ContentTypeError} at the first error
 */
export function parseContentType(
  source: unknown,
  file: string,
  { api, components, leaveOut, privateAttributes = [] }: ContentTypeContext,
): ContentType {
  const refuse = (problem: string): never => {
    throw new ContentTypeError(file, null, problem);
  };
  if (!isObject(source)) return refuse('must hold a JSON object.');
  const { kind, collectionName, info, options, attributes } = source;
  if (kind !== 'collectionType' && kind !== 'singleType') {
    return refuse(`"kind" is ${JSON.stringify(kind)}; it can be "collectionType" or "singleType".`);
  }
  if (typeof collectionName !== 'string' || !TABLE_NAME.test(collectionName)) {
    return refuse(
      '"collectionName" must be a table name of small letters, digits and _, at most 48 characters.',
    );
  }
  if (!isObject(info)) return refuse('"info" must be an object with singularName and pluralName.');
  const singularName = parseRouteName(info, 'singularName', refuse);
  const pluralName = parseRouteName(info, 'pluralName', refuse);
  if (singularName === pluralName) refuse('"info.singularName" and "info.pluralName" must differ.');
  if (api !== null && !API_NAME.test(api)) {
    refuse(`its folder "${api}" must have a name of small letters, digits and -, at most 63 characters.`);
  }
  if (!isObject(attributes)) return refuse('"attributes" must be an object of attributes.');
  const parsed = parseAttributes(attributes, { file, isInComponent: false, leaveOut });
  const ownPrivate = parseOwnPrivateAttributes(options, attributes, parsed, refuse);
  const names = [...ownPrivate, ...privateAttributes];
  return {
    kind,
    uid: `api::${api ?? singularName}.${singularName}`,
    singularName,
    pluralName,
    displayName: typeof info['displayName'] === 'string' ? info['displayName'] : singularName,
    collectionName,
    draftAndPublish: parseDraftAndPublish(options, refuse),
    attributes: markPrivate(parsed, names),
    privateKeys: selectPrivateKeys(names),
    components,
    file,
  };
}

function parseDraftAndPublish(options: unknown, refuse: (problem: string) => never): boolean {
  const value = isObject(options) ? (options['draftAndPublish'] ?? false) : false;
  return typeof value === 'boolean' ? value : refuse('"options.draftAndPublish" must be true or false.');
}

function parseRouteName(info: SchemaObject, key: string, refuse: (problem: string) => never): string {
  const name = info[key];
  if (typeof name !== 'string' || !ROUTE_NAME.test(name)) {
    return refuse(`"info.${key}" must be a name of small letters, digits and -, at most 63 characters.`);
  }
  if (RESERVED_ROUTES.includes(name))
    return refuse(`"info.${key}" is "${name}", which is a route of this server.`);
  return name;
}
