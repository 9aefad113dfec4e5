import type { Attribute } from '../content-type.js';

const TEXT_RULES = ['minLength', 'maxLength', 'default', 'regex'];

const NUMBER_RULES = ['min', 'max', 'default', 'unique'];

/** The rules of each type, beside `required` and `private`. */
export const RULES: Record<Attribute['type'], readonly string[]> = {
  string: [...TEXT_RULES, 'unique'],
  text: TEXT_RULES,
  richtext: TEXT_RULES,
  blocks: ['default'],
  email: [...TEXT_RULES, 'unique'],
  password: ['minLength', 'maxLength', 'regex'],
  uid: [...TEXT_RULES, 'unique'],
  enumeration: ['enum', 'default', 'unique'],
  integer: NUMBER_RULES,
  biginteger: NUMBER_RULES,
  float: NUMBER_RULES,
  decimal: NUMBER_RULES,
  boolean: ['default'],
  date: ['default', 'unique'],
  time: ['default', 'unique'],
  datetime: ['default', 'unique'],
  timestamp: ['default', 'unique'],
  json: ['default'],
  relation: ['relation', 'target', 'inversedBy', 'mappedBy'],
  media: ['multiple', 'allowedTypes'],
  component: ['component', 'repeatable', 'min', 'max'],
  dynamiczone: ['components', 'min', 'max'],
};

/** The rules that some type has. */
export const EVERY_RULE: ReadonlySet<string> = new Set(Object.values(RULES).flat());

/** Rules in Strapi's files for its admin page, GraphQL and tables; they are accepted and ignored. */
export const IGNORED_RULES = [
  'pluginOptions',
  'configurable',
  'visible',
  'writable',
  'searchable',
  'editable',
  'targetField',
  'options',
  'enumName',
  'columnType',
  'columnName',
  'useJoinTable',
];
