import type { JsonObject } from '../../events/json.js';
import { buildAttributeSchema, type DescribedAttribute, isPlainType } from './attribute-schema.js';

/** An attribute, with what of a relation, file or component its schema depends on. */
export interface DescribedMember extends DescribedAttribute {
  /** A relation's kind and the uid that it points to. */
  relation?: string;
  target?: string;
  /** Several files. */
  multiple?: boolean;
  /** A component's uid, and whether there are several of it. */
  component?: string;
  repeatable?: boolean;
  /** The uids that a dynamic zone takes. */
  components?: readonly string[];
}

/** What of a content type its schema depends on. */
export interface DescribedType {
  uid: string;
  singularName: string;
  displayName: string;
  draftAndPublish?: boolean;
  attributes: readonly DescribedMember[];
  components?: ReadonlyMap<
    string,
    { uid: string; displayName: string; attributes: readonly DescribedMember[] }
  >;
}

/** The schemas of content types, which refer to each other under `#/$defs/`, and to a file as `#/$defs/file`. */
export interface ContentSchemas {
  definitions: JsonObject;
  /** One for each content type: the schema of its entries. */
  entries: { model: string; uid: string; schema: JsonObject }[];
}

/** How entries are told: as they are printed, or as Strapi 5 tells them. */
export type Telling = 'v3' | 'v5';

const TIME: JsonObject = { type: 'string', format: 'date-time' };
const MAYBE_TIME: JsonObject = { type: ['string', 'null'], format: 'date-time' };
const MAYBE_TEXT: JsonObject = { type: ['string', 'null'] };

/**
 * JSON Schemas (2020-12) of entries, derived from their content types: what events have in `entry`. They say what the
 * content types ask for now; an entry from before a rule was changed need not fit until it is saved again.
 */
export function buildContentSchemas(types: readonly DescribedType[], telling: Telling): ContentSchemas {
  const entryOf = (type: DescribedType) => buildEntrySchema(type, type.attributes, telling);
  const plainOf = (type: DescribedType) =>
    buildEntrySchema(type, type.attributes.filter(isPlainType), telling);
  const components = new Map(types.flatMap((type) => [...(type.components ?? [])]));
  const anyDrafts = types.some(({ draftAndPublish }) => draftAndPublish === true);
  return {
    definitions: {
      ...Object.fromEntries(types.map((type) => [toEntryDefinition(type.uid), entryOf(type)])),
      ...Object.fromEntries(types.map((type) => [toRelatedDefinition(type.uid), plainOf(type)])),
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
  telling: Telling,
): JsonObject {
  const { displayName: title, draftAndPublish = false } = type;
  const open = members.filter((member) => !member.private);
  const of = (some: DescribedMember[]) =>
    Object.fromEntries(some.map((member) => [member.name, buildMemberSchema(member, draftAndPublish)]));
  const isFile = ({ type: kind }: DescribedMember) => kind === 'media';
  const body = of(open.filter((member) => !isFile(member)));
  const files = of(open.filter(isFile));
  const properties: JsonObject =
    telling === 'v3'
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
          ...body,
          ...files,
          createdAt: TIME,
          updatedAt: TIME,
          publishedAt: MAYBE_TIME,
          locale: MAYBE_TEXT,
        };
  return buildClosedObject(title, properties, Object.keys(properties));
}

/** In a dynamic zone it tells its kind as `__component`. */
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

/** @param isLoose whether it may be unfinished, as in drafts */
function buildMemberSchema(member: DescribedMember, isLoose: boolean): JsonObject {
  if (isPlainType(member)) return buildAttributeSchema(member, isLoose || !member.required, isLoose);
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

/** Null where there is none: what a required one points to may have been deleted since. */
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

/** What another entry shows of an entry: `related.api.address.address`. */
function toRelatedDefinition(uid: string): string {
  return `related.${toDefinitionName(uid)}`;
}

function toComponentDefinition(uid: string): string {
  return `component.${toDefinitionName(uid)}`;
}

/** Letters, digits and `-._`, as names in OpenAPI are made of. */
function toDefinitionName(uid: string): string {
  return uid.replaceAll('::', '.').replaceAll(/[^A-Za-z0-9\-._]/g, '_');
}
