import type { JsonObject } from '../../events/json.js';
import { buildAttributeSchema, type DescribedAttribute, isScalarType } from './attribute-schema.js';

/** The parts of any attribute that its JSON Schema depends on. */
export interface DescribedMember extends DescribedAttribute {
  /** A relation's cardinality, and the uid of its target. */
  relation?: string;
  target?: string;
  /** Whether a media attribute holds several files. */
  multiple?: boolean;
  /** A component's uid, and whether the attribute holds a list. */
  component?: string;
  repeatable?: boolean;
  /** The uids of the components that a dynamic zone accepts. */
  components?: readonly string[];
}

/** The parts of a content type that its JSON Schema depends on. */
export interface DescribedType {
  uid: string;
  singularName: string;
  displayName: string;
  draftAndPublish?: boolean;
  attributes: readonly DescribedMember[];
  /** The locale of its entries. Default: it is not localized. */
  locale?: string;
  /** The keys of creators that its entries have, null. Default: none. */
  creatorKeys?: readonly string[];
  /** The keys of every entry that are private: `created_at`. Default: none. */
  privateKeys?: ReadonlySet<string>;
  components?: ReadonlyMap<
    string,
    { uid: string; displayName: string; attributes: readonly DescribedMember[] }
  >;
}

/** The schemas of content types. They refer to each other under `#/$defs/`, and to a file as `#/$defs/file`. */
export interface ContentSchemas {
  definitions: JsonObject;
  /** The schema of entries, one for each content type. */
  entries: { model: string; uid: string; schema: JsonObject }[];
}

/** The form of entries: Strapi 3's or Strapi 5's. */
export type EntryForm = 'v3' | 'v5';

const TIME: JsonObject = { type: 'string', format: 'date-time' };
const MAYBE_TIME: JsonObject = { type: ['string', 'null'], format: 'date-time' };
const MAYBE_TEXT: JsonObject = { type: ['string', 'null'] };

/**
 * Builds JSON Schemas (2020-12) of the `entry` in events from the content types. They follow the current rules; an
 * entry that is older than a rule may not fit until it is saved again.
 */
export function buildContentSchemas(types: readonly DescribedType[], form: EntryForm): ContentSchemas {
  const entryOf = (type: DescribedType) =>
    buildEntrySchema(type, type.attributes, form, form === 'v5' ? type.creatorKeys : []);
  const relatedOf = (type: DescribedType) =>
    buildEntrySchema(type, type.attributes.filter(isScalarType), form);
  const components = new Map(types.flatMap((type) => [...(type.components ?? [])]));
  const anyDrafts = types.some(({ draftAndPublish }) => draftAndPublish === true);
  return {
    definitions: {
      ...Object.fromEntries(types.map((type) => [toEntryDefinition(type.uid), entryOf(type)])),
      ...Object.fromEntries(types.map((type) => [toRelatedDefinition(type.uid), relatedOf(type)])),
      ...Object.fromEntries(
        [...components].map(([uid, { displayName, attributes }]) => [
          toComponentDefinition(uid),
          buildComponentSchema(uid, displayName, attributes, anyDrafts),
        ]),
      ),
    },
    entries: types.map(({ uid, singularName }) => ({
      model: singularName,
      uid,
      schema: buildRef(toEntryDefinition(uid)),
    })),
  };
}

