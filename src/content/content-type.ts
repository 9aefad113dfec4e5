import type { JsonValue } from '../events/webhook-event.js';

/** Attributes whose value stands in a column of the entry's own table. */
export const SCALAR_TYPES = [
  'string',
  'text',
  'email',
  'enumeration',
  'integer',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'json',
  'uid',
] as const;

export type ScalarType = (typeof SCALAR_TYPES)[number];

interface AttributeRules {
  name: string;
  /** Neither null nor, for text, empty. */
  required: boolean;
  /** May be written, but never leaves this server. */
  private: boolean;
}

/** A plain value. */
export interface ScalarAttribute extends AttributeRules {
  type: ScalarType;
  /** No two entries of one tenant have the same value; null may come as often as it likes. */
  unique: boolean;
  /** What a new entry gets when the request leaves the attribute out; undefined: null. */
  default?: JsonValue;
  /** Bounds of numbers, both allowed. */
  min?: number;
  max?: number;
  /** Bounds of text, in characters, both allowed. */
  minLength?: number;
  maxLength?: number;
  /** What an enumeration can be. */
  values?: readonly string[];
}

/** Another entry, or several. */
export interface RelationAttribute extends AttributeRules {
  type: 'relation';
  relation: 'manyToOne' | 'manyToMany';
  /** The uid of the content type that it points to. */
  target: string;
}

/** An uploaded file, or several. */
export interface MediaAttribute extends AttributeRules {
  type: 'media';
  multiple: boolean;
}

export type Attribute = ScalarAttribute | RelationAttribute | MediaAttribute;

/** A kind of entry, as its `schema.json` says it. */
export interface ContentType {
  /** `api::address.address` */
  uid: string;
  /** `address`: what events call `model`. */
  singularName: string;
  /** `addresses`: the route's name. */
  pluralName: string;
  displayName: string;
  /** The table's name. */
  collectionName: string;
  /** In the order of the file, which is the order in which entries print them. */
  attributes: readonly Attribute[];
  /** The file that it was read from, for messages. */
  file: string;
}

export function isScalar(attribute: Attribute): attribute is ScalarAttribute {
  return attribute.type !== 'relation' && attribute.type !== 'media';
}

export function isRelation(attribute: Attribute): attribute is RelationAttribute {
  return attribute.type === 'relation';
}

export function isMedia(attribute: Attribute): attribute is MediaAttribute {
  return attribute.type === 'media';
}

/** Whether the value is a list. */
export function isToMany(attribute: RelationAttribute | MediaAttribute): boolean {
  return attribute.type === 'media' ? attribute.multiple : attribute.relation === 'manyToMany';
}
