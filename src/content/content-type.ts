import type { JsonValue } from '../events/json.js';

/** Types of scalar attributes: their value is stored in a column of the entry's own table. */
export const SCALAR_TYPES = [
  'string',
  'text',
  'richtext',
  'blocks',
  'enumeration',
  'email',
  'password',
  'uid',
  'date',
  'time',
  'datetime',
  'timestamp',
  'integer',
  'biginteger',
  'float',
  'decimal',
  'boolean',
  'json',
] as const;

/** The type of a scalar attribute. */
export type ScalarType = (typeof SCALAR_TYPES)[number];

/** Cardinalities of relations, from the side of the attribute. */
export const RELATION_KINDS = ['oneToOne', 'oneToMany', 'manyToOne', 'manyToMany'] as const;

/** The cardinality of a relation. */
export type RelationKind = (typeof RELATION_KINDS)[number];

/** Kinds of files that a media attribute can accept; `files`: neither images, videos nor audios. */
export const FILE_KINDS = ['images', 'videos', 'audios', 'files'] as const;

/** A kind of files. */
export type FileKind = (typeof FILE_KINDS)[number];

interface AttributeRules {
  name: string;
  /** Whether null, empty text and an empty list are refused. Drafts are exempt. */
  required: boolean;
  /** Whether the value can be written but is never returned or sent. Passwords are always private. */
  private: boolean;
}

/**
 * A scalar value. In JSON a `biginteger` is text of digits, a `time` is `HH:mm:ss.SSS`, a `datetime` ISO 8601 in UTC, a
 * `timestamp` text of epoch milliseconds, `blocks` a list of objects; `json` is any value.
 */
export interface ScalarAttribute extends AttributeRules {
  type: ScalarType;
  /** Whether no two entries of a tenant may have the same value; null is exempt. */
  unique: boolean;
  /** The value of a new entry when the request leaves the attribute out. Default: null. */
  default?: JsonValue;
  /** Inclusive bounds of numbers; those of a `biginteger` can be bigints. */
  min?: number | bigint;
  max?: number | bigint;
  /** Inclusive bounds of the length of text, characters. */
  minLength?: number;
  maxLength?: number;
  /** A pattern in RE2's syntax that must match somewhere in the text; empty text is exempt. */
  regex?: string;
  /** The allowed values of an enumeration. */
  values?: readonly string[];
}

/** A relation to one entry or to several. */
export interface RelationAttribute extends AttributeRules {
  type: 'relation';
  relation: RelationKind;
  /** The uid of the target's content type. */
  target: string;
  /** The target's attribute that shows this relation, which this side owns; null: none. */
  inversedBy: string | null;
  /** The target's attribute that owns this relation; null: this side owns it. */
  mappedBy: string | null;
}

/** One uploaded file or several. */
export interface MediaAttribute extends AttributeRules {
  type: 'media';
  multiple: boolean;
  /** The accepted kinds of files; null: all. */
  allowedTypes: readonly FileKind[] | null;
}

/** A component, or a list of components of one kind. */
export interface ComponentAttribute extends AttributeRules {
  type: 'component';
  /** The component's uid: `shared.seo`. */
  component: string;
  repeatable: boolean;
  /** Inclusive bounds of the number of components, if repeatable. */
  min?: number;
  max?: number;
}

/** A list of components of several kinds; each carries its kind as `__component`. */
export interface DynamicZoneAttribute extends AttributeRules {
  type: 'dynamiczone';
  /** The uids of the allowed components. */
  components: readonly string[];
  /** Inclusive bounds of the number of components. */
  min?: number;
  max?: number;
}

/** Any attribute of a content type or a component. */
export type Attribute =
  ScalarAttribute | RelationAttribute | MediaAttribute | ComponentAttribute | DynamicZoneAttribute;

/**
 * A reusable part of entries. It is serialized as `{id, …attributes}` with its media last; in a dynamic zone
 * `__component` comes before the id. Components do not nest in a cycle.
 */
export interface Component {
  /** The names of its folder and its file: `shared.seo`. */
  uid: string;
  displayName: string;
  attributes: readonly Attribute[];
  /** The path of its file, for messages. */
  file: string;
}

/** The keys of every entry beside its id and its attributes, by the names of their columns. */
export const ENTRY_KEYS = ['document_id', 'created_at', 'updated_at', 'published_at', 'locale'] as const;

/** A key of every entry: see {@link ENTRY_KEYS}. */
export type EntryKey = (typeof ENTRY_KEYS)[number];

/** A content type, as its `schema.json` declares it. */
export interface ContentType {
  kind: 'collectionType' | 'singleType';
  /** `api::address.address` */
  uid: string;
  /** `address`: the `model` of events, and the route of a single type. */
  singularName: string;
  /** `addresses`: the route of a collection type. */
  pluralName: string;
  displayName: string;
  /** The name of the table. */
  collectionName: string;
  /** Whether entries are created as drafts and published by a separate action. They have `published_at`. */
  draftAndPublish: boolean;
  /** In the order of the file, which is the order of serialization. */
  attributes: readonly Attribute[];
  /** The locale that its entries carry in Strapi 5's form. Default: the type is not localized. */
  locale?: string;
  /** The keys of who made an entry that Strapi 5's form has, null here: `populateCreatorFields`. Default: none. */
  creatorKeys?: readonly string[];
  /** The keys of every entry that are private in this type: never returned or sent, and no field of a list. */
  privateKeys: ReadonlySet<EntryKey>;
  /** All components of the server by uid, including those that attributes name directly or through components. */
  components: ReadonlyMap<string, Component>;
  /** The path of its file, for messages. */
  file: string;
}

/** Whether an attribute holds a scalar value. */
export function isScalar(attribute: Attribute): attribute is ScalarAttribute {
  return !isRelation(attribute) && !isMedia(attribute) && !hasComponents(attribute);
}

/** Whether an attribute is a relation. */
export function isRelation(attribute: Attribute): attribute is RelationAttribute {
  return attribute.type === 'relation';
}

/** Whether an attribute holds files. */
export function isMedia(attribute: Attribute): attribute is MediaAttribute {
  return attribute.type === 'media';
}

/** Whether an attribute holds components: a component attribute or a dynamic zone. */
export function hasComponents(attribute: Attribute): attribute is ComponentAttribute | DynamicZoneAttribute {
  return attribute.type === 'component' || attribute.type === 'dynamiczone';
}

/** Whether an attribute's value is a list of entries, files or components. */
export function isToMany(attribute: Exclude<Attribute, ScalarAttribute>): boolean {
  switch (attribute.type) {
    case 'relation':
      return attribute.relation === 'oneToMany' || attribute.relation === 'manyToMany';
    case 'media':
      return attribute.multiple;
    case 'component':
      return attribute.repeatable;
    case 'dynamiczone':
      return true;
  }
}

/**
 * A version of an entry: `draft` is the version that is edited, `published` the copy of the last publishing. Content
 * types without draft and publish have one version, which both words mean.
 */
export type EntryStatus = 'draft' | 'published';

/** Returns the version that write requests change. */
export function getWrittenStatus({ draftAndPublish }: ContentType): EntryStatus {
  return draftAndPublish ? 'draft' : 'published';
}

const KINDS = new Map<string, FileKind>([
  ['image', 'images'],
  ['video', 'videos'],
  ['audio', 'audios'],
]);

/** Returns the kind of files of a media type: `images` for `image/png`, `files` for `application/pdf`. */
export function getFileKind(mime: string): FileKind {
  return KINDS.get(mime.split('/', 1)[0]?.toLowerCase() ?? '') ?? 'files';
}