function buildEntrySchema(
  type: DescribedType,
  members: readonly DescribedMember[],
  form: EntryForm,
  creatorKeys: readonly string[] = [],
): JsonObject {
  const { displayName: title, draftAndPublish = false, locale } = type;
  const open = members.filter((member) => !member.private);
  const of = (some: DescribedMember[]) =>
    Object.fromEntries(some.map((member) => [member.name, buildMemberSchema(member, draftAndPublish)]));
  const isFile = ({ type: kind }: DescribedMember) => kind === 'media';
  const body = of(open.filter((member) => !isFile(member)));
  const files = of(open.filter(isFile));
  const scalars = of(open.filter(isScalarType));
  const links = of(open.filter((member) => !isScalarType(member)));
  const properties: JsonObject =
    form === 'v3'
      ? {
          id: { type: 'integer' },
          ...body,
          ...(draftAndPublish ? { published_at: MAYBE_TIME } : {}),
          created_at: TIME,
          updated_at: TIME,
          ...files,
        }
      : {
          id: { type: 'integer' },
          documentId: MAYBE_TEXT,
          ...scalars,
          createdAt: TIME,
          updatedAt: TIME,
          publishedAt: MAYBE_TIME,
          ...(locale === undefined ? {} : { locale: { const: locale } }),
          ...Object.fromEntries(creatorKeys.map((key) => [key, { type: 'null' }])),
          ...links,
        };
  for (const key of type.privateKeys ?? []) delete properties[form === 'v3' ? key : toCamelCase(key)];
  return buildClosedObject(title, properties, Object.keys(properties));
}

/** `createdAt` for `created_at`. */
function toCamelCase(key: string): string {
  return key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Builds the schema of a component; in a dynamic zone it has `__component`. */
function buildComponentSchema(
  uid: string,
  title: string,
  members: readonly DescribedMember[],
  anyDrafts: boolean,
): JsonObject {
  const open = members.filter((member) => !member.private);
  const attributes = Object.fromEntries(
    open.map((member) => [member.name, buildMemberSchema(member, anyDrafts)]),
  );
  const properties = { __component: { const: uid }, id: { type: 'integer' }, ...attributes };
  return buildClosedObject(title, properties, ['id', ...Object.keys(attributes)]);
}

/** @param isLoose whether the entry may be incomplete, as in drafts */
function buildMemberSchema(member: DescribedMember, isLoose: boolean): JsonObject {
  if (isScalarType(member)) return buildAttributeSchema(member, isLoose || !member.required, isLoose);
  const { type, relation = '', multiple, repeatable } = member;
  switch (type) {
    case 'relation':
      return allowOneOrMany(buildRef(toRelatedDefinition(member.target ?? '')), relation.endsWith('ToMany'));
    case 'media':
      return allowOneOrMany(buildRef('file'), multiple === true);
    case 'component':
      return allowOneOrMany(buildRef(toComponentDefinition(member.component ?? '')), repeatable === true);
    case 'dynamiczone': {
      const kinds = (member.components ?? []).map((uid) => ({
        ...buildRef(toComponentDefinition(uid)),
        properties: { __component: { const: uid } },
        required: ['__component'],
      }));
      return { type: 'array', items: kinds.length === 0 ? {} : { anyOf: kinds } };
    }
    default:
      return {};
  }
}

/** A single target can be null even if it is required, because the target can be deleted later. */
function allowOneOrMany(schema: JsonObject, isMany: boolean): JsonObject {
  return isMany ? { type: 'array', items: schema } : { anyOf: [schema, { type: 'null' }] };
}

function buildClosedObject(title: string, properties: JsonObject, required: string[]): JsonObject {
  return { title, type: 'object', properties, required, additionalProperties: false };
}

function buildRef(name: string): JsonObject {
  return { $ref: `#/$defs/${name}` };
}

function toEntryDefinition(uid: string): string {
  return `entry.${toDefinitionName(uid)}`;
}

/** The name of the definition of an entry as a relation's target: `related.api.address.address`. */
function toRelatedDefinition(uid: string): string {
  return `related.${toDefinitionName(uid)}`;
}

function toComponentDefinition(uid: string): string {
  return `component.${toDefinitionName(uid)}`;
}

/** Replaces characters that OpenAPI does not allow in names of components: only letters, digits and `-._` remain. */
function toDefinitionName(uid: string): string {
  return uid.replaceAll('::', '.').replaceAll(/[^A-Za-z0-9\-._]/g, '_');
}
