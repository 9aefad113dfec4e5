import type { JsonValue } from '../events/json.js';

/** Attributes whose value is plain: it stands in a column of the entry's own table. */
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

export type ScalarType = (typeof SCALAR_TYPES)[number];

/** How many of an entry's content type belong to how many of its target's. */
export const RELATION_KINDS = ['oneToOne', 'oneToMany', 'manyToOne', 'manyToMany'] as const;

export type RelationKind = (typeof RELATION_KINDS)[number];

/** What files can be asked for; `files` are those that are neither images, videos nor audios. */
export const FILE_KINDS = ['images', 'videos', 'audios', 'files'] as const;

export type FileKind = (typeof FILE_KINDS)[number];

interface AttributeRules {
  name: string;
  /** Neither null nor, for text, empty; of several at least one. Not asked of drafts. */
  required: boolean;
  /** May be written, but never leaves this server. A password always is. */
  private: boolean;
}

/**
 * A plain value. In JSON a `biginteger` is text of digits, a `time` is `HH:mm:ss.SSS`, a `datetime` ISO 8601 in UTC, a
 * `timestamp` text of epoch milliseconds, `blocks` a list of objects; `json` is any value.
 */
export interface ScalarAttribute extends AttributeRules {
  type: ScalarType;
  /** No two entries of one tenant have the same value; null may come as often as it likes. */
  unique: boolean;
  /** What a new entry gets when the request leaves the attribute out; undefined: null. */
  default?: JsonValue;
  /** Bounds of numbers, both allowed; of a `biginteger` they may be a bigint. */
  min?: number | bigint;
  max?: number | bigint;
  /** Bounds of text, in characters, both allowed. */
  minLength?: number;
  maxLength?: number;
  /** A pattern of which text must have a match somewhere, in RE2's syntax; empty text need not. */
  regex?: string;
  /** What an enumeration can be. */
  values?: readonly string[];
}

/** Another entry, or several. */
export interface RelationAttribute extends AttributeRules {
  type: 'relation';
  relation: RelationKind;
  /** The uid of the content type that it points to. */
  target: string;
  /** This side keeps the relation, and the target shows it under this name; null: it does not show it. */
  inversedBy: string | null;
  /** The target keeps the relation under this name, and this side shows it; null: this side keeps it. */
  mappedBy: string | null;
}

/** An uploaded file, or several. */
export interface MediaAttribute extends AttributeRules {
  type: 'media';
  multiple: boolean;
  /** Which files may hang there; null: any. */
  allowedTypes: readonly FileKind[] | null;
}

/** A component, or several of the same kind. */
export interface ComponentAttribute extends AttributeRules {
  type: 'component';
  /** The component's uid: `shared.seo`. */
  component: string;
  repeatable: boolean;
  /** How many, where it is repeatable. */
  min?: number;
  max?: number;
}

/** Components of several kinds in one list; each tells its kind as `__component`. */
export interface DynamicZoneAttribute extends AttributeRules {
  type: 'dynamiczone';
  /** The uids of the components that may stand there. */
  components: readonly string[];
  /** How many. */
  min?: number;
  max?: number;
}

export type Attribute =
  ScalarAttribute | RelationAttribute | MediaAttribute | ComponentAttribute | DynamicZoneAttribute;

/**
 * A part that entries are made of. It is printed as `{id, …attributes}`, its media last, in a dynamic zone with
 * `__component` before the id. No component has itself in it.
 */
export interface Component {
  /** Its folder and its file's name: `shared.seo`. */
  uid: string;
  displayName: string;
  attributes: readonly Attribute[];
  /** The file that it was read from, for messages. */
  file: string;
}

/** A kind of entry, as its `schema.json` says it. */
export interface ContentType {
  kind: 'collectionType' | 'singleType';
  /** `api::address.address` */
  uid: string;
  /** `address`: what events call `model`; of a single type the route's name too. */
  singularName: string;
  /** `addresses`: the route's name. */
  pluralName: string;
  displayName: string;
  /** The table's name. */
  collectionName: string;
  /** Whether entries are made as drafts, and published by an action of its own. They print `published_at`. */
  draftAndPublish: boolean;
  /** In the order of the file, which is the order in which entries print them. */
  attributes: readonly Attribute[];
  /** Every component that there is, by uid: what its attributes name, and theirs, is in it. */
  components: ReadonlyMap<string, Component>;
  /** The file that it was read from, for messages. */
  file: string;
}

export function isScalar(attribute: Attribute): attribute is ScalarAttribute {
  return !isRelation(attribute) && !isMedia(attribute) && !hasComponents(attribute);
}

export function isRelation(attribute: Attribute): attribute is RelationAttribute {
  return attribute.type === 'relation';
}

export function isMedia(attribute: Attribute): attribute is MediaAttribute {
  return attribute.type === 'media';
}

/** Whether it is made of components: a component attribute or a dynamic zone. */
export function hasComponents(attribute: Attribute): attribute is ComponentAttribute | DynamicZoneAttribute {
  return attribute.type === 'component' || attribute.type === 'dynamiczone';
}

/** Whether the value is a list of entries, files or components. */
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
 * Which version of an entry is meant. Content types without drafts have one version, which both words mean; of those
 * with drafts `draft` is what is worked on, and `published` is what it was when it was published last.
 */
export type EntryStatus = 'draft' | 'published';

/** The version that requests write. */
export function getWrittenStatus({ draftAndPublish }: ContentType): EntryStatus {
  return draftAndPublish ? 'draft' : 'published';
}

const KINDS = new Map<string, FileKind>([
  ['image', 'images'],
  ['video', 'videos'],
  ['audio', 'audios'],
]);

/** What kind of file a media type is: `image/png` is one of the images, `application/pdf` of the files. */
export function getFileKind(mime: string): FileKind {
  return KINDS.get(mime.split('/', 1)[0]?.toLowerCase() ?? '') ?? 'files';
}
