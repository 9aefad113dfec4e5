import type { JsonObject } from '../../events/json.js';

/** What of an attribute its schema depends on. */
export interface DescribedAttribute {
  name: string;
  type: string;
  required: boolean;
  private: boolean;
  min?: number | bigint;
  max?: number | bigint;
  minLength?: number;
  maxLength?: number;
  /** A pattern of which text must have a match somewhere; empty text need not. */
  regex?: string;
  values?: readonly string[];
}

const TEXT: JsonObject = { type: 'string' };
const NUMBER: JsonObject = { type: 'number' };

/** Every plain attribute type, as it is printed. `json` is any value. */
const BY_TYPE: Record<string, JsonObject> = {
  string: TEXT,
  text: TEXT,
  richtext: TEXT,
  blocks: {
    type: 'array',
    items: { type: 'object', properties: { type: TEXT }, required: ['type'] },
  },
  enumeration: TEXT,
  email: { type: 'string', format: 'email' },
  password: TEXT,
  uid: { type: 'string', pattern: '^[A-Za-z0-9\\-_.~]*$' },
  date: { type: 'string', format: 'date' },
  time: { type: 'string', pattern: '^\\d{2}:\\d{2}:\\d{2}\\.\\d{3}$', examples: ['12:00:00.000'] },
  datetime: { type: 'string', format: 'date-time' },
  timestamp: {
    type: 'string',
    pattern: '^-?\\d+$',
    description: 'epoch milliseconds',
    examples: ['1580472000000'],
  },
  integer: { type: 'integer' },
  biginteger: { type: 'string', pattern: '^-?\\d+$', description: 'a whole number', examples: ['1'] },
  float: NUMBER,
  decimal: NUMBER,
  boolean: { type: 'boolean' },
  json: {},
};

/** Whether an attribute's value is plain: no relation, file or component. */
export function isPlainType({ type }: Pick<DescribedAttribute, 'type'>): boolean {
  return Object.hasOwn(BY_TYPE, type);
}

/**
 * The JSON Schema of a plain attribute's value.
 *
 * @param mayBeNull whether null is printed where there is no value
 * @param isLoose whether text may be shorter than it must be and unlike its pattern, as in drafts
 */
export function buildAttributeSchema(
  attribute: DescribedAttribute,
  mayBeNull: boolean,
  isLoose = false,
): JsonObject {
  const { type, values } = attribute;
  const { minLength: _, regex: __, ...asked } = attribute;
  const schema: JsonObject = { ...BY_TYPE[type], ...toJsonSchemaBounds(isLoose ? asked : attribute) };
  if (values) schema['enum'] = mayBeNull ? [...values, null] : [...values];
  if (mayBeNull && typeof schema['type'] === 'string') schema['type'] = [schema['type'], 'null'];
  return schema;
}

function toJsonSchemaBounds({ type, min, max, minLength, maxLength, regex }: DescribedAttribute): JsonObject {
  const bounds: JsonObject = {};
  if (['integer', 'float', 'decimal'].includes(type)) {
    if (min !== undefined) bounds['minimum'] = Number(min);
    if (max !== undefined) bounds['maximum'] = Number(max);
  }
  if (BY_TYPE[type] !== TEXT) return bounds;
  if (minLength !== undefined) bounds['minLength'] = minLength;
  if (maxLength !== undefined) bounds['maxLength'] = maxLength;
  if (regex !== undefined && isEcmaPattern(regex)) bounds['pattern'] = `^$|(?:${regex})`;
  return bounds;
}

/** JSON Schema has the patterns of ECMA-262, in which not all of those can be said that a content type may have. */
function isEcmaPattern(regex: string): boolean {
  try {
    return new RegExp(regex, 'u').source !== '';
  } catch {
    return false;
  }
}
