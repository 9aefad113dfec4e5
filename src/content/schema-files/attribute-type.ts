import type { Attribute, ScalarType } from '../content-type.js';
import { RULES } from './attribute-rules.js';
import type { AttributePlace, SchemaObject } from './schema-object.js';

/** The base types of custom fields that plugins register in Strapi's code, which is not read here. */
const CUSTOM_FIELDS: Record<string, ScalarType> = {
  'plugin::ckeditor.CKEditor': 'richtext',
  'plugin::ckeditor5.CKEditor': 'richtext',
  'plugin::color-picker.color': 'string',
  'plugin::country-select.country': 'string',
  'plugin::multi-select.multi-select': 'json',
};

/** The type of an attribute, and whether it was guessed. */
export interface AttributeType {
  type: Attribute['type'];
  /** Whether it is a custom field whose base type is unknown: the rules of its file are not those of the type. */
  isGuessed: boolean;
}

/** Parses the type of an attribute; a custom field has its base type. */
export function parseType(source: SchemaObject, place: AttributePlace): AttributeType {
  const { type } = source;
  if (type === 'customField') return parseCustomField(source, place);
  if (typeof type === 'string' && Object.hasOwn(RULES, type)) {
    return { type: type as Attribute['type'], isGuessed: false };
  }
  const which = Object.keys(RULES).join(', ');
  return place.refuse(
    type === undefined
      ? `has no "type"; it can be ${which}.`
      : `the type ${JSON.stringify(type)} is unknown; it can be ${which}.`,
  );
}

function parseCustomField(
  { customField: uid }: SchemaObject,
  { refuse, note }: AttributePlace,
): AttributeType {
  if (typeof uid !== 'string' || uid === '') {
    return refuse('"customField" must be the uid of a custom field such as plugin::color-picker.color.');
  }
  if (Object.hasOwn(CUSTOM_FIELDS, uid)) {
    const type = CUSTOM_FIELDS[uid] as ScalarType;
    note('different', `is the custom field ${uid}: served as ${type}, without the plugin's own checks`);
    return { type, isGuessed: false };
  }
  note('different', `is the custom field ${uid}, which is unknown here: any JSON value is accepted`);
  return { type: 'json', isGuessed: true };
}
