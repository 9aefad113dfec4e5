import { ContentTypeError } from '../content-type-error.js';
import type { ContentType } from '../content-type.js';
import { parseAttributes } from './parse-attributes.js';
import { markPrivate, parseOwnPrivateAttributes, selectPrivateKeys } from './private-attributes.js';
import type { SchemaContext } from './schema-context.js';
import { isObject, type Refuse, type SchemaObject } from './schema-object.js';

const ROUTE_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const TABLE_NAME = /^[a-z][a-z0-9_]{0,47}$/;
const API_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** `/api/upload` is the route of the media library. */
const RESERVED_ROUTES = ['upload'];

/** The keys of creators in Strapi 5. Users of an admin panel are its creators; a token is none. */
const CREATOR_KEYS = ['createdBy', 'updatedBy'];

/** The context of a content type's file. */
export interface ContentTypeContext extends SchemaContext {
  /** The name of its folder, the first part of the uid; null: the singular name is used. */
  api: string | null;
  components: ContentType['components'];
  /** The locale of localized content types. */
  locale: string;
}

/**
 * Parses a content type's `schema.json`. All faults of the file are in the report.
 *
 * @param source the parsed JSON
 * @param file the file's path, for messages
 * @returns undefined when the file has a fault outside its attributes
 */
export function parseContentType(
  source: unknown,
  file: string,
  context: ContentTypeContext,
): ContentType | undefined {
  const { api, components, report, leftOut, privateAttributes, locale } = context;
  const refuse = (problem: string): never => {
    throw new ContentTypeError(file, null, problem);
  };
  const object = report.attempt(() => (isObject(source) ? source : refuse('must hold a JSON object.')));
  if (!object) return undefined;
  const { info, options, attributes } = object;
  const kind = report.attempt(() => parseKind(object, refuse));
  const collectionName = report.attempt(() => parseCollectionName(object, refuse));
  const names = report.attempt(() => parseNames(info, api, refuse));
  const draftAndPublish = report.attempt(() => parseDraftAndPublish(options, refuse));
  const uid = names ? `api::${api ?? names.singularName}.${names.singularName}` : null;
  const parsed = report.attempt(() => {
    if (!isObject(attributes)) return refuse('"attributes" must be an object of attributes.');
    const list = parseAttributes(attributes, { file, uid, isInComponent: false, leftOut, report });
    return { list, ownPrivate: parseOwnPrivateAttributes(options, attributes, list, refuse) };
  });
  if (!kind || !collectionName || !names || uid === null || draftAndPublish === undefined || !parsed) {
    return undefined;
  }
  noteUnserved(object, file, report);
  const privateNames = [...parsed.ownPrivate, ...privateAttributes];
  return {
    kind,
    uid,
    ...names,
    collectionName,
    draftAndPublish,
    attributes: markPrivate(parsed.list, privateNames),
    privateKeys: selectPrivateKeys(privateNames),
    ...(isLocalized(object) ? { locale } : {}),
    creatorKeys: hasCreators(object) ? CREATOR_KEYS.filter((key) => !privateNames.includes(key)) : [],
    components,
    file,
  };
}

function parseKind({ kind }: SchemaObject, refuse: Refuse): ContentType['kind'] {
  if (kind === 'collectionType' || kind === 'singleType') return kind;
  return refuse(`"kind" is ${JSON.stringify(kind)}; it can be "collectionType" or "singleType".`);
}

function parseCollectionName({ collectionName }: SchemaObject, refuse: Refuse): string {
  if (typeof collectionName === 'string' && TABLE_NAME.test(collectionName)) return collectionName;
  return refuse(
    '"collectionName" must be a table name of small letters, digits and _, at most 48 characters.',
  );
}

function parseNames(
  info: unknown,
  api: string | null,
  refuse: Refuse,
): Pick<ContentType, 'singularName' | 'pluralName' | 'displayName'> {
  if (!isObject(info)) return refuse('"info" must be an object with singularName and pluralName.');
  const singularName = parseRouteName(info, 'singularName', refuse);
  const pluralName = parseRouteName(info, 'pluralName', refuse);
  if (singularName === pluralName) refuse('"info.singularName" and "info.pluralName" must differ.');
  if (api !== null && !API_NAME.test(api)) {
    refuse(`its folder "${api}" must have a name of small letters, digits and -, at most 63 characters.`);
  }
  const { displayName } = info;
  return {
    singularName,
    pluralName,
    displayName: typeof displayName === 'string' ? displayName : singularName,
  };
}

function isLocalized({ pluginOptions }: SchemaObject): boolean {
  const i18n = isObject(pluginOptions) ? pluginOptions['i18n'] : undefined;
  return isObject(i18n) && i18n['localized'] === true;
}

function hasCreators({ options }: SchemaObject): boolean {
  return isObject(options) && options['populateCreatorFields'] === true;
}

/** Notes what Strapi serves of such a type and this server does not. */
function noteUnserved(object: SchemaObject, file: string, report: SchemaContext['report']): void {
  if (isLocalized(object)) {
    report.note(
      'different',
      file,
      null,
      'is localized in Strapi; here an entry has one version, in the locale of content.locale',
    );
  }
  if (hasCreators(object)) {
    report.note(
      'different',
      file,
      null,
      'has creators in Strapi ("populateCreatorFields"); here createdBy and updatedBy are null in strapi-v5 bodies',
    );
  }
}

function parseDraftAndPublish(options: unknown, refuse: Refuse): boolean {
  const value = isObject(options) ? (options['draftAndPublish'] ?? false) : false;
  return typeof value === 'boolean' ? value : refuse('"options.draftAndPublish" must be true or false.');
}

function parseRouteName(info: SchemaObject, key: string, refuse: Refuse): string {
  const name = info[key];
  if (typeof name !== 'string' || !ROUTE_NAME.test(name)) {
    return refuse(`"info.${key}" must be a name of small letters, digits and -, at most 63 characters.`);
  }
  if (RESERVED_ROUTES.includes(name))
    return refuse(`"info.${key}" is "${name}", which is a route of this server.`);
  return name;
}
